"""What a submission leaves behind: names in the store, values in a memory that is bounded."""

import itertools
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.object_store import (
    LocalObjectStore,
    MemoryObjectStore,
    ObjectNotFoundError,
    checked_key,
)

ONE = Ticket("7", "job-1")
ANOTHER = Ticket("7", "job-2")
NAMES = st.text(min_size=1, max_size=200)

LONGEST_FILE_NAME_BYTES = 255


@pytest.fixture
def store() -> MemoryObjectStore:
    return MemoryObjectStore()


@pytest.fixture
def artefacts(store: MemoryObjectStore) -> Artefacts:
    return Artefacts(store, memory_bytes=100)


def test_what_is_stored_lies_under_submission_and_job(artefacts, store):
    key = artefacts.put(ONE, "scan", b"bytes", "image/jpeg")
    assert key == "submissions/7/job-1/scan"
    assert store.objects == {key: b"bytes"}
    assert artefacts.get(ONE, "scan") == b"bytes"
    assert artefacts.location(ONE, "scan") == store.location(key)


def test_jobs_of_one_submission_do_not_see_each_others_artefacts(artefacts):
    artefacts.put(ONE, "scan", b"bytes")
    assert artefacts.has(ONE, "scan")
    assert not artefacts.has(ANOTHER, "scan")
    with pytest.raises(ObjectNotFoundError):
        artefacts.get(ANOTHER, "scan")


@given(NAMES, NAMES)
@example("..", ".")
@example("가" * 200, "a" * 201)
def test_every_name_makes_a_clean_key_that_a_disk_can_hold(submission: str, job_id: str):
    folder = Ticket(submission, job_id).folder
    assert checked_key(folder) == folder
    parts = PurePosixPath(folder).parts
    assert len(parts) == 3
    assert all(len(part.encode()) <= LONGEST_FILE_NAME_BYTES for part in parts)


@example([("가" * 199 + "나", "1"), ("가" * 200, "1"), (Ticket("가" * 200, "1").folder.split("/")[1], "1")])
@given(st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=6, unique=True))
def test_different_jobs_have_different_folders_and_none_is_inside_another(names):
    folders = [Ticket(*name).folder for name in names]
    assert not any(f"{one}/".startswith(f"{other}/") for one, other in itertools.permutations(folders, 2))


@pytest.mark.parametrize("name", ["..", ".", "a/b", "가" * 200, "\x00", "%2E", "a" * 200, "job 1?x=1"])
def test_odd_names_are_stored_on_a_real_disk(tmp_path, name: str):
    artefacts = Artefacts(LocalObjectStore(tmp_path / "store"))
    artefacts.put(Ticket(name, name), "scan", b"bytes")
    assert artefacts.get(Ticket(name, name), "scan") == b"bytes"
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_ordinary_names_can_be_read_in_the_folder():
    assert Ticket("1001", "0b6f-41").folder == "submissions/1001/0b6f-41"


def test_what_is_remembered_is_recalled_as_the_same_object(artefacts):
    value = [1, 2]
    assert artefacts.remember(ONE, "fills", value) is value
    artefacts = Artefacts(MemoryObjectStore())
    artefacts.remember(ONE, "fills", value)
    assert artefacts.recall(ONE, "fills", list) is value


def test_a_value_of_another_kind_is_not_recalled(artefacts):
    artefacts.remember(ONE, "fills", [1], 1)
    assert artefacts.recall(ONE, "fills", dict) is None


def test_what_was_never_remembered_is_not_recalled(artefacts):
    assert artefacts.recall(ONE, "fills", list) is None


def test_memory_is_bounded_and_what_came_first_stays(artefacts):
    artefacts.remember(ONE, "a", "first", 60)
    assert artefacts.remember(ONE, "b", "second", 60) == "second"
    assert artefacts.recall(ONE, "a", str) == "first"
    assert artefacts.recall(ONE, "b", str) is None


def test_forgetting_a_job_makes_room_and_leaves_the_others(artefacts):
    artefacts.remember(ONE, "a", "one", 60)
    artefacts.remember(ANOTHER, "a", "another", 40)
    artefacts.forget(ONE)
    assert artefacts.recall(ONE, "a", str) is None
    assert artefacts.recall(ANOTHER, "a", str) == "another"
    artefacts.remember(ONE, "b", "again", 60)
    assert artefacts.recall(ONE, "b", str) == "again"


def test_forgetting_leaves_the_store_alone(artefacts):
    artefacts.put(ONE, "scan", b"bytes")
    artefacts.forget(ONE)
    assert artefacts.get(ONE, "scan") == b"bytes"


class MemoryMachine(RuleBasedStateMachine):
    """Whatever is remembered and forgotten in whatever order, the books on free memory are right."""

    def __init__(self) -> None:
        super().__init__()
        self.artefacts = Artefacts(MemoryObjectStore(), memory_bytes=100)

    @rule(job=st.integers(0, 3), name=st.sampled_from("abc"), size=st.integers(0, 120))
    def remember(self, job: int, name: str, size: int) -> None:
        self.artefacts.remember(Ticket("7", str(job)), name, size, size)

    @rule(job=st.integers(0, 3))
    def forget(self, job: int) -> None:
        self.artefacts.forget(Ticket("7", str(job)))

    @invariant()
    def memory_is_accounted_for(self) -> None:
        used = sum(size for named in self.artefacts._memory.values() for _, size in named.values())
        assert used + self.artefacts._free_bytes == 100
        assert used <= 100


TestMemoryMachine = MemoryMachine.TestCase
