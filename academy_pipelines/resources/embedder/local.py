"""Vectors from a sentence-transformers model on this machine.

A process loads a model once, on its first use, and keeps it: loading MiniLM and torch takes about ten seconds and
500 MB. Torch is held to one thread, since two compete for the cores of the other runs.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from academy_pipelines.documents.space import Space
from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.embedder.engine import check_texts, checked
from academy_pipelines.resources.embedder.model_files import (
    downloaded_model_folder,
    local_model_folder,
    model_revision,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from academy_pipelines.documents.vectors import Vectors

BATCH_TEXTS = 32
"""Texts in one pass of the model; smaller batches are as fast on a processor, larger ones slower."""


@dataclass(frozen=True)
class _Loaded:
    model: "SentenceTransformer"
    space: Space


class LocalEmbedder:
    """`model` is a folder, or the name of a model of Hugging Face; `local_files_only` forbids fetching it."""

    def __init__(self, model: str, *, local_files_only: bool = True) -> None:
        self._model = model
        self._local_files_only = local_files_only

    @property
    def space(self) -> Space:
        """The model's space; loads the model, which knows its dimension."""
        return self._loaded().space

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Return one row for each text; see `Embedder.embed`."""
        check_texts(texts)
        loaded = self._loaded()
        if not texts:
            return np.empty((0, loaded.space.dimension), np.float32)
        vectors = loaded.model.encode_document(list(texts), batch_size=BATCH_TEXTS, show_progress_bar=False)
        return checked(np.asarray(vectors, np.float32), len(texts), loaded.space)

    def cut_off(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Return the places of texts with more tokens than the model reads."""
        model = self._loaded().model
        most = model.max_seq_length
        if most is None or most == float("inf"):
            return ()
        return tuple(place for place, text in enumerate(texts) if _token_count(model, text) > most)

    def close(self) -> None:
        """Keep the model: it is the process's, and other users of it may follow."""

    def _loaded(self) -> _Loaded:
        folder = local_model_folder(self._model)
        if folder is None and self._local_files_only:
            message = (
                f"the files of EMBEDDING_LOCAL_MODEL={self._model!r} are not on this machine; "
                f"fetch them with `hf download {self._model}`, or set EMBEDDING_BACKEND"
            )
            raise MisconfiguredError(message)
        return _load(self._model, folder or downloaded_model_folder(self._model))


@functools.lru_cache(maxsize=1)
def _load(name: str, folder: Path) -> _Loaded:
    import torch
    from safetensors import SafetensorError  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    try:
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        message = f"EMBEDDING_LOCAL_MODEL={name!r} cannot be loaded from {folder}: {type(error).__name__}: {error}"
        raise MisconfiguredError(f"{message}; fetch its files anew") from error
    dimension = model.get_embedding_dimension() or len(cast("Vectors", model.encode("0")))
    return _Loaded(model, Space("local", name, model_revision(folder), dimension))


def _token_count(model: "SentenceTransformer", text: str) -> int:
    return len(model.tokenizer(text, truncation=False, verbose=False)["input_ids"])
