"""Vectors of one space: brought to length 1, searched exactly, and compared all with all.

Vectors are rows of float32. Of vectors of length 1 the inner product is the cosine of the angle between them, -1..1;
it is what "similarity" means everywhere here, unscaled.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(N, dimension) float32, or (dimension,) for one."""

Places = NDArray[np.intp]
"""(K,) row numbers."""


@dataclass(frozen=True, slots=True)
class PairPolicy:
    """Which pairs are worth a look, and how many rows are compared at a time.

    `most_per_row` bounds what one text that resembles everything can contribute; 512 rows against 20,000 take
    40 MB while they are compared.
    """

    least_similarity: float = 0.5
    most_per_row: int = 20
    block_rows: int = 512


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows, `first` < `second`, with their similarities: three arrays of the same length."""

    first: Places
    second: Places
    similarity: NDArray[np.float32]


def normalised(vectors: NDArray[Any]) -> Vectors:
    """Return the rows of (N, dimension), or one vector, at length 1; a row of zeros stays as it is."""
    wide = np.asarray(vectors, dtype=np.float64)
    length = np.sqrt(np.sum(wide * wide, axis=-1, keepdims=True))
    return (wide / np.where(length > 0, length, 1.0)).astype(np.float32)


def top_k(matrix: Vectors, query: Vectors, k: int) -> tuple[Places, NDArray[np.float32]]:
    """Return the rows of `matrix` most similar to `query`, and their similarities, best first; all when fewer than `k`.

    Exact: every row is compared. Among equals the earlier row comes first.
    """
    if k <= 0 or not len(matrix):
        return np.empty(0, np.intp), np.empty(0, np.float32)
    similarity = matrix @ query
    kept = best_places(similarity, k)
    return kept, similarity[kept]


def best_places(values: NDArray[np.float32], k: int) -> Places:
    """Return the places of the `k` greatest of (N,) values, greatest first, among equals the earlier first."""
    if k < len(values):
        least = np.partition(values, len(values) - k)[len(values) - k]
        above, equal = np.flatnonzero(values > least), np.flatnonzero(values == least)
        places = np.concatenate([above, equal[: k - len(above)]])
    else:
        places = np.arange(len(values), dtype=np.intp)
    return places[np.lexsort((places, -values[places]))]


def similar_pairs(matrix: Vectors, policy: PairPolicy | None = None) -> Iterator[Pairs]:
    """Yield the pairs of rows of (N, dimension) that are similar enough, block by block.

    Each row is paired with later rows only, the most similar `most_per_row` of them.
    """
    policy = policy or PairPolicy()
    for start in range(0, len(matrix), policy.block_rows):
        block = matrix[start : start + policy.block_rows]
        similarity = block @ matrix[start:].T
        similarity[np.tril_indices(len(block))] = -np.inf
        row, column = _best_of_rows(similarity, policy)
        yield Pairs(row + start, column + start, similarity[row, column])


def _best_of_rows(similarity: NDArray[np.float32], policy: PairPolicy) -> tuple[Places, Places]:
    """Return (rows, columns) of the values of (B, N) that count: of a row with too many, the greatest."""
    wanted = similarity >= policy.least_similarity
    crowded = np.flatnonzero(np.count_nonzero(wanted, axis=1) > policy.most_per_row)
    if len(crowded):
        best = np.argpartition(similarity[crowded], -policy.most_per_row, axis=1)[:, -policy.most_per_row :]
        wanted[crowded] = False
        wanted[crowded[:, None], best] = True
    rows, columns = np.nonzero(wanted)
    return rows, columns
