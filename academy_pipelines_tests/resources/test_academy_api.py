"""The worker API: what claiming and delivering promise, over the fake and over a real server."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import pytest

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.contracts.results import AiResultMessage
from academy_pipelines.errors import ContractError, UnavailableError
from academy_pipelines.resources.academy_api import AcademyApi, HttpAcademyApi, MemoryAcademyApi
from academy_pipelines.sandbox.faults import Faults
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.server import running_sandbox

TOKEN = "worker-t0ken"


@dataclass
class Academy:
    """A back end with three waiting jobs for submissions 1, 2 and 3."""

    api: AcademyApi
    delivered: Callable[[int], list[str]]
    """Statuses accepted for a submission, without repetitions."""
    fall_ill: Callable[[], None]


@pytest.fixture(params=["memory", "http"])
def academy(request, tmp_path):
    if request.param == "memory":
        jobs = [AiJob(id=f"job-{n}", type="ocr", source_id=str(n), payload={"nth": n}) for n in (1, 2, 3)]
        with closing(MemoryAcademyApi(jobs)) as fake:

            def outage() -> None:
                fake.outage = UnavailableError("ill")

            yield Academy(fake, lambda n: [fake.results[n].status] if n in fake.results else [], outage)
        return
    with running_sandbox(tmp_path / "academy", SandboxOptions(token=TOKEN)) as server:
        offered = {n: server.store.jobs.offer(NewJob("ocr", {"nth": n}, source_id=n)) for n in (1, 2, 3)}

        def statuses(n: int) -> list[str]:
            return [result.status for result in server.store.jobs.results(offered[n].id)]

        def faults() -> None:
            server.injector.faults = Faults(error_rate=1.0)

        with closing(HttpAcademyApi(server.base_url, TOKEN)) as real:
            yield Academy(real, statuses, faults)


def done(submission_id: int, **result) -> AiResultMessage:
    return AiResultMessage(submission_id=submission_id, status="done", result=result or {"text": "답"}, error=None)


def test_jobs_are_handed_out_once_in_order_and_then_none(academy):
    claimed = [academy.api.claim_ai_job() for _ in range(5)]
    assert [(job.source_id, job.type, job.payload["nth"]) for job in claimed if job] == [
        ("1", "ocr", 1),
        ("2", "ocr", 2),
        ("3", "ocr", 3),
    ]
    assert claimed[3:] == [None, None]


def test_threads_never_share_a_job(academy):
    with ThreadPoolExecutor(6) as pool:
        claimed = list(pool.map(lambda _: academy.api.claim_ai_job(), range(6)))
    assert sorted(job.source_id for job in claimed if job) == ["1", "2", "3"]


def test_a_delivered_result_arrives(academy):
    academy.api.claim_ai_job()
    academy.api.post_ai_result(done(1))
    assert academy.delivered(1) == ["done"]


def test_a_failure_arrives_as_one(academy):
    academy.api.claim_ai_job()
    academy.api.post_ai_result(AiResultMessage(submission_id=1, status="failed", result=None, error="흐린 사진"))
    assert academy.delivered(1) == ["failed"]


def test_the_same_result_twice_is_harmless(academy):
    academy.api.claim_ai_job()
    academy.api.post_ai_result(done(1))
    academy.api.post_ai_result(done(1))
    assert academy.delivered(1) == ["done"]


def test_an_ill_back_end_is_unavailable_to_both_calls(academy):
    academy.fall_ill()
    with pytest.raises(UnavailableError):
        academy.api.claim_ai_job()
    with pytest.raises(UnavailableError):
        academy.api.post_ai_result(done(1))


def test_the_fake_refuses_what_it_was_told_to_refuse():
    fake = MemoryAcademyApi()
    fake.add(AiJob(id="a", type="ocr", source_id="1"))
    fake.refusals[1] = ContractError("no such submission")
    assert fake.claim_ai_job()
    with pytest.raises(ContractError, match="no such submission"):
        fake.post_ai_result(done(1))
    assert fake.posted == []


def test_a_result_for_nobody_is_refused_with_the_reason(tmp_path):
    with (
        running_sandbox(tmp_path / "academy", SandboxOptions(token=TOKEN)) as server,
        closing(HttpAcademyApi(server.base_url, TOKEN)) as api,
        pytest.raises(ContractError, match="there is no submission 77"),
    ):
        api.post_ai_result(done(77))


@pytest.mark.parametrize("fault", ["error_rate", "drop_rate", "lost_answer_rate"])
def test_an_academy_on_a_bad_day_is_unavailable(tmp_path, fault):
    with (
        running_sandbox(tmp_path / "academy", faults=Faults(**{fault: 1.0})) as server,
        closing(HttpAcademyApi(server.base_url, server.options.token)) as api,
        pytest.raises(UnavailableError),
    ):
        api.claim_ai_job()
