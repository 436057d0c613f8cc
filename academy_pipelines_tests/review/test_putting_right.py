"""Corrections over readings: applied where they fit, set aside with a flag where they do not, never twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.review.corrections import Correction
from academy_pipelines.review.putting_right import corrections_in, objection, put_right
from academy_pipelines.review.rows import answer_reading, doubtful_rows, identifier_as_read, identifier_reading
from academy_pipelines_tests.review.results import OTHER_SCAN, answer, correction, identifier, result

DOUBTFUL = result(answer(1), answer(2, "ambiguous", "AC"), answer(3, "low_confidence", ""), number=identifier("12?4"))
READING = {2: "ambiguous A/C", 3: "low_confidence -", "identifier": "ambiguous 12?4 read"}


def said(row: int | str, text: str, **fields: object) -> Correction:
    return correction(row, text, READING[row], **fields)


def test_only_doubtful_rows_wait_for_a_person():
    assert doubtful_rows(DOUBTFUL) == ["identifier", 2, 3]
    assert doubtful_rows(put_right(DOUBTFUL, [said(2, "A"), said(3, ""), said("identifier", "1234")])) == []


def test_a_number_that_others_carry_too_waits_for_a_person_once():
    shared = result(answer(1), number=identifier("1234", duplicates=["8"]))
    assert doubtful_rows(shared) == ["identifier"]
    assert doubtful_rows(put_right(shared, [correction("identifier", "1234", "ok 1234 read")])) == []


def test_a_corrected_answer_is_sure_and_keeps_what_was_read():
    right = put_right(DOUBTFUL, [said(2, "C")]).answers[1]
    assert (right.detected, right.marking, right.status, right.confidence) == (["C"], "single", "ok", 1.0)
    assert (right.origin, right.review.reviewer, right.review.reviewed_at) == (
        "review",
        "kim",
        "2026-11-24T12:00:00+00:00",
    )
    assert right.review.read == {
        "detected": ["A", "C"],
        "marking": "multi",
        "confidence": 0.5,
        "status": "ambiguous",
    }
    assert right.raw == DOUBTFUL.answers[1].raw


@pytest.mark.parametrize(
    ("text", "marking", "status"), [("", "blank", "blank"), ("B", "single", "ok"), ("BD", "multi", "ok")]
)
def test_a_person_may_find_no_mark_one_or_several(text: str, marking: str, status: str):
    right = put_right(DOUBTFUL, [said(2, text)]).answers[1]
    assert (right.detected, right.marking, right.status) == (list(text), marking, status)


def test_a_corrected_number_is_sure_in_every_digit():
    right = put_right(DOUBTFUL, [said("identifier", "1294")]).identifier
    assert (right.identifier, right.raw_identifier, right.status, right.resolution) == ("1294", "1294", "ok", "review")
    assert [(digit.value, digit.status) for digit in right.digits] == [(1, "ok"), (2, "ok"), (9, "ok"), (4, "ok")]
    assert all(digit.marks for digit in right.digits)
    assert identifier_as_read(right) == DOUBTFUL.identifier


def test_nobody_may_be_able_to_tell_the_number():
    right = put_right(DOUBTFUL, [said("identifier", "")]).identifier
    assert (right.identifier, right.status, right.origin) == (None, "blank", "review")


def test_a_shorter_number_leaves_the_digits_as_they_were_read():
    right = put_right(DOUBTFUL, [said("identifier", "123")]).identifier
    assert (right.identifier, right.digits) == ("123", DOUBTFUL.identifier.digits)


def test_a_number_put_right_is_no_stranger_to_the_roster():
    stranger = result(number=identifier("1234", "not_on_roster"), warnings=[{"code": "not_on_roster", "message": ""}])
    assert put_right(stranger, [correction("identifier", "1235", "ambiguous 1234 not_on_roster")]).warnings == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (correction(9, "A", "ok A"), "question 9: the sheet has no such question; it has 3"),
        (said(2, "F"), "question 2: there is no choice 'F'; there are A, B, C, D, E"),
        (said(2, "AA"), "question 2: a choice is named twice"),
        (said("identifier", "12345"), "identifier: '12345' is no number of up to 4 digits"),
        (said("identifier", "12a4"), "identifier: '12a4' is no number of up to 4 digits"),
        (said("identifier", "", answer=["1234", "1235"]), "identifier: 2 numbers are given; give one or none"),
        (said(2, "A", scan_sha256=OTHER_SCAN), "question 2 was reviewed in another picture of this sheet"),
        (said(2, "A", scan_sha256=None), "question 2 was reviewed in another picture of this sheet"),
        (
            correction(2, "A", "low_confidence A"),
            "question 2 is now read as 'ambiguous A/C', it was 'low_confidence A'",
        ),
    ],
)
def test_a_correction_that_does_not_fit_is_refused_in_words(wrong: Correction, reason: str):
    assert objection(DOUBTFUL, wrong).startswith(reason)


def test_a_sheet_without_a_number_gets_none():
    assert objection(result(answer(1)), said("identifier", "1234")) == "identifier: the sheet has none"


def test_a_row_that_is_read_differently_now_is_flagged_and_not_corrected():
    changed = put_right(
        result(answer(2, "ok", "B"), number=identifier("1294")), [said(2, "C"), said("identifier", "1234")]
    )
    (row,) = changed.answers
    assert (row.detected, row.status, row.origin, row.review.set_aside) == (["B"], "ambiguous", "reader", ["C"])
    assert (changed.identifier.identifier, changed.identifier.status) == (None, "ambiguous")
    assert [warning.code for warning in changed.warnings] == ["review_set_aside"] * 2
    assert "'ok B', it was 'ambiguous A/C'" in changed.warnings[0].message
    assert doubtful_rows(changed) == ["identifier", 2]


def test_a_reading_that_has_come_round_to_what_the_person_said_is_left_alone():
    agreeing = result(answer(2, "ok", "C"), number=identifier("1294"))
    assert put_right(agreeing, [said(2, "C"), said("identifier", "1294")]) == agreeing


def test_a_new_picture_is_read_afresh_and_says_that_an_earlier_one_was_reviewed():
    fresh = put_right(DOUBTFUL, [said(2, "C", scan_sha256=OTHER_SCAN), said(3, "", scan_sha256=OTHER_SCAN)])
    assert (fresh.answers, fresh.identifier) == (DOUBTFUL.answers, DOUBTFUL.identifier)
    assert [w.message for w in fresh.warnings] == [
        "a correction was set aside: 2 rows were reviewed in another picture"
    ]


ROWS = st.sampled_from([1, 2, 3, 4, "identifier"])
STATUSES = st.sampled_from(["ok", "blank", "ambiguous", "low_confidence", "error"])
LABELS = st.lists(st.sampled_from("ABCDEF"), max_size=3).map("".join)
NUMBERS = st.text("0123456789?", min_size=4, max_size=4)
RESULTS = st.builds(
    lambda marks, raw: result(*(answer(n, s, d) for n, (s, d) in enumerate(marks, start=1)), number=identifier(raw)),
    st.lists(st.tuples(STATUSES, st.sampled_from(["", "A", "B", "AC"])), min_size=3, max_size=3),
    NUMBERS,
)
READINGS = st.sampled_from(["ambiguous A/C", "ok A", "low_confidence -", "ambiguous 12?4 read", "ok 1234 read"])


@st.composite
def corrections(draw, of: OmrResult) -> list[Correction]:
    """Some that fit what was read, some that do not."""
    made = {}
    for row in draw(st.lists(ROWS, unique=True)):
        text = draw(NUMBERS if row == "identifier" else LABELS)
        read = {a.question_id: answer_reading(a) for a in of.answers} | {
            "identifier": identifier_reading(of.identifier)
        }
        reading = draw(READINGS | st.just(read.get(row, "ok A")))
        made[row] = correction(
            row, text, reading, scan_sha256=draw(st.sampled_from([None, of.scan_sha256, OTHER_SCAN]))
        )
    return list(made.values())


@given(st.data(), RESULTS)
def test_laying_corrections_over_their_own_outcome_changes_nothing(data, read: OmrResult):
    said = data.draw(corrections(read))
    once = put_right(read, said)
    assert put_right(once, said) == once
    assert put_right(OmrResult.model_validate_json(once.model_dump_json()), said) == once


@given(st.data(), RESULTS)
def test_what_was_read_can_always_be_had_back(data, read: OmrResult):
    right = put_right(read, data.draw(corrections(read)))
    assert put_right(right, []) == read


@given(st.data(), RESULTS)
def test_no_row_changes_silently(data, read: OmrResult):
    said = data.draw(corrections(read))
    right = put_right(read, said)
    spoken_of = {c.row for c in said}
    for before, after in zip(read.answers, right.answers, strict=True):
        assert before == after or (before.question_id in spoken_of and after.review is not None)
        assert after.origin == "reader" or objection(read, next(c for c in said if c.row == after.question_id)) is None
    fitting = {c.row for c in said if objection(read, c) is None}
    reviewed = {a.question_id for a in right.answers if a.origin == "review"}
    reviewed |= {"identifier"} if right.identifier.origin == "review" else set()
    assert reviewed == fitting


@given(st.data(), RESULTS)
def test_a_result_says_itself_what_was_laid_over_it(data, read: OmrResult):
    fitting = [c for c in data.draw(corrections(read)) if objection(read, c) is None]
    right = put_right(read, fitting)
    assert put_right(right, corrections_in(right)) == right
