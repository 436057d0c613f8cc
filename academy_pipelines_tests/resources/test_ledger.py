"""The ledger's promises, on SQLite and on PostgreSQL."""

import multiprocessing
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.ledger.answers import PATIENCE_S, AwaitedBatch
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.inbox import parted
from academy_pipelines.resources.ledger.work import Problem

PERMANENT = Problem("unreadable_image", "the file is empty")
TRANSIENT = Problem("unavailable", "503", retryable=True)
URL = "https://r2.test/scan.jpg?signature=hunter2"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def job(number: int, **fields: object) -> AiJob:
    values = {"id": f"job-{number}", "type": "omr_grading", "source_id": str(number), "payload": {"download_url": URL}}
    return AiJob.model_validate(values | fields)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path, clock: Clock) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path}/ledger.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = Ledger(url, lease_s=60, max_attempts=3, clock=clock)
    yield opened
    opened.close()


def started(ledger: Ledger, *numbers: int, run_id: str = "run") -> list[str]:
    for number in numbers:
        ledger.inbox.accept(job(number), source="api")
    return [record.job_id for record in ledger.work.start([str(n) for n in numbers], run_id)]


def test_a_claim_is_kept_once(ledger: Ledger):
    assert ledger.inbox.accept(job(1), source="api")
    assert not ledger.inbox.accept(job(1), source="api")
    assert ledger.counts() == {"claimed": 1}


def test_a_claim_that_comes_again_brings_a_fresh_link(ledger: Ledger):
    ledger.inbox.accept(job(1), source="api")
    ledger.inbox.accept(job(1, payload={"download_url": "https://r2.test/new"}), source="api")
    (record,) = ledger.work.look_up(["1"])
    assert record.whole_payload["download_url"] == "https://r2.test/new"


def test_jobs_wait_in_the_order_of_their_claims(ledger: Ledger):
    for number in (5, 3, 9):
        ledger.inbox.accept(job(number), source="api")
    assert [record.submission for record in ledger.work.waiting(10)] == ["5", "3", "9"]


def test_of_two_jobs_for_one_submission_the_second_waits(ledger: Ledger):
    ledger.inbox.accept(job(1), source="api")
    ledger.inbox.accept(job(1, id="again"), source="api")
    assert [record.job_id for record in ledger.work.waiting(10)] == ["job-1"]
    started_first = ledger.work.start(["1"], "run")
    assert [record.job_id for record in started_first] == ["job-1"]
    ledger.work.finish("run", {"job-1": {}})
    assert [record.job_id for record in ledger.work.waiting(10)] == ["again"]


def test_a_submission_has_one_run_at_a_time(ledger: Ledger):
    assert started(ledger, 1, 2, run_id="first") == ["job-1", "job-2"]
    assert ledger.work.start(["1"], "second") == []
    ledger.work.release("first")
    assert [record.job_id for record in ledger.work.start(["1"], "second")] == ["job-1"]


def test_a_run_takes_jobs_of_its_own_types_only(ledger: Ledger):
    ledger.inbox.accept(job(1, id="sheet"), source="api")
    ledger.inbox.accept(job(1, id="document", type="ocr"), source="api")
    assert [record.job_id for record in ledger.work.look_up(["1"], {"ocr"})] == ["document"]
    assert [record.job_id for record in ledger.work.start(["1"], "run", {"ocr", "embedding"})] == ["document"]
    assert ledger.work.start(["1"], "run", {"embedding"}) == []


def test_jobs_that_wait_for_a_batch_go_on_when_it_is_over_and_no_attempt_is_counted(ledger: Ledger):
    assert started(ledger, 1, 2) == ["job-1", "job-2"]
    batch = AwaitedBatch("batch", jobs=("job-1",))
    ledger.answers.wait_for(batch)
    ledger.work.release("run")
    assert ledger.answers.awaited() == [batch]
    assert ledger.work.waiting(10) == []
    assert ledger.counts() == {"claimed": 1, "running": 1}
    ledger.answers.over("batch", ["job-1"])
    assert [(waiting.job_id, waiting.attempts) for waiting in ledger.work.waiting(10)] == [("job-1", 0)]
    assert ledger.answers.awaited() == []


def test_nobody_waits_for_a_forgotten_batch_longer_than_batches_take(ledger: Ledger, clock: Clock):
    started(ledger, 1)
    ledger.answers.wait_for(AwaitedBatch("batch", jobs=("job-1",)))
    clock.now += PATIENCE_S + 1
    assert [waiting.job_id for waiting in ledger.work.waiting(10)] == ["job-1"]


def test_a_silent_run_loses_its_lease_and_a_renewed_one_keeps_it(ledger: Ledger, clock: Clock):
    started(ledger, 1, run_id="silent")
    clock.now += 59
    ledger.work.renew("silent")
    clock.now += 59
    assert ledger.work.start(["1"], "second") == []
    clock.now += 2
    assert len(ledger.work.start(["1"], "second")) == 1


def test_a_result_is_durable_before_it_is_delivered(ledger: Ledger):
    started(ledger, 1)
    ledger.work.finish("run", {"job-1": {"answers": [1]}})
    (parcel,) = ledger.outbox.of({"job-1"})
    assert parcel.result == {"answers": [1]}
    ledger.outbox.delivered("job-1")
    assert ledger.outbox.of({"job-1"}) == []
    assert ledger.is_settled()


def test_a_permanent_failure_is_delivered_with_its_reason(ledger: Ledger):
    started(ledger, 1)
    ledger.work.fail({"job-1": PERMANENT})
    (parcel,) = ledger.outbox.of({"job-1"})
    assert (parcel.result, parcel.error_code, parcel.error, parcel.exhausted) == (
        None,
        "unreadable_image",
        "the file is empty",
        False,
    )


def test_a_transient_failure_is_tried_again_later_and_given_up_in_the_end(ledger: Ledger, clock: Clock):
    started(ledger, 1)
    for _ in range(2):
        ledger.work.fail({"job-1": TRANSIENT})
        assert ledger.work.waiting(10) == []
        clock.now += 1000
        assert len(ledger.work.waiting(10)) == 1
        ledger.work.start(["1"], "run")
    ledger.work.fail({"job-1": TRANSIENT})
    (parcel,) = ledger.outbox.of({"job-1"})
    assert parcel.exhausted


def test_a_job_that_was_nearly_exhausted_elsewhere_gets_only_its_last_attempt(ledger: Ledger):
    ledger.inbox.accept(job(1, attempt=4, max_attempts=5), source="redis")
    ledger.work.start(["1"], "run")
    ledger.work.fail({"job-1": TRANSIENT})
    assert ledger.counts() == {"failed": 1}


def test_what_a_dead_run_left_is_taken_back(ledger: Ledger, clock: Clock):
    started(ledger, 1, 2)
    ledger.work.finish("run", {"job-1": {}})
    assert ledger.work.owners() == {"run": True}
    assert ledger.work.abandon_run("run") == 1
    assert ledger.work.owners() == {}
    assert ledger.counts() == {"done": 1, "claimed": 1}


def test_a_late_result_of_an_abandoned_run_changes_nothing(ledger: Ledger):
    started(ledger, 1)
    ledger.work.abandon_run("run")
    ledger.work.finish("run", {"job-1": {"late": True}})
    assert ledger.counts() == {"claimed": 1}


def test_a_run_that_lost_its_job_to_another_cannot_finish_it(ledger: Ledger, clock: Clock):
    started(ledger, 1, run_id="slow")
    clock.now += 61
    assert ledger.work.owners() == {"slow": False}
    ledger.work.abandon_run("slow")
    ledger.work.start(["1"], "quick")
    ledger.work.finish("slow", {"job-1": {"by": "slow"}})
    assert ledger.counts() == {"running": 1}


def test_results_of_a_live_run_are_left_to_it(ledger: Ledger, clock: Clock):
    started(ledger, 1)
    ledger.work.finish("run", {"job-1": {}})
    assert ledger.outbox.abandoned(10) == []
    ledger.work.release("run")
    assert len(ledger.outbox.abandoned(10)) == 1


def test_a_postponed_delivery_is_due_later(ledger: Ledger, clock: Clock):
    started(ledger, 1)
    ledger.work.finish("run", {"job-1": {}})
    ledger.work.release("run")
    ledger.outbox.postpone("job-1")
    assert ledger.outbox.abandoned(10) == []
    clock.now += 10
    assert len(ledger.outbox.abandoned(10)) == 1


def test_a_delivered_job_that_comes_back_is_delivered_again(ledger: Ledger):
    started(ledger, 1)
    ledger.work.finish("run", {"job-1": {"v": 1}})
    ledger.outbox.delivered("job-1")
    ledger.inbox.accept(job(1), source="api")
    assert ledger.counts() == {"done": 1}


def test_batches_without_a_run_are_known_until_one_starts(ledger: Ledger):
    for number in (1, 2):
        ledger.inbox.accept(job(number), source="api")
    ledger.work.assign("batch", ["job-1", "job-2"])
    assert [r.submission for r in ledger.work.unstarted_batches()["batch"]] == ["1", "2"]
    assert ledger.work.members("batch") == {"1", "2"}
    assert ledger.work.waiting(10) == []
    ledger.work.start(["1", "2"], "run")
    assert ledger.work.unstarted_batches() == {}


def test_delivery_erases_what_opens_doors(ledger: Ledger):
    fetch = {"base_url": "https://a.test", "bearer_token": "hunter2", "cookie": "hunter2", "worker_token": "hunter2"}
    ledger.inbox.accept(job(1, payload={"download_url": URL, "template_fetch": fetch}), source="api")
    ledger.work.start(["1"], "run")
    ledger.work.finish("run", {"job-1": {}})
    ledger.outbox.delivered("job-1")
    (record,) = ledger.work.look_up(["1"])
    assert "hunter2" not in str(record)
    assert record.payload["download_url"] == "https://r2.test/scan.jpg"


@given(st.text(), st.text(min_size=1), st.dictionaries(st.text(), st.integers()))
def test_a_payload_is_parted_without_loss_and_no_query_is_kept(path: str, secret: str, rest: dict):
    url = f"https://r2.test/{path}?signature={secret}"
    fetch = {"base_url": "https://a.test", "cookie": secret, "bearer_token": secret, "worker_token": secret}
    payload = rest | {"download_url": url, "template_fetch": fetch}
    kept, secrets = parted(payload)
    assert {**kept, **secrets} == payload
    assert "?" not in kept["download_url"]
    assert kept["template_fetch"] == {"base_url": "https://a.test"}


def test_a_url_of_no_database_names_the_variable():
    with pytest.raises(MisconfiguredError, match="LEDGER_URL"):
        Ledger("not a url")


def _claim_all(url: str, run_id: str, found) -> None:
    ledger = Ledger(url)
    found.put([record.submission for record in ledger.work.start([str(n) for n in range(40)], run_id)])
    ledger.close()


def test_two_processes_never_start_the_same_submission(tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    ledger = Ledger(url)
    for number in range(40):
        ledger.inbox.accept(job(number), source="api")
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    racers = [context.Process(target=_claim_all, args=(url, f"run-{i}", found)) for i in range(3)]
    for racer in racers:
        racer.start()
    taken = [submission for _ in racers for submission in found.get(timeout=60)]
    for racer in racers:
        racer.join()
    ledger.close()
    assert sorted(taken, key=int) == [str(n) for n in range(40)]


class LedgerMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order: no job is lost, and none has two owners."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.ledger = Ledger("sqlite://", lease_s=60, max_attempts=3, clock=self.clock)
        self.accepted: set[str] = set()
        self.posted: list[str] = []

    @rule(number=st.integers(1, 6))
    def claim(self, number: int) -> None:
        self.ledger.inbox.accept(job(number), source="api")
        self.accepted.add(f"job-{number}")

    @rule(run=st.sampled_from("abc"))
    def start(self, run: str) -> None:
        self.ledger.work.start([str(n) for n in range(1, 7)], run)

    @rule(number=st.integers(1, 6), run=st.sampled_from("abc"))
    def finish(self, number: int, run: str) -> None:
        self.ledger.work.finish(run, {f"job-{number}": {"n": number}})

    @precondition(lambda self: self.accepted)
    @rule(data=st.data(), problem=st.sampled_from([PERMANENT, TRANSIENT]))
    def fail(self, data, problem: Problem) -> None:
        self.ledger.work.fail({data.draw(st.sampled_from(sorted(self.accepted))): problem})

    @rule(run=st.sampled_from("abc"))
    def die(self, run: str) -> None:
        self.ledger.work.abandon_run(run)

    @rule(seconds=st.integers(1, 500))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule()
    def deliver(self) -> None:
        for parcel in self.ledger.outbox.abandoned(10):
            self.posted.append(parcel.job_id)
            self.ledger.outbox.delivered(parcel.job_id)

    @invariant()
    def no_job_is_lost(self) -> None:
        assert sum(self.ledger.counts().values()) == len(self.accepted)

    def teardown(self) -> None:
        for _ in range(10):
            for run in self.ledger.work.owners():
                self.ledger.work.abandon_run(run)
            self.clock.now += 1000
            self.ledger.work.fail({record.job_id: PERMANENT for record in self.ledger.work.waiting(100)})
            self.deliver()
        assert self.ledger.is_settled()
        assert set(self.posted) == self.accepted
        self.ledger.close()


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
