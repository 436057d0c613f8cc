"""Vectors from OpenAI, or any endpoint that speaks its protocol (`POST {base_url}/embeddings`).

Limits of one request are those of OpenAI's reference of the call: 2,048 texts and 300,000 tokens in all. Tokens are
not counted but bounded: its tokenisers start from bytes, so a text has no more tokens than bytes in UTF-8.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ValidationError

from academy_pipelines.documents.space import Space
from academy_pipelines.errors import MalformedAnswerError, MisconfiguredError
from academy_pipelines.resources.embedder.engine import check_texts, checked
from academy_pipelines.resources.http_calls import quoted

if TYPE_CHECKING:
    from openai import OpenAI

    from academy_pipelines.documents.vectors import Vectors
    from academy_pipelines.resources.openai_calls import OpenAiAccess

MODEL_VARIABLE = "EMBEDDING_OPENAI_MODEL"
MOST_TEXTS = 2048
MOST_TOKENS = 300_000

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
"""What OpenAI's models answer when no dimension is asked for."""


class _Item(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    data: list[_Item]


class OpenAiEmbedder:
    """`dimensions` is asked for when given; it must be given for a model that OpenAI does not publish."""

    def __init__(
        self, access: "OpenAiAccess", model: str = "text-embedding-3-small", dimensions: int | None = None
    ) -> None:
        self._access, self._model, self._dimensions = access, model, dimensions
        self._space = Space("openai", model, access.host, _dimension(model, dimensions))
        self._opened: OpenAI | None = None

    @property
    def space(self) -> Space:
        """The model's space; another endpoint's model of the same name has another."""
        return self._space

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Return one row for each text; see `Embedder.embed`."""
        check_texts(texts)
        if not texts:
            return np.empty((0, self._space.dimension), np.float32)
        return np.concatenate([self._asked(batch) for batch in _requests(texts)])

    def cut_off(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Return nothing: the endpoint refuses texts that are too long."""
        del texts
        return ()

    def close(self) -> None:
        """Close the connections; a further call opens new ones."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _asked(self, texts: list[str]) -> "Vectors":
        from openai import omit

        if self._opened is None:
            self._opened = self._access.connect()
        with self._access.translated(self._model, MODEL_VARIABLE):
            answer = self._opened.embeddings.with_raw_response.create(
                input=texts, model=self._model, encoding_format="float", dimensions=self._dimensions or omit
            )
        return checked(_in_order(answer.content, len(texts)), len(texts), self._space)


def _in_order(content: bytes, count: int) -> "Vectors":
    """Return the vectors of an answer by their `index`."""
    try:
        items = sorted(_Answer.model_validate_json(content).data, key=lambda item: item.index)
    except ValidationError as error:
        excerpt = quoted(content[:200].decode("utf-8", "replace"))
        raise MalformedAnswerError(f"the embedding endpoint answered no list of vectors: {excerpt!r}") from error
    if [item.index for item in items] != list(range(count)):
        raise MalformedAnswerError(f"the embedding endpoint answered {len(items)} vectors for {count} texts")
    if len({len(item.embedding) for item in items}) > 1:
        raise MalformedAnswerError("the embedding endpoint answered vectors of several dimensions")
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused as such
        return np.array([item.embedding for item in items], np.float32)


def _requests(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts in lists that one request takes."""
    batch: list[str] = []
    tokens = 0
    for text in texts:
        most = len(text.encode("utf-8", "replace"))
        if batch and (len(batch) == MOST_TEXTS or tokens + most > MOST_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(text)
        tokens += most
    if batch:
        yield batch


def _dimension(model: str, dimensions: int | None) -> int:
    known = dimensions or DIMENSIONS.get(model)
    if known is None:
        message = f"the dimension of EMBEDDING_OPENAI_MODEL={model!r} is not known"
        raise MisconfiguredError(f"{message}; set ACADEMY_EMBEDDING_DIMENSIONS, or use one of {', '.join(DIMENSIONS)}")
    return known
