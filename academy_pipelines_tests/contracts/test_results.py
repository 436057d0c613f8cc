"""Results as the back end takes them: the contract's keys, all of them, as JSON that is JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.results import AiResultMessage, omr_result
from academy_pipelines.omr.quality import QualityReport
from academy_pipelines.omr.readings import (
    Answer,
    AnswerStatus,
    Digit,
    DigitMark,
    DigitStatus,
    Identifier,
    IdentifierStatus,
    Marking,
    Resolution,
    SheetReading,
)
from academy_pipelines.sandbox.validation import result_body

SHARES = st.floats(0, 1)
POINTS = st.floats(-1e4, 1e4)

ANSWERS = st.builds(
    Answer,
    question_id=st.integers(1, 500),
    detected=st.lists(st.sampled_from("ABCDE"), max_size=5, unique=True).map(tuple),
    marking=st.sampled_from(Marking),
    confidence=SHARES,
    status=st.sampled_from(AnswerStatus),
    fills=st.lists(st.tuples(st.sampled_from("ABCDE"), SHARES), max_size=5).map(tuple),
)
MARKS = st.builds(
    DigitMark,
    number=st.integers(0, 9),
    fill=SHARES,
    center_px=st.tuples(POINTS, POINTS),
    roi_px=st.tuples(POINTS, POINTS, POINTS, POINTS),
)
DIGITS = st.builds(
    Digit,
    digit_index=st.integers(1, 8),
    value=st.none() | st.integers(0, 9),
    status=st.sampled_from(DigitStatus),
    confidence=SHARES,
    marks=st.lists(MARKS, max_size=3).map(tuple),
)
IDENTIFIERS = st.builds(
    Identifier,
    identifier=st.none() | st.just("12345678"),
    raw_identifier=st.just("1234?678"),
    digits=st.lists(DIGITS, max_size=3).map(tuple),
    confidence=SHARES,
    status=st.sampled_from(IdentifierStatus),
)
READINGS = st.builds(SheetReading, answers=st.lists(ANSWERS, max_size=4).map(tuple), identifier=st.none() | IDENTIFIERS)


def as_sent(reading: SheetReading, **options: object) -> dict:
    chosen = {"mode": "scan", "aligned": True, "meta_used": True} | options
    return json.loads(omr_result(reading, **chosen).model_dump_json())


@given(READINGS)
def test_no_key_of_the_contract_is_ever_missing(reading: SheetReading):
    result = as_sent(reading)
    assert {"version", "mode", "aligned", "identifier", "answers", "meta_used", "debug"} <= result.keys()
    assert result["version"] == "v1"
    assert "meta_fetch_error" in result["debug"]
    for answer in result["answers"]:
        assert {"version", "question_id", "detected", "marking", "confidence", "status", "raw"} <= answer.keys()
        assert answer["marking"] in {"blank", "single", "multi"}
        assert answer["status"] in {"ok", "blank", "ambiguous", "low_confidence", "error"}
        assert 0 <= answer["confidence"] <= 1
    for digit in (result["identifier"] or {"digits": []})["digits"]:
        assert {"digit_index", "value", "status", "confidence", "marks"} <= digit.keys()
        assert all({"number", "fill", "center_px", "roi_px"} <= mark.keys() for mark in digit["marks"])
        assert all(mark["roi_px"].keys() == {"x", "y", "w", "h"} for mark in digit["marks"])


@given(READINGS)
def test_every_result_is_accepted_by_the_academy(reading: SheetReading):
    result = omr_result(reading, mode="auto", aligned=False, meta_used=True).model_dump(mode="json")
    message = AiResultMessage(submission_id=7, status="done", result=result, error=None)
    assert result_body(message.model_dump_json().encode()) == message.model_dump()


def test_an_answer_says_what_was_read():
    answer = Answer(3, ("A", "C"), Marking.MULTI, 0.123456, AnswerStatus.AMBIGUOUS, (("A", 0.91239), ("B", 0.0)))
    (told,) = as_sent(SheetReading((answer,), None))["answers"]
    assert told == {
        "version": "v1",
        "question_id": 3,
        "detected": ["A", "C"],
        "marking": "multi",
        "confidence": 0.1235,
        "status": "ambiguous",
        "raw": {"fills": {"A": 0.9124, "B": 0.0}},
        "origin": "reader",
        "review": None,
    }


def test_an_answer_without_measurements_has_nothing_raw():
    answer = Answer(3, (), Marking.BLANK, 1.0, AnswerStatus.BLANK)
    assert as_sent(SheetReading((answer,), None))["answers"][0]["raw"] is None


def test_an_identifier_that_is_not_known_is_null_and_shows_where():
    mark = DigitMark(4, 0.87654, (10.4, 20.6), (1.2, 2.8, 30.1, 40.9))
    digit = Digit(5, None, DigitStatus.AMBIGUOUS, 0.3, (mark,))
    identifier = Identifier(None, "1234?678", (digit,), 0.3, IdentifierStatus.AMBIGUOUS)
    told = as_sent(SheetReading((), identifier))["identifier"]
    assert (told["identifier"], told["raw_identifier"], told["status"]) == (None, "1234?678", "ambiguous")
    assert told["digits"][0]["marks"] == [
        {
            "number": 4,
            "fill": 0.8765,
            "center_px": {"x": 10, "y": 21},
            "roi_px": {"x": 1, "y": 3, "w": 30, "h": 41},
        }
    ]


def test_why_a_template_could_not_be_fetched_is_told():
    result = as_sent(SheetReading((), None), mode="legacy_questions", meta_used=False, meta_fetch_error="503")
    assert (result["mode"], result["meta_used"]) == ("legacy_questions", False)
    assert result["debug"] == {"meta_fetch_error": "503"}


def test_a_number_that_is_on_no_roster_is_told_apart_from_one_that_was_not_read():
    identifier = Identifier(None, "12345678", (), 0.99, IdentifierStatus.AMBIGUOUS, Resolution.NOT_ON_ROSTER)
    result = as_sent(SheetReading((), identifier))
    assert (result["identifier"]["identifier"], result["identifier"]["resolution"]) == (None, "not_on_roster")
    assert result["warnings"] == [{"code": "not_on_roster", "message": "the number 12345678 is not on the roster"}]


def test_what_is_wrong_with_the_picture_is_told():
    report = QualityReport(px_per_mm=2.5, blur_mm=0.9, clipped_share=0.0, contrast=0.5, alignment_share=0.8)
    told = as_sent(SheetReading((), None), quality=report)["quality"]
    assert (told["px_per_mm"], told["blur_mm"], told["alignment_share"]) == (2.5, 0.9, 0.8)
    assert [complaint.split(";")[0] for complaint in told["complaints"]] == ["only 2.5 px/mm", "blurred over 0.9 mm"]
    assert as_sent(SheetReading((), None))["quality"] is None


@pytest.mark.parametrize("fields", [{"status": "finished"}, {"submission_id": "seven"}, {"result": [1]}])
def test_a_message_that_the_back_end_would_not_take_cannot_be_made(fields: dict):
    with pytest.raises(ValueError, match="validation error"):
        AiResultMessage.model_validate({"submission_id": 7, "status": "done", "result": {}, "error": None} | fields)
