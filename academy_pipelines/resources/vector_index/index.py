"""What every index of vectors promises, and that two spaces never mix in one answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from academy_pipelines.documents.likeness import text_sha256
from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors
from academy_pipelines.errors import MalformedAnswerError, MisconfiguredError

LENGTH_TOLERANCE = 1e-3
"""How far a vector's length may be from 1 in a space of vectors of length 1."""


@dataclass(frozen=True, slots=True, eq=False)
class VectorRow:
    """One problem in a space: `vector` is (dimension,) float32, made of `text`.

    Characters that no database keeps (NUL, halves of surrogate pairs) are taken out of the text.
    """

    problem_id: str
    text: str
    vector: Vectors

    def __post_init__(self) -> None:
        """Make the text one that can be stored."""
        object.__setattr__(self, "text", self.text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8"))

    @property
    def text_sha256(self) -> str:
        """A digest that texts share which differ in blanks and case only."""
        return text_sha256(self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A problem found, with the cosine of its vector and the query's, -1..1."""

    problem_id: str
    text: str
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class LoadedSpace:
    """All of a space in the order in which it was put; `vectors` is (N, dimension) float32."""

    problem_ids: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class HeldSpace:
    """A space of the index and how many problems are in it."""

    space: Space
    count: int


class VectorIndex(Protocol):
    """Keeps vectors by space and problem. Every method raises `UnavailableError` when its database does not answer."""

    def register(self, space: Space) -> None:
        """Open a space; doing so again changes nothing."""
        ...

    def put(self, space: Space, rows: Iterable[VectorRow]) -> int:
        """Keep rows, all or none, in a space that is opened if need be; returns how many are new or have changed.

        A problem has one row in a space: a row with another text replaces it, one with the same text changes nothing.

        Raises:
            MalformedAnswerError: a vector has another dimension than the space, or not the length 1 that it promises.
        """
        ...

    def remove(self, space: Space, problem_ids: Sequence[str]) -> int:
        """Forget these problems in a space; returns how many were there."""
        ...

    def search(self, space: Space, vector: Vectors, k: int) -> list[Hit]:
        """Return the `k` problems of a space most similar to (dimension,) `vector`, best first; exact.

        Raises:
            MalformedAnswerError: the vector has another dimension than the space.
        """
        ...

    def load(self, space: Space) -> LoadedSpace:
        """Return all of a space."""
        ...

    def count(self, space: Space) -> int:
        """Return how many problems are in a space, 0 for one never opened."""
        ...

    def spaces(self) -> list[HeldSpace]:
        """Return every space that was opened, the fullest first."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def check_space(index: VectorIndex, space: Space) -> None:
    """Raise `MisconfiguredError` when the index holds problems, and none of them in `space`.

    For an engine that `auto` chose: a model's files that were moved, or a key that was set, must not start a second
    bank in which nothing is found. Whoever names the engine in EMBEDDING_BACKEND wants the new space.
    """
    held = [each for each in index.spaces() if each.count]
    if not held or any(each.space == space for each in held):
        return
    kept = held[0]
    message = (
        f"EMBEDDING_BACKEND=auto chose {described(space)}, but {kept.count} problems are kept in "
        f"{described(kept.space)}, and vectors of two spaces cannot be compared; either go on there with "
        f"EMBEDDING_BACKEND={kept.space.backend} and that model, or set EMBEDDING_BACKEND={space.backend} and "
        "embed all problems anew by a backfill of problem_embeddings"
    )
    raise MisconfiguredError(message)


def described(space: Space) -> str:
    """Return a space for people, such as "openai text-embedding-3-small (1536 dimensions, https://…)"."""
    return f"{space.backend} {space.model} ({space.dimension} dimensions, {space.revision})"


def rows_by_id(space: Space, rows: Iterable[VectorRow]) -> dict[str, VectorRow]:
    """Return rows fit for a space by problem, of several for one problem the last.

    Raises:
        MalformedAnswerError: see `VectorIndex.put`.
    """
    by_id = {row.problem_id: row for row in rows}
    for row in by_id.values():
        check_dimension(space, row.vector)
        length = float(np.linalg.norm(row.vector))
        if not np.isfinite(length) or (space.normalised and abs(length - 1) > LENGTH_TOLERANCE):
            message = f"the vector of problem {row.problem_id} has length {length:g} in {described(space)}, not 1"
            raise MalformedAnswerError(message)
    return by_id


def check_dimension(space: Space, vector: Vectors) -> None:
    """Raise `MalformedAnswerError` when a vector is not (space.dimension,)."""
    if vector.shape != (space.dimension,):
        raise MalformedAnswerError(f"a vector of shape {vector.shape} does not belong to {described(space)}")
