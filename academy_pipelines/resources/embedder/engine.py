"""What every engine promises that turns texts into vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors, normalised
from academy_pipelines.errors import EmptyDocumentError, MalformedAnswerError


class Embedder(Protocol):
    """Turns texts into vectors of one space."""

    @property
    def space(self) -> Space:
        """Where the vectors belong; known before the first text.

        Raises:
            MisconfiguredError: the model's files or credentials are missing or wrong.
        """
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), space.dimension) float32, a row of length 1 for each text in the order given.

        Raises:
            EmptyDocumentError: a text has nothing but blanks: no engine can place it, and some refuse its neighbours.
            UnavailableError: the engine does not answer; time heals it.
            MalformedAnswerError: it answered vectors of another number, dimension or with values that are no numbers.
            EngineRefusedError: it will never embed these, or never without credit.
            MisconfiguredError: the model's files or credentials are missing or wrong.
        """
        ...

    def cut_off(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Return the places of texts longer than the model reads: their ends have no part in the vector."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def check_texts(texts: Sequence[str]) -> None:
    """Raise `EmptyDocumentError` when a text has nothing but blanks, naming its place."""
    for place, text in enumerate(texts, start=1):
        if not text.strip():
            message = f"text {place} of {len(texts)} is empty; leave it out, an empty text has no vector"
            raise EmptyDocumentError(message)


def checked(vectors: Vectors, count: int, space: Space) -> Vectors:
    """Return an engine's vectors at length 1.

    Raises:
        MalformedAnswerError: they are not `count` finite vectors of the space's dimension, or one is all zeros.
    """
    if vectors.shape != (count, space.dimension):
        message = (
            f"{space.backend} model {space.model} answered vectors of shape {vectors.shape} for {count} texts, "
            f"expected dimension {space.dimension}; vectors of another dimension belong to another space"
        )
        raise MalformedAnswerError(message)
    if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
        raise MalformedAnswerError(f"{space.backend} model {space.model} answered a vector without a direction")
    return normalised(vectors)
