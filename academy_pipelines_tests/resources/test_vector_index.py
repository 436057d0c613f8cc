"""What every index of vectors promises: in memory, in a file, and in PostgreSQL with pgvector."""

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import normalised
from academy_pipelines.errors import MalformedAnswerError, MisconfiguredError, UnavailableError
from academy_pipelines.resources.vector_index.index import VectorIndex, VectorRow, check_space
from academy_pipelines.resources.vector_index.memory import MemoryVectorIndex
from academy_pipelines.resources.vector_index.opening import open_vector_index

SPACE = Space("lexical", "words", "1", 4)
OTHER = replace(SPACE, revision="2")

Opener = Callable[[], VectorIndex]


def vectors(count: int, dimension: int = 4, seed: int = 1) -> np.ndarray:
    return normalised(np.random.default_rng(seed).standard_normal((count, dimension)))


def rows(count: int, seed: int = 1, start: int = 0) -> list[VectorRow]:
    made = vectors(count, seed=seed)
    return [VectorRow(f"p{start + n}", f"문제 {seed}-{start + n}", made[n]) for n in range(count)]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def opener(request, tmp_path) -> Iterator[Opener]:
    """Opens the same index again and again, as several processes would; the one in memory is opened once."""
    opened: list[VectorIndex] = []
    if request.param == "memory":
        memory = MemoryVectorIndex()
        yield lambda: memory
        return
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/folder/vectors.db"
    else:
        url = request.getfixturevalue("pgvector_url")

    def open_again() -> VectorIndex:
        opened.append(open_vector_index(url))
        return opened[-1]

    yield open_again
    for index in opened:
        index.close()


@pytest.fixture
def index(opener: Opener) -> VectorIndex:
    return opener()


def test_the_nearest_are_found_with_their_texts_and_similarities(index: VectorIndex):
    given_rows = rows(30)
    assert index.put(SPACE, given_rows) == 30
    query = vectors(1, seed=9)[0]
    similarity = np.stack([row.vector for row in given_rows]) @ query
    best = np.argsort(-similarity)[:5]
    hits = index.search(SPACE, query, 5)
    assert [(hit.problem_id, hit.text) for hit in hits] == [
        (given_rows[n].problem_id, given_rows[n].text) for n in best
    ]
    assert [hit.similarity for hit in hits] == pytest.approx(similarity[best].tolist(), abs=1e-6)
    assert len(index.search(SPACE, query, 100)) == 30
    assert index.search(SPACE, query, 0) == []


def test_all_of_a_space_comes_back_exactly(opener: Opener):
    given_rows = rows(7)
    opener().put(SPACE, given_rows)
    loaded = opener().load(SPACE)
    assert loaded.problem_ids == tuple(row.problem_id for row in given_rows)
    assert loaded.texts == tuple(row.text for row in given_rows)
    np.testing.assert_array_equal(loaded.vectors, np.stack([row.vector for row in given_rows]))
    assert loaded.vectors.dtype == np.float32


def test_putting_the_same_again_changes_nothing(index: VectorIndex):
    index.put(SPACE, rows(5))
    assert index.put(SPACE, rows(5)) == 0
    assert index.count(SPACE) == 5


def test_a_problem_whose_text_has_changed_is_replaced(index: VectorIndex):
    index.put(SPACE, rows(5))
    assert index.search(SPACE, rows(5)[2].vector, 1)[0].problem_id == "p2"
    changed = VectorRow("p2", "고친 문제", vectors(1, seed=7)[0])
    assert index.put(SPACE, [*rows(2), changed]) == 1
    [hit] = index.search(SPACE, changed.vector, 1)
    assert (hit.problem_id, hit.text, hit.similarity) == ("p2", "고친 문제", pytest.approx(1))
    assert index.count(SPACE) == 5


def test_of_several_rows_for_one_problem_the_last_counts(index: VectorIndex):
    first, second = rows(1, seed=1)[0], rows(1, seed=2)[0]
    assert index.put(SPACE, [first, second]) == 1
    assert index.load(SPACE).texts == (second.text,)


def test_what_others_put_and_remove_is_seen_by_the_next_search(opener: Opener):
    reader, writer = opener(), opener()
    writer.put(SPACE, rows(3))
    query = rows(3)[1].vector
    assert reader.search(SPACE, query, 1)[0].problem_id == "p1"
    late = VectorRow("late", "새 문제", query)
    writer.put(SPACE, [late])
    assert {hit.problem_id for hit in reader.search(SPACE, query, 2)} == {"p1", "late"}
    assert writer.remove(SPACE, ["p1", "unknown"]) == 1
    assert [hit.problem_id for hit in reader.search(SPACE, query, 1)] == ["late"]
    assert writer.remove(SPACE, ["late", "p0", "p2"]) == 3
    assert reader.search(SPACE, query, 1) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(1, 3)), max_size=12))
def test_a_reader_in_a_file_sees_what_one_in_memory_sees(tmp_path: Path, steps: list[tuple[bool, int, int]]):
    url = f"sqlite:///{tmp_path}/{uuid.uuid4().hex}.db"
    writer, reader, model = open_vector_index(url), open_vector_index(url), MemoryVectorIndex()
    query = vectors(1)[0]
    for puts, number, seed in steps:
        row = VectorRow(f"p{number}", f"text {seed}", vectors(1, seed=seed * 10 + number)[0])
        for index in (writer, model):
            if puts:
                index.put(SPACE, [row])
            else:
                index.remove(SPACE, [row.problem_id])
        expected = {hit.problem_id: hit.text for hit in model.search(SPACE, query, 10)}
        assert {hit.problem_id: hit.text for hit in reader.search(SPACE, query, 10)} == expected
    writer.close()
    reader.close()


def test_spaces_never_mix(index: VectorIndex):
    index.put(SPACE, rows(3))
    index.put(OTHER, rows(2, seed=5))
    index.register(replace(SPACE, dimension=9))
    assert {hit.text for hit in index.search(OTHER, vectors(1)[0], 10)} == {row.text for row in rows(2, seed=5)}
    assert [(held.space, held.count) for held in index.spaces()][:2] == [(SPACE, 3), (OTHER, 2)]
    assert len(index.spaces()) == 3
    assert index.count(replace(SPACE, model="unknown")) == 0
    assert index.search(replace(SPACE, model="unknown"), vectors(1)[0], 3) == []
    assert index.load(replace(SPACE, model="unknown")).vectors.shape == (0, 4)


@pytest.mark.parametrize(
    "bad", [vectors(1, 5)[0], 2 * vectors(1)[0], np.zeros(4, np.float32), np.full(4, np.nan, np.float32), vectors(2)]
)
def test_a_vector_that_does_not_belong_is_refused_and_nothing_is_kept(index: VectorIndex, bad: np.ndarray):
    with pytest.raises(MalformedAnswerError, match="lexical words"):
        index.put(SPACE, [*rows(2), VectorRow("bad", "text", bad)])
    assert index.count(SPACE) == 0


def test_a_query_of_another_dimension_is_refused(index: VectorIndex):
    index.put(SPACE, rows(2))
    with pytest.raises(MalformedAnswerError, match="shape"):
        index.search(SPACE, vectors(1, 5)[0], 1)


def test_lengths_are_free_where_a_space_promises_none(index: VectorIndex):
    free = replace(SPACE, normalised=False)
    index.put(free, [VectorRow("p", "text", 3 * vectors(1)[0])])
    assert np.linalg.norm(index.load(free).vectors) == pytest.approx(3)


@given(text=st.text())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_kept(index: VectorIndex, text: str):
    row = VectorRow("p", f"{text}\0\ud800'\"%s", vectors(1)[0])
    index.put(SPACE, [row])
    assert index.load(SPACE).texts == (row.text,)
    assert row.text.startswith(text.replace("\0", "").encode("utf-8", "ignore").decode())


def test_writers_side_by_side_lose_nothing(opener: Opener):
    def write(number: int) -> None:
        writer = opener()
        for step in range(5):
            shared = rows(1, seed=10 * number + step, start=9999)
            writer.put(SPACE, [*rows(4, seed=number, start=100 * number + 10 * step), *shared])

    threads = [threading.Thread(target=write, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opener().count(SPACE) == 61


def test_more_rows_than_a_statement_takes_are_put_and_removed(index: VectorIndex):
    many = rows(1203)
    assert index.put(SPACE, many) == 1203
    assert index.put(SPACE, many) == 0
    assert index.remove(SPACE, [row.problem_id for row in many]) == 1203


def test_an_engine_goes_on_in_the_space_that_holds_problems(index: VectorIndex):
    check_space(index, OTHER)
    index.put(SPACE, rows(3))
    index.register(OTHER)
    check_space(index, SPACE)
    with pytest.raises(MisconfiguredError) as refused:
        check_space(index, OTHER)
    message = str(refused.value)
    assert all(part in message for part in ["(4 dimensions, 1)", "(4 dimensions, 2)", "3 problems", "backfill"])
    index.put(OTHER, rows(1))
    check_space(index, OTHER)


def test_a_file_refuses_a_vector_of_another_length_whoever_writes_it(tmp_path):
    url = f"sqlite:///{tmp_path}/vectors.db"
    index = open_vector_index(url)
    index.put(SPACE, rows(1))
    with sqlite3.connect(f"{tmp_path}/vectors.db") as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE problem_vector SET vector = x'00'")
    connection.close()
    index.close()


@pytest.mark.parametrize("url", ["no address", "sqlite://", "mysql://root@127.0.0.1/x", ""])
def test_an_address_that_is_none_is_refused_by_the_settings_name(url: str):
    with pytest.raises(MisconfiguredError, match="ACADEMY_VECTORS_URL"):
        open_vector_index(url)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "vectors.db").write_text("once upon a time " * 99)
    with pytest.raises(MisconfiguredError, match="another kind of file"):
        open_vector_index(f"sqlite:///{tmp_path}/vectors.db")


def test_a_server_without_pgvector_is_refused_with_the_remedy(postgres_url: str):
    with pytest.raises(MisconfiguredError, match="install pgvector"):
        open_vector_index(postgres_url)


def test_a_dead_server_is_unavailable(dead_url: str):
    with pytest.raises(UnavailableError):
        open_vector_index(f"postgresql://postgres@{dead_url.removeprefix('http://')}/academy")


def test_a_user_who_may_not_make_extensions_uses_the_one_that_is_there(pgvector_url: str):
    engine = sa.create_engine(pgvector_url, isolation_level="AUTOCOMMIT")
    role = f"plain_{uuid.uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE EXTENSION vector")
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        connection.exec_driver_sql(f"GRANT CREATE, USAGE ON SCHEMA public TO {role}")
    engine.dispose()
    index = open_vector_index(pgvector_url.replace("postgres@", f"{role}@"))
    assert index.put(SPACE, rows(2)) == 2
    index.close()
