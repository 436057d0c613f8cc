"""Which submissions share a run: unbroken ranges of keys, bounded, nothing lost or doubled."""

import itertools

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.defs.batching import (
    BATCH_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    SHEET_TYPES,
    SMALLER_AFTER_FAILURE,
    Workload,
    form_batches,
    run_requests,
    split_into_batches,
)
from academy_pipelines.resources.ledger.records import QueuedJob
from academy_pipelines.resources.ledger.work import Problem
from academy_pipelines_tests.defs.conftest import Academy

TRANSIENT = Problem("unavailable", "503", retryable=True)


def record(submission: str, attempts: int = 0) -> QueuedJob:
    return QueuedJob(f"job-{submission}", submission, "omr_grading", attempts)


@st.composite
def queues(draw: st.DrawFn) -> tuple[list[QueuedJob], dict[str, int], int]:
    """Jobs of some of the keys of a partition set, in any order, tried up to four times already."""
    keys = [str(number) for number in range(draw(st.integers(0, 60)))]
    chosen = draw(st.permutations([key for key in keys if draw(st.booleans())]))
    jobs = [record(key, draw(st.integers(0, 4))) for key in chosen]
    return jobs, {key: place for place, key in enumerate(keys)}, draw(st.integers(1, 100))


@given(queues())
def test_every_job_is_in_exactly_one_batch(queue):
    jobs, order, size = queue
    batches = split_into_batches(jobs, order, size)
    assert sorted(job.job_id for batch in batches for job in batch) == sorted(job.job_id for job in jobs)
    assert all(batches)


@given(queues())
def test_every_batch_is_an_unbroken_range_of_keys(queue):
    jobs, order, size = queue
    for batch in split_into_batches(jobs, order, size):
        places = [order[job.submission] for job in batch]
        assert places == list(range(places[0], places[0] + len(places)))


@given(queues())
def test_every_batch_is_of_one_patience_and_within_its_limit(queue):
    jobs, order, size = queue
    for batch in split_into_batches(jobs, order, size):
        (attempts,) = {job.attempts for job in batch}
        assert len(batch) <= max(1, size // SMALLER_AFTER_FAILURE**attempts)


@given(queues())
def test_no_two_batches_could_have_been_one(queue):
    jobs, order, size = queue
    batches = split_into_batches(jobs, order, size)
    for before, after in itertools.pairwise(batches):
        follows = order[after[0].submission] == order[before[-1].submission] + 1
        if follows and before[0].attempts == after[0].attempts:
            assert len(before) == max(1, size // SMALLER_AFTER_FAILURE ** before[0].attempts)


@pytest.mark.parametrize(("attempts", "sizes"), [(0, [64, 64]), (1, [8] * 16), (2, [1] * 128)])
def test_a_batch_that_failed_is_tried_again_in_small_pieces(attempts: int, sizes: list[int]):
    jobs = [record(str(number), attempts) for number in range(128)]
    order = {str(number): number for number in range(128)}
    assert [len(batch) for batch in split_into_batches(jobs, order, 64)] == sizes


@pytest.fixture
def academy(quick_academy: Academy) -> Academy:
    return quick_academy


def claim(academy: Academy, *submissions: int) -> None:
    for submission in submissions:
        academy.offer(submission)
        academy.ledger.inbox.accept(academy.api.claim_ai_job(), source="api")


def requested(academy: Academy) -> list[dg.RunRequest]:
    workload = Workload("grade_submissions", "submissions", SHEET_TYPES, 4)
    form_batches(academy.ledger, academy.instance, workload)
    return run_requests(academy.ledger, academy.instance, workload)


def ranges(requests: list[dg.RunRequest]) -> list[tuple[str, str]]:
    return [(request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) for request in requests]


def test_a_request_names_its_batch_and_the_ends_of_its_range(academy: Academy):
    claim(academy, 7, 3, 5)
    (request,) = requested(academy)
    assert ranges([request]) == [("7", "5")]
    assert request.run_key == request.tags[BATCH_TAG]
    assert academy.ledger.work.members(request.run_key) == {"7", "3", "5"}


def test_keys_that_are_known_already_are_not_added_again(academy: Academy):
    academy.instance.add_dynamic_partitions("submissions", ["1", "2", "3"])
    claim(academy, 3, 1, 9)
    assert sorted(ranges(requested(academy))) == [("1", "1"), ("3", "9")]
    assert list(academy.instance.get_dynamic_partitions("submissions")) == ["1", "2", "3", "9"]


def test_without_waiting_jobs_nothing_is_asked_of_dagster(academy: Academy):
    assert requested(academy) == []


def test_a_batch_is_asked_for_again_under_the_same_name_until_a_run_starts_on_it(academy: Academy):
    claim(academy, 1, 2)
    (first,) = requested(academy)
    (again,) = requested(academy)
    assert (first.run_key, first.tags) == (again.run_key, again.tags)
    academy.ledger.work.start(["1", "2"], "run")
    assert requested(academy) == []


def test_a_batch_whose_keys_have_gone_is_formed_anew(academy: Academy):
    claim(academy, 1, 2)
    (lost,) = requested(academy)
    for key in ("1", "2"):
        academy.instance.delete_dynamic_partition("submissions", key)
    assert requested(academy) == []
    (anew,) = requested(academy)
    assert ranges([anew]) == [("1", "2")]
    assert anew.run_key != lost.run_key
    assert academy.run(anew).success
    assert set(academy.api.results) == {1, 2}


def test_a_batch_whose_keys_no_longer_are_neighbours_is_formed_anew(academy: Academy):
    claim(academy, 1, 2)
    requested(academy)
    academy.instance.delete_dynamic_partition("submissions", "2")
    academy.instance.add_dynamic_partitions("submissions", ["stranger", "2"])
    assert requested(academy) == []
    assert ranges(requested(academy)) == [("1", "1"), ("2", "2")]


def test_a_batch_that_has_a_run_is_left_to_it_whatever_became_of_its_keys(academy: Academy):
    claim(academy, 1, 2)
    (request,) = requested(academy)
    academy.instance.add_run(
        dg.DagsterRun("grade_submissions", tags=request.tags, run_id="run", status=dg.DagsterRunStatus.STARTED)
    )
    academy.instance.delete_dynamic_partition("submissions", "2")
    assert requested(academy) == []
    assert academy.ledger.work.members(request.run_key) == {"1", "2"}


def test_a_failed_attempt_does_not_join_a_fresh_batch(academy: Academy):
    claim(academy, 1, 2, 3)
    requested(academy)
    academy.ledger.work.start(["1", "2", "3"], "run")
    academy.ledger.work.fail({"job-2": TRANSIENT})
    academy.clock.now += 60
    claim(academy, 4)
    assert sorted(ranges(requested(academy))) == [("2", "2"), ("4", "4")]


def test_a_run_does_not_touch_keys_in_its_range_that_belong_to_others(academy: Academy):
    claim(academy, 1, 2, 3)
    (request,) = requested(academy)
    academy.ledger.work.assign("another", ["job-2"])
    run = academy.run(request)
    assert run.success
    assert set(academy.api.results) == {1, 3}
    assert academy.ledger.counts() == {"delivered": 2, "claimed": 1}


def test_a_key_that_is_deleted_while_batches_are_formed_waits_for_the_next_tick(academy: Academy, monkeypatch):
    claim(academy, 1)
    with monkeypatch.context() as patched:
        patched.setattr(academy.instance, "add_dynamic_partitions", lambda *_: None)
        assert requested(academy) == []
    assert ranges(requested(academy)) == [("1", "1")]
