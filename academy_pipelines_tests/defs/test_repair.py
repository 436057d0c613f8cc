"""What dead runs and lost claims leave behind is put right, and what is alive is left alone."""

import time
import uuid

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.test_utils import create_run_for_test

from academy_pipelines.defs.batching import BATCH_TAG
from academy_pipelines.defs.repair import bury_dead_runs, lost_claims
from academy_pipelines_tests.defs.conftest import Academy
from academy_pipelines_tests.defs.sources import ScriptedSource, job


@pytest.fixture
def academy(quick_academy: Academy) -> Academy:
    return quick_academy


def test_only_claims_that_the_ledger_never_saw_are_lost(academy: Academy):
    academy.ledger.inbox.accept(job(1), source="scripted")
    source = ScriptedSource(ours=(job(1), job(2)))
    assert [claim.job.id for claim in lost_claims(academy.ledger, source)] == ["job-2"]
    assert source.acknowledged == []


def test_a_claim_that_was_delivered_or_buried_but_never_acknowledged_is_acknowledged(academy: Academy):
    for number in (1, 2):
        academy.ledger.inbox.accept(job(number), source="scripted")
    academy.ledger.outbox.delivered("job-1")
    academy.ledger.outbox.bury("job-2", "no such submission")
    source = ScriptedSource(ours=(job(1), job(2)))
    assert list(lost_claims(academy.ledger, source)) == []
    assert source.acknowledged == ["job-1", "job-2"]


LATER_S = 100.0
"""Longer than a lease."""

LOCATION = RegisteredCodeLocationOrigin("academy_pipelines")
ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(LOCATION, "repository"), "grade_submissions")
"""Dagster queues no run without knowing where its code is."""


def launched(academy: Academy, batch_id: str, status: dg.DagsterRunStatus) -> str:
    run = create_run_for_test(
        academy.instance,
        job_name="grade_submissions",
        status=status,
        tags={BATCH_TAG: batch_id},
        remote_job_origin=ORIGIN,
    )
    return run.run_id


def batch_with_run(academy: Academy, status: dg.DagsterRunStatus | None) -> tuple[str, str]:
    """A batch of two jobs that a run in this state was launched for; None launches none. Returns (batch, run)."""
    for number in (1, 2):
        academy.ledger.inbox.accept(job(number), source="api")
    batch_id = uuid.uuid4().hex
    academy.ledger.work.assign(batch_id, ["job-1", "job-2"])
    return batch_id, launched(academy, batch_id, status) if status else str(uuid.uuid4())


def buried(academy: Academy, later_s: float = 0.0) -> int:
    academy.clock.now += later_s
    return bury_dead_runs(academy.ledger, academy.instance, time.time() + later_s)


def status_of(academy: Academy, run_id: str) -> dg.DagsterRunStatus:
    return academy.instance.get_run_by_id(run_id).status


FAILURE = dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize("status", [FAILURE, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.SUCCESS])
def test_what_a_finished_run_left_running_is_taken_back(academy: Academy, status):
    _, run_id = batch_with_run(academy, status)
    academy.ledger.work.start(["1", "2"], run_id)
    assert buried(academy) == 2
    assert academy.ledger.counts() == {"claimed": 2}
    assert academy.ledger.work.owners() == {}
    assert status_of(academy, run_id) == status


def test_what_a_run_that_nobody_knows_left_running_is_taken_back(academy: Academy):
    _, run_id = batch_with_run(academy, None)
    academy.ledger.work.start(["1", "2"], run_id)
    assert buried(academy) == 2


def test_a_run_that_renews_its_leases_is_left_alone(academy: Academy):
    _, run_id = batch_with_run(academy, dg.DagsterRunStatus.STARTED)
    academy.ledger.work.start(["1", "2"], run_id)
    for _ in range(3):
        academy.clock.now += 50
        academy.ledger.work.renew(run_id)
        assert buried(academy) == 0
    assert status_of(academy, run_id) == dg.DagsterRunStatus.STARTED


def test_a_run_that_stopped_renewing_its_leases_is_marked_as_failed_and_its_jobs_taken_back(academy: Academy):
    _, run_id = batch_with_run(academy, dg.DagsterRunStatus.STARTED)
    academy.ledger.work.start(["1", "2"], run_id)
    assert buried(academy, LATER_S) == 2
    assert status_of(academy, run_id) == FAILURE


def test_a_batch_whose_run_finished_before_it_began_is_taken_back(academy: Academy):
    batch_id, _ = batch_with_run(academy, FAILURE)
    assert buried(academy) == 2
    assert academy.ledger.work.members(batch_id) == set()


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_a_batch_whose_run_is_silent_before_it_began_is_taken_back_and_the_run_marked_as_failed(
    academy: Academy, status
):
    batch_id, run_id = batch_with_run(academy, status)
    assert buried(academy) == 0
    assert buried(academy, LATER_S) == 2
    assert status_of(academy, run_id) == FAILURE
    assert academy.ledger.work.members(batch_id) == set()


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, None])
def test_a_batch_that_only_waits_for_its_turn_is_left_alone(academy: Academy, status):
    batch_id, run_id = batch_with_run(academy, status)
    assert buried(academy, LATER_S) == 0
    assert academy.ledger.work.members(batch_id) == {"1", "2"}
    assert status is None or status_of(academy, run_id) == status


def test_a_batch_with_one_dead_run_and_one_that_waits_is_left_to_the_second(academy: Academy):
    batch_id, _ = batch_with_run(academy, FAILURE)
    waiting = launched(academy, batch_id, dg.DagsterRunStatus.QUEUED)
    assert buried(academy, LATER_S) == 0
    assert status_of(academy, waiting) == dg.DagsterRunStatus.QUEUED


def test_a_job_whose_runs_always_die_is_given_up_and_answered(academy: Academy):
    for _ in range(3):
        academy.ledger.inbox.accept(job(1), source="api")
        academy.ledger.work.start(["1"], str(uuid.uuid4()))
        assert buried(academy) == 1
        academy.clock.now += 1000
    academy.tick("unfinished_work")
    assert academy.api.results[1].status == "failed"
    assert academy.api.results[1].error.startswith("run_died")


def test_the_sweep_says_what_it_did(academy: Academy):
    _, run_id = batch_with_run(academy, FAILURE)
    academy.ledger.work.start(["1", "2"], run_id)
    assert academy.tick("unfinished_work").skip_message == "took 2 jobs back, delivered 0 of 0 results"
