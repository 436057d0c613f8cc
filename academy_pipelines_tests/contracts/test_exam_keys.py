"""Answer keys in files, and results as sheets."""

import pytest

from academy_pipelines.contracts.exam_keys import exam_key, read_exam_key, student_sheets
from academy_pipelines.contracts.results import AnswerMessage, OmrDebug, OmrResult, PageMessage
from academy_pipelines.errors import UnusableInputError


def entries(key):
    return {entry.question: entry.right for entry in key.entries}


def test_a_key_is_a_json_object_or_lines_of_question_and_answer():
    expected = {1: ("B",), 2: ("A", "C"), 10: ()}
    assert entries(read_exam_key(b'{"10": null, "1": "B", "2": ["C", "A"]}', "k")) == expected
    assert entries(read_exam_key("문항,정답\n1,B\n\n10,-\n2,A/C\n".encode("cp949"), "k")) == expected
    assert entries(read_exam_key(b"\xef\xbb\xbf1, B\r\n2,A/C,\r\n10,-", "k")) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "key.csv has 0 questions"),
        (b"{}", "key.csv has 0 questions"),
        (b'{"1": "A"', "key.csv is no JSON object"),
        (b"1,A\n1,B", "key.csv answers question 1 twice"),
        (b'{"1": "A", "01": "B"}', "key.csv answers question 1 twice"),
        (b"1,A\n2", "line 2 '2' is not question,answer"),
        (b"1,A\ntwo,B", "'two' is no question number"),
        (b"1,A\n2,", "'' is no answer to question 2"),
        (b'{"1": {"A": 1}}', "is no answer to question 1"),
        (b'{"1": ["A", "A"]}', "is no answer to question 1"),
    ],
)
def test_what_is_no_key_is_refused_with_its_place(data, message):
    with pytest.raises(UnusableInputError, match=message):
        read_exam_key(data, "key.csv")


def test_an_empty_list_is_no_answer():
    with pytest.raises(UnusableInputError, match="is no answer to question 3"):
        exam_key({"3": []})


def answer(status):
    raw = {"fills": {"A": 0.8, "B": 0.1}}
    return AnswerMessage(question_id=1, detected=["A"], marking="single", confidence=0.9, status=status, raw=raw)


def result(**changes):
    read = OmrResult(
        mode="scan", aligned=True, identifier=None, answers=[answer("ok")], meta_used=True, debug=OmrDebug()
    )
    return read.model_copy(update=changes)


@pytest.mark.parametrize(
    ("status", "is_settled"),
    [("ok", True), ("blank", True), ("ambiguous", False), ("low_confidence", False), ("error", False), ("new", False)],
)
def test_only_answers_that_need_no_person_are_settled(status, is_settled):
    (sheet,) = student_sheets(result(answers=[answer(status)]), "scan.png")
    assert sheet.responses[0].is_settled is is_settled
    assert (sheet.student, sheet.is_identified, sheet.responses[0].choices) == ("scan.png", False, ("A", "B"))


def test_every_page_that_could_be_read_is_a_sheet():
    pages = [PageMessage(page=1, answers=[answer("ok")]), PageMessage(page=2, error="page_not_found: none")]
    assert [sheet.student for sheet in student_sheets(result(pages=pages), "7")] == ["7#1"]
