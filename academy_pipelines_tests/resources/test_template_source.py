"""Template meta from the back end that a job names."""

import json
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from academy_pipelines.contracts.jobs import TemplateFetch
from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.errors import ContractError, FileUnavailableError, InvalidJobError, UnavailableError
from academy_pipelines.resources.template_source import (
    FAILURE_TTL_S,
    MAX_BYTES,
    MAX_CACHED,
    META,
    HttpTemplateSource,
    MemoryTemplateSource,
)
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.server import running_sandbox

SMALL_META = {
    "units": "mm",
    "page": {"size": {"width": 297, "height": 210}},
    "questions": [{"question_number": 1, "roi": {"x": 10, "y": 10, "w": 50, "h": 8}}],
}
TOKEN = "worker-t0ken"


@pytest.fixture(params=["memory", "http"])
def office(request, tmp_path):
    """A source with templates for 10, 20 and 30 questions, and a request that may have them."""
    if request.param == "memory":
        with closing(MemoryTemplateSource(dict.fromkeys((10, 20, 30), SMALL_META))) as fake:
            yield fake, TemplateFetch(base_url="http://academy.example", worker_token=TOKEN)
        return
    with running_sandbox(tmp_path / "academy", SandboxOptions(token=TOKEN)) as academy:
        host = academy.base_url.removeprefix("http://")
        with closing(HttpTemplateSource(frozenset({host}))) as real:
            yield real, TemplateFetch(base_url=academy.base_url, worker_token=TOKEN)


@pytest.mark.parametrize("count", [10, 20, 30])
def test_each_known_count_has_a_template_that_parses(office, count):
    source, request = office
    assert parse_template(source.fetch(request, count)).questions


@pytest.mark.parametrize("count", [0, 1, -10, 25, 40])
def test_another_count_is_the_job_s_fault(office, count):
    source, request = office
    with pytest.raises(InvalidJobError, match=r"question_count required \(10\|20\|30\)"):
        source.fetch(request, count)


def test_what_a_caller_does_to_its_template_stays_with_it(office):
    source, request = office
    source.fetch(request, 20)["page"] = None
    assert source.fetch(request, 20)["page"] is not None


def test_the_fake_raises_what_it_was_given():
    fake = MemoryTemplateSource({10: UnavailableError("ill")})
    with pytest.raises(UnavailableError, match="ill"):
        fake.fetch(TemplateFetch(base_url="http://academy.example"), 10)
    with pytest.raises(ContractError):
        fake.fetch(TemplateFetch(base_url="http://academy.example"), 20)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def real(loopback, clock):
    loopback.serve(META, json.dumps(SMALL_META).encode())
    with closing(HttpTemplateSource(frozenset({loopback.host}), clock=clock)) as source:
        yield source


@pytest.fixture
def request_(loopback):
    return TemplateFetch(base_url=loopback.base_url)


@pytest.mark.parametrize(
    ("lent", "header", "value"),
    [
        ({"cookie": "sessionid=abc"}, "Cookie", "sessionid=abc"),
        ({"bearer_token": "abc"}, "Authorization", "Bearer abc"),
        ({"worker_token": "abc"}, "X-Worker-Token", "abc"),
    ],
)
def test_each_kind_of_right_is_sent_as_the_contract_says(loopback, real, request_, lent, header, value):
    assert real.fetch(request_.model_copy(update=lent), 20) == SMALL_META
    (asked,) = loopback.asked
    assert asked.path == "/api/v1/assets/omr/objective/meta/?question_count=20"
    assert asked.headers[header] == value
    assert {"Cookie", "Authorization", "X-Worker-Token"} & set(asked.headers) == {header}


def test_no_right_is_sent_when_none_is_lent(loopback, real, request_):
    real.fetch(request_.model_copy(update={"cookie": ""}), 10)
    assert not {"Cookie", "Authorization", "X-Worker-Token"} & set(loopback.asked[0].headers)


def test_a_slash_at_the_end_of_the_base_url_is_no_matter(loopback, real, request_):
    real.fetch(request_.model_copy(update={"base_url": f"{loopback.base_url}/"}), 10)
    assert loopback.asked[0].path.startswith("/api/v1/")


def test_a_batch_asks_once(loopback, real, request_):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: real.fetch(request_, 30), range(64)))
    assert found == [SMALL_META] * 64
    assert len(loopback.asked) == 1


def test_after_a_minute_it_is_asked_again(loopback, real, request_, clock):
    real.fetch(request_, 30)
    clock.now_s += 59.9
    real.fetch(request_, 30)
    assert len(loopback.asked) == 1
    clock.now_s += 0.2
    real.fetch(request_, 30)
    assert len(loopback.asked) == 2


def test_nobody_is_given_what_was_fetched_with_another_s_rights(loopback, real, request_):
    for lent in ({}, {"cookie": "a"}, {"cookie": "b"}, {"bearer_token": "a"}, {"worker_token": "a"}):
        real.fetch(request_.model_copy(update=lent), 30)
    assert len(loopback.asked) == 5


def test_a_session_of_one_answer_does_not_travel_with_the_next_request(loopback, real, request_):
    loopback.serve(META, json.dumps(SMALL_META).encode(), Set_Cookie="sessionid=s3cret; Path=/")
    real.fetch(request_, 10)
    real.fetch(request_, 20)
    assert "Cookie" not in loopback.asked[1].headers


def test_the_cache_forgets_the_oldest(loopback, real, request_):
    requests = [request_.model_copy(update={"cookie": f"c={number}"}) for number in range(MAX_CACHED + 1)]
    for request in requests:
        real.fetch(request, 10)
    real.fetch(requests[-1], 10)
    assert len(loopback.asked) == MAX_CACHED + 1
    real.fetch(requests[0], 10)
    assert len(loopback.asked) == MAX_CACHED + 2


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 410, 422])
def test_a_refusal_breaks_the_contract_with_the_reason(loopback, real, request_, status):
    loopback.serve(META, b'{"detail": "sign in first"}', status, Location="/login")
    with pytest.raises(ContractError, match=f"{status}.*sign in first"):
        real.fetch(request_, 10)
    assert len(loopback.asked) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_these_statuses_mean_later(loopback, real, request_, status):
    loopback.serve(META, b"", status)
    with pytest.raises(UnavailableError, match=str(status)):
        real.fetch(request_, 10)


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in</html>", b"[]", b"null", b'"text"', b"[" * 100_000, b'{"x": NaN}']
)
def test_an_answer_that_is_no_object_breaks_the_contract(loopback, real, request_, body):
    loopback.serve(META, body)
    with pytest.raises(ContractError, match="template"):
        real.fetch(request_, 10)


def test_a_giant_is_no_template(loopback, real, request_):
    loopback.serve(META, b" " * (MAX_BYTES + 1))
    with pytest.raises(ContractError, match="larger"):
        real.fetch(request_, 10)


def test_a_silent_back_end_is_given_up(loopback, real, request_):
    loopback.serve_raw(META, 1.0, hangs_up=True)
    with pytest.raises(UnavailableError, match="Timeout"):
        real.fetch(request_.model_copy(update={"timeout": 0.5}), 10)


def test_a_failure_is_repeated_to_the_batch_and_then_tried_again(loopback, real, request_, clock):
    loopback.serve(META, b"", 503)
    for _ in range(3):
        with pytest.raises(UnavailableError):
            real.fetch(request_, 10)
    assert len(loopback.asked) == 1
    loopback.serve(META, json.dumps(SMALL_META).encode())
    clock.now_s += FAILURE_TTL_S
    assert real.fetch(request_, 10) == SMALL_META


def test_a_back_end_that_is_not_named_is_not_visited(loopback):
    with closing(HttpTemplateSource(frozenset())) as source, pytest.raises(FileUnavailableError, match="ALLOWED_HOSTS"):
        source.fetch(TemplateFetch(base_url=loopback.base_url, worker_token=TOKEN), 10)
    assert loopback.connections == 0


@pytest.mark.parametrize("base_url", ["ftp://academy.example", "http://user:pass@academy.example", "academy.example"])
def test_a_base_url_of_another_form_is_refused(real, base_url):
    with pytest.raises(FileUnavailableError):
        real.fetch(TemplateFetch(base_url=base_url), 10)


@pytest.mark.parametrize(
    "lent", [{"cookie": "a\r\nX: s3cret"}, {"bearer_token": "s3cret비밀"}, {"worker_token": "s3cret\n"}]
)
def test_a_credential_that_no_header_carries_is_the_job_s_fault_and_is_not_shown(real, request_, lent):
    with pytest.raises(InvalidJobError) as refusal:
        real.fetch(request_.model_copy(update=lent), 10)
    assert "s3cret" not in "".join(traceback.format_exception(refusal.value))


def test_credentials_that_come_back_are_masked(loopback, real, request_):
    loopback.serve(META, b"cookie c00kie bearer b3arer worker w0rker", 403)
    lent = {"cookie": "c00kie", "bearer_token": "b3arer", "worker_token": "w0rker"}
    with pytest.raises(ContractError) as refusal:
        real.fetch(request_.model_copy(update=lent), 10)
    trace = "".join(traceback.format_exception(refusal.value))
    assert not any(secret in trace for secret in lent.values())
