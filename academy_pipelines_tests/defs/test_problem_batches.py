"""Backfills whose problems a language model writes within a day: nothing is lost, paid twice or left waiting."""

from dataclasses import replace

import dagster as dg
import pytest

from academy_pipelines.documents.problem import Problem, WrittenProblem
from academy_pipelines.errors import EngineRefusedError, UnavailableError
from academy_pipelines.resources.engines import BatchWriting
from academy_pipelines.resources.problem_writer.batches import MemoryProblemBatches
from academy_pipelines_tests.defs.conftest import Academy
from academy_pipelines_tests.defs.document_engines import engines_without_neighbours

TYPED = "3. 다음 중 소수인 것은? [3점]\n① 9 ② 15 ③ 23 ④ 27 ⑤ 33"
BACKFILL = {
    "dagster/backfill": "b1",
    "dagster/asset_partition_range_start": "1",
    "dagster/asset_partition_range_end": "2",
}


class Model:
    """A language model: counts what it is asked, and refuses questions that hold a word."""

    def __init__(self, refused: str = "nothing") -> None:
        self.asked: list[str] = []
        self.refused = refused

    def write(self, text: str) -> WrittenProblem:
        self.asked.append(text)
        if self.refused in text:
            raise EngineRefusedError("refused")
        return WrittenProblem(
            Problem(f"from a batch: {text[:2]}", difficulty=2), "openai", "0" * 64, model="test-model"
        )

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def academy(quick_academy: Academy, model: Model) -> Academy:
    """Two documents were answered by rules; from now on a model writes in batches that take two looks."""
    for number in (1, 2):
        payload = {"ocr_text": TYPED.replace("33", f"{number}3")}
        quick_academy.offer(number, id=f"document-{number}", type="problem_generation", payload=payload)
    quick_academy.work_through()
    writing = BatchWriting(MemoryProblemBatches(model, looks=2), "test-model")
    quick_academy.engines = engines_without_neighbours(batches=writing)
    quick_academy.api.results.clear()
    return quick_academy


def backfill(academy: Academy, **options) -> dg.ExecuteInProcessResult:
    return academy.run(dg.RunRequest(job_name="read_documents", tags=BACKFILL), **options)


def look(academy: Academy) -> list[dg.RunRequest]:
    return list(getattr(academy.tick("finished_batches"), "run_requests", None) or [])


def test_documents_of_a_backfill_wait_for_their_batch_and_go_on_by_themselves(academy: Academy, model: Model):
    run = backfill(academy)
    assert not run.success
    assert academy.ledger.counts() == {"claimed": 2}
    assert (academy.work_through(), academy.api.results) == ([], {})
    assert look(academy) == []
    assert academy.work_through() == []
    assert look(academy) == []
    (gone_on,) = academy.work_through()
    assert gone_on.success
    assert {number: message.result["body"] for number, message in academy.api.results.items()} == {
        1: "from a batch: 3.",
        2: "from a batch: 3.",
    }
    assert len(model.asked) == 2
    assert academy.ledger.answers.awaited() == []
    assert academy.ledger.counts() == {"delivered": 2}


def test_answers_are_not_paid_for_twice(academy: Academy, model: Model):
    backfill(academy)
    look(academy), look(academy)
    academy.work_through()
    assert backfill(academy).success
    assert len(model.asked) == 2


def test_a_backfill_of_problems_alone_is_made_when_the_batch_has_ended(academy: Academy):
    backfill(academy, asset_selection=[dg.AssetKey("problems")])
    assert academy.ledger.counts() == {"delivered": 2}
    assert look(academy) == []
    requests = look(academy)
    assert [(request.partition_key, request.asset_selection) for request in requests] == [
        ("1", [dg.AssetKey("problems")]),
        ("2", [dg.AssetKey("problems")]),
    ]
    run = academy.run(requests[0], partition_key="1", asset_selection=requests[0].asset_selection)
    assert run.success
    assert academy.api.results == {}


def test_what_a_batch_does_not_answer_is_asked_directly(academy: Academy, model: Model):
    model.refused = "23"
    backfill(academy)
    look(academy), look(academy)
    academy.work_through()
    writers = {number: message.result["writer"] for number, message in academy.api.results.items()}
    assert writers == {1: "rules", 2: "rules"}


def test_a_batch_that_fails_as_a_whole_is_given_up(academy: Academy, monkeypatch):
    backfill(academy)
    monkeypatch.setattr(MemoryProblemBatches, "state", _raises(EngineRefusedError("the batch failed")))
    look(academy)
    (run,) = academy.work_through()
    assert run.success
    assert academy.api.results[1].result["writer"] == "rules"


def test_a_provider_that_is_down_is_asked_again(academy: Academy, monkeypatch):
    backfill(academy)
    with monkeypatch.context() as down:
        down.setattr(MemoryProblemBatches, "state", _raises(UnavailableError("503")))
        look(academy)
    assert len(academy.ledger.answers.awaited()) == 1
    assert academy.work_through() == []


def test_a_batch_that_is_forgotten_holds_nobody_up_for_ever(academy: Academy):
    backfill(academy)
    academy.engines = replace(academy.engines, batches=lambda: None)
    academy.clock.now += 27 * 3600
    (run,) = academy.work_through()
    assert run.success


def test_a_single_run_is_answered_at_once(academy: Academy, model: Model):
    run = academy.run(dg.RunRequest(job_name="read_documents"), partition_key="1")
    assert run.success
    assert model.asked == []


def _raises(error: Exception):
    def method(*_: object) -> None:
        raise error

    return method
