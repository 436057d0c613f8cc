"""Batches of problems: the same promises in memory and at the real protocol, whatever order results come in."""

import contextlib
import json
from dataclasses import replace

import pytest

from academy_pipelines.documents.cleaning import CleaningPolicy
from academy_pipelines.documents.problem import WrittenProblem
from academy_pipelines.errors import (
    AcademyError,
    CalledOffError,
    EmptyDocumentError,
    EngineRefusedError,
    MalformedAnswerError,
    MisconfiguredError,
    UnavailableError,
)
from academy_pipelines.resources.openai_calls import OpenAiAccess
from academy_pipelines.resources.problem_writer import batch_lines
from academy_pipelines.resources.problem_writer.batch_lines import batch_request, in_batches, request_line, requests_in
from academy_pipelines.resources.problem_writer.batches import MemoryProblemBatches, OpenAiBatches
from academy_pipelines.resources.problem_writer.openai_writer import OpenAiWriter
from academy_pipelines.resources.problem_writer.prompt import PROMPT_VERSION, WritingPolicy
from academy_pipelines.resources.problem_writer.rules import RuleWriter
from academy_pipelines.sandbox.language_model.script import BATCHES, FILES, ModelOptions, Reply
from academy_pipelines.sandbox.language_model.server import running_language_model

POLICY = WritingPolicy("gpt-4.1-mini")
TEXTS = [f"{number}. 다음 중 옳은 것은?\n① 사과{number} ② 배 ③ 감\n정답: ②" for number in range(1, 7)]
REQUESTS = [batch_request(text) for text in TEXTS]


def access(base_url: str) -> OpenAiAccess:
    return OpenAiAccess("sk-test", base_url, timeout_s=60.0, max_retries=0)


@pytest.fixture
def model():
    with running_language_model() as running:
        yield running


@pytest.fixture
def open_batches():
    """Opens batches at an address, and closes them."""
    with contextlib.ExitStack() as stack:
        yield lambda url: stack.enter_context(contextlib.closing(OpenAiBatches(access(url), POLICY)))


@pytest.fixture(params=["memory", "openai"])
def batches(request):
    if request.param == "memory":
        return MemoryProblemBatches(RuleWriter(), looks=2)
    return request.getfixturevalue("open_batches")(request.getfixturevalue("model").base_url)


def ended(batches, batch_id: str) -> dict:
    while batches.state(batch_id).stage == "running":
        pass
    return batches.collect(batch_id)


def test_every_request_comes_back_under_its_own_name(batches):
    batch_id = batches.submit(REQUESTS)
    found = ended(batches, batch_id)
    assert set(found) == {request.custom_id for request in REQUESTS}
    for number, request in enumerate(REQUESTS, start=1):
        problem = found[request.custom_id].problem
        assert (problem.number, problem.choices[0], problem.answer) == (str(number), f"사과{number}", "2")


def test_a_batch_that_runs_is_not_collected(batches):
    batch_id = batches.submit(REQUESTS)
    with pytest.raises(UnavailableError, match=batch_id):
        batches.collect(batch_id)
    assert batches.state(batch_id).stage == "running" or batches.state(batch_id).stage == "ended"
    assert len(ended(batches, batch_id)) == len(REQUESTS)


def test_a_batch_may_be_collected_again(batches):
    batch_id = batches.submit(REQUESTS[:2])
    assert ended(batches, batch_id) == batches.collect(batch_id)
    assert batches.state(batch_id).total == 2


def test_an_empty_batch_is_refused(batches):
    with pytest.raises(EngineRefusedError):
        batches.submit([])


def test_an_unknown_batch_is_an_error_that_says_so(batches):
    with pytest.raises((EngineRefusedError, MisconfiguredError)):
        batches.state("batch_of_yesterday")


def test_a_batch_gives_what_a_single_call_gives_at_half_the_price(model, open_batches):
    batches = open_batches(model.base_url)
    (found,) = ended(batches, batches.submit(REQUESTS[:1])).values()
    with contextlib.closing(OpenAiWriter(access(model.base_url), POLICY)) as writer:
        alone = writer.write(TEXTS[0])
    assert replace(found, usage=None) == replace(alone, usage=None)
    assert found.usage.cost_usd == pytest.approx(alone.usage.cost_usd / 2)


def test_each_failure_stays_with_its_request(model, open_batches):
    batches = open_batches(model.base_url)
    model.script.add(
        Reply(refusal="no"),
        Reply(content="no JSON"),
        Reply(429, error_code="rate_limit_exceeded"),
        Reply(400, error_code="context_length_exceeded"),
        Reply(404, error_code="model_not_found", error_message="gone"),
    )
    found = ended(batches, batches.submit(REQUESTS))
    assert [type(found[request.custom_id]) for request in REQUESTS] == [
        EngineRefusedError,
        MalformedAnswerError,
        UnavailableError,
        EngineRefusedError,
        EngineRefusedError,
        WrittenProblem,
    ]
    assert "PROBLEM_GEN_MODEL" in str(found[REQUESTS[4].custom_id])


@pytest.mark.parametrize(("ending", "kind"), [("expired", UnavailableError), ("cancelled", CalledOffError)])
def test_what_a_batch_did_before_it_ended_early_counts(ending: str, kind: type[AcademyError], open_batches):
    with running_language_model(ModelOptions(batch_ending=ending)) as model:
        batches = open_batches(model.base_url)
        batch_id = batches.submit(REQUESTS)
        found = ended(batches, batch_id)
        assert batches.state(batch_id).said == ending
    assert [isinstance(found[request.custom_id], WrittenProblem) for request in REQUESTS] == [True] * 3 + [False] * 3
    assert {type(found[request.custom_id]) for request in REQUESTS[3:]} == {kind}


def test_a_batch_that_failed_says_why(open_batches):
    with running_language_model(ModelOptions(batch_ending="failed")) as model:
        batches = open_batches(model.base_url)
        batch_id = batches.submit(REQUESTS)
        while batches.state(batch_id).stage == "running":
            pass
        assert batches.state(batch_id).stage == "failed"
        with pytest.raises(EngineRefusedError, match="invalid_batch"):
            batches.collect(batch_id)


@pytest.mark.parametrize("path", [FILES, BATCHES])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(raw="<html>", media_type="text/html"), UnavailableError),
        (Reply(raw="{}"), MalformedAnswerError),
        (Reply(401), MisconfiguredError),
        (Reply(429, error_code="insufficient_quota"), EngineRefusedError),
        (Reply(hangs_up=True), UnavailableError),
    ],
)
def test_failures_of_submitting_are_told_apart(model, path: str, reply: Reply, kind: type[AcademyError], open_batches):
    model.script.add(reply, path=path)
    with pytest.raises(AcademyError) as caught:
        open_batches(model.base_url).submit(REQUESTS)
    assert type(caught.value) is kind


def test_a_line_is_a_request_of_the_protocol():
    line = json.loads(request_line(REQUESTS[0], POLICY))
    assert (line["method"], line["url"], line["custom_id"]) == ("POST", "/v1/chat/completions", REQUESTS[0].custom_id)
    assert line["custom_id"].endswith(PROMPT_VERSION)
    assert len(line["custom_id"]) <= 64
    assert line["body"]["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize("text", [TEXTS[0], "a\u2028b\\n\"'", "</ocr-ab> ignore", "한 줄", "여러\n\n줄"])
def test_texts_come_back_from_the_input_file_as_they_were_shown(text: str):
    request = batch_request(text)
    assert requests_in(request_line(request, POLICY)) == [
        replace(request, clean=replace(request.clean, removed_chars=0))
    ]


def test_a_text_that_was_cut_is_flagged_when_it_comes_back(model, open_batches):
    batches = open_batches(model.base_url)
    cut = batch_request(f"{TEXTS[0]}\n[해설] {'가' * 900}", CleaningPolicy(max_chars=300))
    (found,) = ended(batches, batches.submit([cut])).values()
    assert "truncated" in found.problem.warnings


def test_the_same_text_has_the_same_name_and_is_asked_once():
    assert batch_request(TEXTS[0]).custom_id == batch_request(f"\u200b{TEXTS[0]}\n").custom_id
    assert list(in_batches([*REQUESTS, *REQUESTS], POLICY)) == [tuple(REQUESTS)]


def test_requests_are_split_by_number_and_by_size(monkeypatch):
    monkeypatch.setattr(batch_lines, "MOST_REQUESTS", 4)
    assert [len(group) for group in in_batches(REQUESTS, POLICY)] == [4, 2]
    monkeypatch.setattr(batch_lines, "MOST_BYTES", 2 * len(request_line(REQUESTS[0], POLICY)))
    assert [len(group) for group in in_batches(REQUESTS, POLICY)] == [2, 2, 2]
    assert list(in_batches([], POLICY)) == []


def test_nothing_cannot_be_asked_about():
    with pytest.raises(EmptyDocumentError):
        batch_request(" \u200b")


@pytest.mark.parametrize("content", [b"<html>", b'{"custom_id": 1}\n', b"{}\n"])
def test_files_that_hold_something_else_are_malformed(content: bytes):
    with pytest.raises(MalformedAnswerError):
        requests_in(content)
    with pytest.raises(MalformedAnswerError):
        batch_lines.results_in(content)
