"""Vectors of texts: hashed character triples, so that texts which share wording are close to each other."""

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.sandbox.language_model.answers import Answer, error, missing_model, tokens_in
from academy_pipelines.sandbox.language_model.script import ModelOptions

DIMENSIONS = {"text-embedding-3-large": 3072}
USUAL_DIMENSION = 1536
MOST_INPUTS = 2048
MOST_TOKENS_AN_INPUT = 8192
MOST_TOKENS = 300_000
"""Limits of one request, from the reference of `POST /v1/embeddings`."""


def embed(body: dict[str, Any], options: ModelOptions) -> Answer:
    """Answer `POST /v1/embeddings`."""
    model, texts = body.get("model"), _texts(body.get("input"))
    if model not in options.models:
        return missing_model(model)
    complaint = _complaint(texts)
    if texts is None or complaint:
        return error(400, None, complaint or "'$.input' is invalid.")
    dimension = body.get("dimensions") or DIMENSIONS.get(str(model), USUAL_DIMENSION)
    as_base64 = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": at, "embedding": _written(text_vector(text, dimension), as_base64=as_base64)}
        for at, text in enumerate(texts)
    ]
    count = sum(map(tokens_in, texts))
    usage = {"prompt_tokens": count, "total_tokens": count}
    return Answer({"object": "list", "model": model, "data": data, "usage": usage})


def text_vector(text: str, dimension: int) -> NDArray[np.float32]:
    """Return a vector of length 1 that depends on the text alone."""
    vector = np.zeros(dimension, np.float32)
    padded = f" {text} ".encode()
    for at in range(max(1, len(padded) - 2)):
        digest = zlib.crc32(padded[at : at + 3])
        vector[(digest >> 1) % dimension] += 1.0 if digest & 1 else -1.0
    length = float(np.linalg.norm(vector))
    if not length:
        vector[0], length = 1.0, 1.0
    return vector / np.float32(length)


def _texts(given: object) -> list[str] | None:
    match given:
        case str():
            return [given]
        case list() if all(isinstance(text, str) for text in given):
            return [str(text) for text in given]
        case _:
            return None


def _complaint(texts: list[str] | None) -> str | None:
    if not texts or "" in texts:
        return "'$.input' is invalid. Please check the API reference."
    if len(texts) > MOST_INPUTS:
        return f"'input' must have at most {MOST_INPUTS} items."
    counts = [tokens_in(text) for text in texts]
    if max(counts) > MOST_TOKENS_AN_INPUT:
        return f"This model's maximum context length is {MOST_TOKENS_AN_INPUT} tokens, you requested {max(counts)}."
    if sum(counts) > MOST_TOKENS:
        return f"Requested {sum(counts)} tokens, max {MOST_TOKENS} tokens per request"
    return None


def _written(vector: NDArray[np.float32], *, as_base64: bool) -> str | list[float]:
    if as_base64:
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    numbers: list[float] = vector.tolist()
    return numbers
