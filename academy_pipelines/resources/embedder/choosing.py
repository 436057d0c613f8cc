"""Which engine makes the vectors: decided once, said aloud, and never changed from call to call."""

from dataclasses import dataclass
from typing import Literal

from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.embedder.engine import Embedder
from academy_pipelines.resources.embedder.lexical import LexicalEmbedder
from academy_pipelines.resources.embedder.local import LocalEmbedder
from academy_pipelines.resources.embedder.model_files import local_model_folder
from academy_pipelines.resources.embedder.openai_api import OpenAiEmbedder
from academy_pipelines.resources.openai_calls import OpenAiAccess

EmbeddingBackend = Literal["auto", "local", "openai", "lexical"]


@dataclass(frozen=True, slots=True)
class EmbedderOptions:
    """What each engine needs: `local_files_only` forbids fetching a model; `openai` is None without a key."""

    local_model: str = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
    local_files_only: bool = True
    openai: OpenAiAccess | None = None
    openai_model: str = "text-embedding-3-small"
    openai_dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class ChosenEmbedder:
    """An engine, and why it is this one, for people."""

    embedder: Embedder
    reason: str


def choose_embedder(backend: EmbeddingBackend, options: EmbedderOptions) -> ChosenEmbedder:
    """Return the engine that `backend` names.

    `auto` takes the local model if its files are there, OpenAI if a key is set, otherwise pieces of words. Once
    vectors are kept, `vector_index.index.check_space` sees that `auto` goes on in their space.

    Raises:
        MisconfiguredError: the engine named lacks its files or its key.
    """
    if backend == "auto":
        return _available(options)
    reason = f"EMBEDDING_BACKEND={backend}"
    if backend == "local":
        return ChosenEmbedder(LocalEmbedder(options.local_model, local_files_only=options.local_files_only), reason)
    if backend == "openai":
        return ChosenEmbedder(_openai(options), reason)
    return ChosenEmbedder(LexicalEmbedder(), f"{reason}: the same words count, not the same meaning")


def _available(options: EmbedderOptions) -> ChosenEmbedder:
    if local_model_folder(options.local_model) is not None:
        reason = f"the files of {options.local_model} are on this machine"
        return ChosenEmbedder(LocalEmbedder(options.local_model), reason)
    if options.openai is not None:
        reason = f"the files of {options.local_model} are not on this machine, and OPENAI_API_KEY is set"
        return ChosenEmbedder(_openai(options), reason)
    reason = (
        f"neither the files of {options.local_model} are on this machine nor is OPENAI_API_KEY set; "
        "the same words count, not the same meaning"
    )
    return ChosenEmbedder(LexicalEmbedder(), reason)


def _openai(options: EmbedderOptions) -> OpenAiEmbedder:
    if options.openai is None:
        raise MisconfiguredError("EMBEDDING_BACKEND=openai needs OPENAI_API_KEY or EMBEDDING_OPENAI_API_KEY")
    return OpenAiEmbedder(options.openai, options.openai_model, options.openai_dimensions)
