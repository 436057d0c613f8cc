"""What keeping and searching vectors costs, beside what one would write without an index."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from academy_pipelines.documents.lexical import lexical_vectors
from academy_pipelines.documents.likeness import likenesses
from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors, normalised
from academy_pipelines.resources.vector_index.index import VectorIndex, VectorRow
from academy_pipelines.resources.vector_index.opening import open_vector_index

SEED = 20261125
PUT_ROWS = 5000
NEAREST = 10
PURE_PYTHON_SHARE = 50
"""Pure Python is timed on one row of so many, and its time multiplied."""

VOCABULARY_WORDS = 3000
WORDS_A_TEXT = 25


@dataclass(frozen=True, slots=True)
class IndexCost:
    """One index: seconds to put all rows and to load them for the first search, milliseconds of a search after."""

    put_s: float
    first_search_s: float
    search_ms: float


@dataclass(frozen=True, slots=True)
class PlainCost:
    """One search without an index, in milliseconds: rows fetched and compared one by one, with numpy and without."""

    scan_ms: float
    pure_python_ms: float


@dataclass(frozen=True, slots=True)
class TextCost:
    """Lexical vectors a second, and the seconds in which all are compared with all for duplicates and twins."""

    texts: int
    vectors_per_s: float
    all_pairs_s: float


def random_space(dimension: int) -> Space:
    """Return the space of the measured vectors, which mean nothing."""
    return Space("bench", "random", "1", dimension)


def random_vectors(count: int, dimension: int) -> Vectors:
    """Return (count, dimension) float32 of length 1, in random directions."""
    return normalised(np.random.default_rng(SEED).standard_normal((count, dimension), np.float32))


def index_cost(url: str, vectors: Vectors, repeats: int) -> IndexCost:
    """Fill the empty index at `url` and search it, opened anew, as often as `repeats` says."""
    space = random_space(vectors.shape[1])
    filled = open_vector_index(url)
    put_s = _seconds(lambda: _put(filled, space, vectors))
    filled.close()
    index = open_vector_index(url)
    queries = random_vectors(repeats + 1, vectors.shape[1])
    first_search_s = _seconds(lambda: index.search(space, queries[-1], NEAREST))
    times_s = [_seconds(lambda query=query: index.search(space, query, NEAREST)) for query in queries[:-1]]
    index.close()
    return IndexCost(put_s, first_search_s, statistics.median(times_s) * 1000)


def plain_cost(file: Path, query: Vectors) -> PlainCost:
    """Search the SQLite file that `index_cost` filled, without it."""
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        scan_s = _seconds(lambda: _scan(connection, query))
        rows = connection.exec_driver_sql("SELECT vector FROM problem_vector").fetchall()[::PURE_PYTHON_SHARE]
    engine.dispose()
    lists = [np.frombuffer(row[0], "<f4").tolist() for row in rows]
    wanted: list[float] = query.tolist()
    pure_s = _seconds(lambda: max(sum(a * b for a, b in zip(wanted, row, strict=True)) for row in lists))
    return PlainCost(scan_s * 1000, pure_s * 1000 * PURE_PYTHON_SHARE)


def text_cost(count: int) -> TextCost:
    """Embed `count` random texts by their words, and look for duplicates and twins among them."""
    texts = random_texts(count)
    made: list[Vectors] = []
    embed_s = _seconds(lambda: made.append(lexical_vectors(texts)))
    return TextCost(count, count / embed_s, _seconds(lambda: likenesses(texts, made[0])))


def random_texts(count: int) -> list[str]:
    """Return texts of made-up words with two numbers each."""
    rng = np.random.default_rng(SEED)
    syllables = rng.integers(ord("가"), ord("힣"), (VOCABULARY_WORDS, 3))
    words = ["".join(map(chr, row)) for row in syllables.tolist()]
    chosen, numbers = rng.integers(0, VOCABULARY_WORDS, (count, WORDS_A_TEXT)), rng.integers(0, 1000, (count, 2))
    rows = zip(chosen.tolist(), numbers.tolist(), strict=True)
    return [" ".join([*(words[place] for place in places), *map(str, pair)]) for places, pair in rows]


def _put(index: VectorIndex, space: Space, vectors: Vectors) -> None:
    for start in range(0, len(vectors), PUT_ROWS):
        block = vectors[start : start + PUT_ROWS]
        index.put(space, [VectorRow(f"p{start + n}", f"text {start + n}", row) for n, row in enumerate(block)])


def _scan(connection: sa.Connection, query: Vectors) -> list[tuple[float, str]]:
    rows = connection.exec_driver_sql("SELECT problem_id, vector FROM problem_vector")
    scored = [(float(np.frombuffer(row[1], "<f4") @ query), str(row[0])) for row in rows]
    return sorted(scored, reverse=True)[:NEAREST]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
