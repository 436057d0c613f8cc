"""What the ledger counts as over, on SQLite and on PostgreSQL."""

from contextlib import closing

import pytest

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.work import Problem


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with closing(Ledger(url, lease_s=60, clock=lambda: now[0])) as opened:
        now = [1000.0]
        opened.now = now
        yield opened


def accept(ledger: Ledger, submission: str, job_id: str) -> None:
    ledger.inbox.accept(AiJob(id=job_id, type="omr_grading", source_id=submission), source="api")


def deliver(ledger: Ledger, submission: str) -> None:
    (record,) = ledger.work.start([submission], "run")
    ledger.work.finish("run", {record.job_id: {}})
    ledger.outbox.delivered(record.job_id)
    ledger.work.release("run")


def test_a_delivered_submission_is_over_since_its_delivery(ledger):
    accept(ledger, "1", "a")
    ledger.now[0] += 50
    deliver(ledger, "1")
    ledger.now[0] += 7
    assert ledger.history.idle_s(["1"]) == {"1": 7.0}


def test_a_dead_submission_is_over_since_it_failed(ledger):
    accept(ledger, "1", "a")
    ledger.now[0] += 50
    ledger.work.fail({"a": Problem("unreadable_image", "empty")})
    ledger.now[0] += 5
    ledger.outbox.bury("a", "no such submission")
    assert ledger.history.idle_s(["1"]) == {"1": 5.0}


def test_a_submission_is_not_over_while_one_of_its_jobs_is_not(ledger):
    accept(ledger, "1", "a")
    deliver(ledger, "1")
    accept(ledger, "1", "b")
    assert ledger.history.idle_s(["1"]) == {}
    deliver(ledger, "1")
    assert ledger.history.idle_s(["1"]) == {"1": 0.0}


@pytest.mark.parametrize("undelivered", [True, False], ids=["a result waits", "a failure waits"])
def test_what_awaits_delivery_is_not_over(ledger, undelivered):
    accept(ledger, "1", "a")
    ledger.work.start(["1"], "run")
    if undelivered:
        ledger.work.finish("run", {"a": {}})
    else:
        ledger.work.fail({"a": Problem("unreadable_image", "empty")})
    ledger.work.release("run")
    assert ledger.history.idle_s(["1"]) == {}


def test_a_submission_that_a_run_holds_is_not_over_until_its_lease_ends(ledger):
    accept(ledger, "1", "a")
    ledger.work.start(["1"], "run")
    ledger.work.finish("run", {"a": {}})
    ledger.outbox.delivered("a")
    assert ledger.history.idle_s(["1"]) == {}
    ledger.now[0] += 61
    assert ledger.history.idle_s(["1"]) == {"1": 61.0}


def test_only_those_are_told_that_were_asked_for(ledger):
    for number in range(1, 4):
        accept(ledger, str(number), f"job-{number}")
        deliver(ledger, str(number))
    assert set(ledger.history.idle_s(["1", "3", "never-seen"])) == {"1", "3"}
    assert ledger.history.idle_s([]) == {}
