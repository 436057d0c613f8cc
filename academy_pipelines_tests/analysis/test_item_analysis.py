"""Sheets beside a key: what is counted as what, and what a teacher is told."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.analysis.choices import BLANK, SEVERAL, UNKNOWN
from academy_pipelines.analysis.exam_key import ExamKey, KeyEntry
from academy_pipelines.analysis.histogram import score_bins
from academy_pipelines.analysis.item_analysis import analyse
from academy_pipelines.analysis.remarks import Remark
from academy_pipelines.analysis.responses import Response, StudentSheet, mark_exam
from academy_pipelines.analysis.tables import exam_tables
from academy_pipelines.errors import EmptyDocumentError, UnusableInputError
from academy_pipelines_tests.analysis.exams import key, sheet, sheets


def analysed(answers, *of_sheets):
    return analyse(mark_exam(sheets(*of_sheets), key(answers)))


def counts(item):
    return {choice.label: choice.count for choice in item.choices}


def test_an_answer_that_a_person_has_to_look_at_is_neither_right_nor_wrong():
    found = analysed("AB", "AB", "?B", "BB")
    first = found.items[0]
    assert [(s.right, s.wrong, s.unknown) for s in found.students] == [(2, 0, 0), (1, 0, 1), (1, 1, 0)]
    assert (first.known, first.unknown, first.difficulty) == (2, 1, 0.5)
    assert (found.complete, found.mean, found.unknown) == (2, 1.5, 1)


def test_a_blank_answer_is_known_and_not_right():
    found = analysed("A", "A", ".")
    assert (found.students[1].wrong, found.students[1].blank, found.complete) == (0, 1, 2)
    assert found.items[0].difficulty == 0.5


def test_figures_that_need_whole_sheets_leave_incomplete_ones_out():
    stairs = ("AAA", "AAB", "ABB", "BBB")
    assert analysed("AAA", *stairs, "?AA").kr20 == analysed("AAA", *stairs).kr20 == pytest.approx(0.75)
    assert analysed("AAA", *stairs).error_of_measurement == pytest.approx(1.25**0.5 * 0.25**0.5)


def test_choices_are_counted_one_by_one_and_what_is_no_choice_apart():
    two_marks = StudentSheet("two", (Response(1, ("A", "B"), is_settled=True),))
    found = analyse(mark_exam([*sheets("A", "B", ".", "?"), two_marks], key("A")))
    assert counts(found.items[0]) == {"A": 1, "B": 1, "C": 0, SEVERAL: 1, BLANK: 1, UNKNOWN: 1}


def test_several_right_labels_must_all_be_marked():
    both, one = (
        StudentSheet(name, (Response(1, d, is_settled=True),)) for name, d in (("b", ("A", "C")), ("o", ("A",)))
    )
    found = analyse(mark_exam([both, one], ExamKey((KeyEntry(1, ("C", "A")),))))
    assert [student.right for student in found.students] == [1, 0]


def test_a_question_that_does_not_count_changes_nothing():
    assert analysed("A-", "AB", "BC").students == analysed("A", "A", "B").students
    assert analysed("A-", "AB").left_out == (2,)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ("ABCA", "the key has 4 questions and sheet s1 has 3: the sheet lacks 4"),
        ("AB", "the key has 2 questions and sheet s1 has 3: the key lacks 3"),
        ("ABD", "the key says 'D' for question 3, where the sheets offer A, B, C"),
    ],
)
def test_a_key_of_another_exam_is_refused(answers, message):
    with pytest.raises(UnusableInputError, match=message):
        mark_exam(sheets("ABC"), key(answers))


def test_a_sheet_that_answers_a_question_twice_is_refused():
    doubled = sheet("s", "AB")
    doubled = replace(doubled, responses=(*doubled.responses, doubled.responses[0]))
    with pytest.raises(UnusableInputError, match="sheet s answers question 1 more than once"):
        mark_exam([doubled], key("AB"))


def test_without_sheets_or_without_questions_there_is_nothing_to_analyse():
    with pytest.raises(EmptyDocumentError, match="no graded sheet"):
        mark_exam([], key("A"))
    with pytest.raises(EmptyDocumentError, match="counts no question"):
        mark_exam(sheets("A"), key("-"))


def test_a_wrong_key_is_suspected_where_the_better_students_are_right_less_often():
    good, bad = ["AAAAAB"] * 6, ["BBBBCA"] * 6
    found = analysed("AAAAAA", *good, *bad)
    assert [Remark.KEY_DOUBTFUL in item.remarks for item in found.items] == [False] * 5 + [True]
    assert found.items[5].discrimination == -1
    assert not any(item.remarks for item in analysed("AAAAAA", *good[:4], *bad[:4]).items)


@settings(deadline=None, max_examples=25)  # the first example loads pandas
@given(st.lists(st.text("ABC.?", min_size=4, max_size=4), min_size=1, max_size=12))
def test_every_sheet_is_counted_once_in_every_picture_and_table(answers):
    found = analysed("ABCA", *answers)
    for item in found.items:
        assert sum(choice.count for choice in item.choices) == len(answers) == item.known + item.unknown
    for bins in (score_bins(found.students, 4), score_bins(found.students, 4, most_bins=2)):
        assert sum(one.complete + one.provisional for one in bins) == len(answers)
        assert (bins[0].low, bins[-1].high) == (0, 4)
    tables = exam_tables(found)
    assert len(tables["students"]) == len(answers)
    assert tables["students"][["right", "wrong", "blank", "unknown"]].sum(axis=1).eq(4).all()
    assert tables["students"]["share"].isna().sum() == len(answers) - found.complete
    assert tables["choices"].groupby("question")["count"].sum().eq(len(answers)).all()
