"""The worker API: what claiming and delivering promise, over the fake and over a real server."""

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import httpx
import pytest

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.contracts.results import AiResultMessage
from academy_pipelines.errors import ContractError, MisconfiguredError, UnavailableError
from academy_pipelines.resources.academy_api import JOB_RESULT, NEXT_JOB, AcademyApi, HttpAcademyApi, MemoryAcademyApi
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


@pytest.fixture
def real(loopback):
    with closing(HttpAcademyApi(loopback.base_url, TOKEN, timeout_s=0.5)) as api:
        yield api


def test_every_call_carries_the_token_and_the_contract_s_words(loopback, real):
    loopback.serve(NEXT_JOB, b'{"job": null}')
    loopback.serve(JOB_RESULT, b"", 204)
    assert real.claim_ai_job() is None
    real.post_ai_result(done(5, text="답"))
    claim, delivery = loopback.asked
    assert (claim.method, claim.path) == ("GET", "/api/v1/internal/ai/job/next/")
    assert (delivery.method, delivery.path) == ("POST", "/api/v1/internal/ai/job/result/")
    assert claim.headers["X-Worker-Token"] == delivery.headers["X-Worker-Token"] == TOKEN
    assert delivery.headers["Content-Type"] == "application/json"
    assert AiResultMessage.model_validate_json(delivery.body) == done(5, text="답")
    assert loopback.connections == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b"null",
        b"[]",
        b"{}",
        b'{"jobs": []}',
        b'{"job": []}',
        b'{"job": {}}',
        b'{"job": "x"}',
        b'{"job": false}',
        b'{"job": {"id": "a", "type": "ocr"}}',
        b'{"job": {"id": "a", "type": "ocr", "source_id": 1, "payload": [1]}}',
        b'{"job": {"id": "\\ud800", "type": "ocr", "source_id": 1}}',
        b'{"job": {"id": "a", "type": "ocr", "source_id": 1, "payload": {"x": NaN}}}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_an_answer_that_is_no_job_breaks_the_contract(loopback, real, body):
    loopback.serve(NEXT_JOB, body)
    with pytest.raises(ContractError) as refusal:
        real.claim_ai_job()
    assert len(str(refusal.value)) < 600


def test_a_page_instead_of_json_is_quoted(loopback, real):
    loopback.serve(NEXT_JOB, b"<!doctype html>\n<title>Sign in</title>" + b"x" * 500, Content_Type="text/html")
    with pytest.raises(ContractError, match=r"200 with text/html.*<!doctype html> <title>Sign in") as refusal:
        real.claim_ai_job()
    assert "x" * 80 not in str(refusal.value)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (301, ""),
        (400, "log"),
        (401, "INTERNAL_WORKER_TOKEN"),
        (403, "INTERNAL_WORKER_TOKEN"),
        (404, "API_BASE_URL"),
        (409, "log"),
        (422, "log"),
    ],
)
def test_a_refusal_names_status_reason_and_remedy(loopback, real, status, remedy):
    loopback.serve(NEXT_JOB, b'{"detail": "wrong"}', status, Location="/login?next=s3cret")
    loopback.serve(JOB_RESULT, b'{"detail": "wrong"}', status)
    for call in (real.claim_ai_job, lambda: real.post_ai_result(done(1))):
        with pytest.raises(ContractError, match=f"{status}.*wrong.*{remedy}") as refusal:
            call()
        assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_these_statuses_mean_later(loopback, real, status):
    loopback.serve(NEXT_JOB, b"", status)
    loopback.serve(JOB_RESULT, b"", status)
    for call in (real.claim_ai_job, lambda: real.post_ai_result(done(1))):
        with pytest.raises(UnavailableError, match=str(status)):
            call()


def test_a_token_that_comes_back_is_masked(loopback, real):
    loopback.serve(NEXT_JOB, f"the token {TOKEN} is wrong".encode(), 403)
    with pytest.raises(ContractError, match=r"the token \*\*\* is wrong") as refusal:
        real.claim_ai_job()
    assert TOKEN not in "".join(traceback.format_exception(refusal.value))


def test_a_silent_back_end_is_given_up(loopback, real):
    loopback.serve_raw(NEXT_JOB, 1.0, hangs_up=True)
    with pytest.raises(UnavailableError, match="ReadTimeout"):
        real.claim_ai_job()


def test_an_answer_cut_short_is_no_answer(loopback, real):
    loopback.serve_raw(NEXT_JOB, b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"job": null}', hangs_up=True)
    with pytest.raises(UnavailableError):
        real.claim_ai_job()


def test_a_back_end_that_is_down_may_come_up(dead_url):
    with closing(HttpAcademyApi(dead_url, TOKEN)) as api, pytest.raises(UnavailableError, match="ConnectError"):
        api.claim_ai_job()


@pytest.mark.parametrize("token", ["two\nlines", "비밀", "nul\0"])
def test_a_token_that_no_header_carries_is_a_wrong_setting_and_is_not_shown(token):
    with pytest.raises(MisconfiguredError, match="INTERNAL_WORKER_TOKEN") as refusal:
        HttpAcademyApi("http://localhost:8000", token)
    assert token not in str(refusal.value)


def test_a_result_that_is_no_json_is_our_fault(real):
    with pytest.raises(ContractError, match="submission 4"):
        real.post_ai_result(done(4, text="\ud800"))


@pytest.mark.parametrize("kind", [httpx.WriteError, httpx.RemoteProtocolError, httpx.PoolTimeout, httpx.StreamClosed])
def test_an_exception_of_the_library_does_not_get_out(real, monkeypatch, kind):
    def fail(_self, _request):
        error = kind.__new__(kind)
        Exception.__init__(error, "text")
        raise error

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", fail)
    for call in (real.claim_ai_job, lambda: real.post_ai_result(done(1))):
        with pytest.raises(UnavailableError, match=kind.__name__):
            call()
