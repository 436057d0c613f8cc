"""Vectors that count pieces of words, for machines with neither a model nor a key."""

from collections.abc import Sequence

from academy_pipelines.documents.lexical import LexicalPolicy, lexical_space, lexical_vectors
from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors
from academy_pipelines.resources.embedder.engine import check_texts


class LexicalEmbedder:
    """Finds the same words, not the same meaning; see `documents.lexical`."""

    def __init__(self, policy: LexicalPolicy | None = None) -> None:
        self._policy = policy or LexicalPolicy()

    @property
    def space(self) -> Space:
        """The space of this policy."""
        return lexical_space(self._policy)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row for each text; see `Embedder.embed`."""
        check_texts(texts)
        return lexical_vectors(texts, self._policy)

    def cut_off(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Return nothing: texts of any length are read to their end."""
        del texts
        return ()

    def close(self) -> None:
        """Nothing is held open."""
