"""The worker API over HTTP: what is sent, and what becomes of every kind of answer."""

import traceback
from contextlib import closing

import httpx
import pytest

from academy_pipelines.contracts.results import AiResultMessage
from academy_pipelines.errors import ContractError, MisconfiguredError, UnavailableError
from academy_pipelines.resources.academy_api import JOB_RESULT, NEXT_JOB, HttpAcademyApi

TOKEN = "worker-t0ken"


def done(submission_id: int, **result) -> AiResultMessage:
    return AiResultMessage(submission_id=submission_id, status="done", result=result or {"text": "답"}, error=None)


@pytest.fixture
def real(loopback):
    with closing(HttpAcademyApi(loopback.base_url, TOKEN)) as api:
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


def test_a_silent_back_end_is_given_up(loopback):
    loopback.serve_raw(NEXT_JOB, 1.0, hangs_up=True)
    with (
        closing(HttpAcademyApi(loopback.base_url, TOKEN, timeout_s=0.5)) as hasty,
        pytest.raises(UnavailableError, match="Timeout"),
    ):
        hasty.claim_ai_job()


def test_a_proxy_of_the_environment_is_not_asked(loopback, monkeypatch, dead_url):
    monkeypatch.setenv("HTTP_PROXY", dead_url)
    monkeypatch.setenv("NO_PROXY", "")
    loopback.serve(NEXT_JOB, b'{"job": null}')
    with closing(HttpAcademyApi(loopback.base_url, TOKEN)) as api:
        assert api.claim_ai_job() is None


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
