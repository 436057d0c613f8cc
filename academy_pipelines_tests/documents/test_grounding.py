"""What a language model says of a paper is compared with the paper."""

from dataclasses import replace

import pytest

from academy_pipelines.documents.grounding import grounded
from academy_pipelines.documents.problem import Problem

TEXT = "3. 다음 중 물의 성질로 옳은 것은? [3점]\n① 물은 얼면 부피가 커진다 ② 물은 타지 않는다 ③ 물은 색이 있다\n정답: ①"
FAITHFUL = Problem(
    body="다음 중 물의 성질로 옳은 것은?",
    choices=("물은 얼면 부피가 커진다", "물은 타지 않는다", "물은 색이 있다"),
    answer="1",
    answer_source="stated",
    difficulty=2,
)


def test_a_faithful_problem_gets_the_papers_number_and_points_and_no_flag():
    assert grounded(FAITHFUL, TEXT) == replace(FAITHFUL, number="3", points=3.0)


def test_spaces_and_a_few_misread_characters_are_no_reason_to_doubt():
    misread = TEXT.replace("성질", "성짙").replace("다음 중", "다음중")
    assert not grounded(FAITHFUL, misread).needs_review


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"body": "피타고라스 정리를 이용하여 빗변의 길이를 구하시오."}, "body_not_in_text"),
        ({"body": TEXT * 3}, "body_not_in_text"),
        ({"choices": (*FAITHFUL.choices[:2], "산소와 수소의 화합물")}, "choice_not_in_text"),
        ({"choices": FAITHFUL.choices[:2]}, "choices_differ_from_text"),
        ({"answer": "2"}, "answer_differs_from_text"),
        ({"answer_source": "inferred"}, "answer_inferred"),
        ({"answer": None, "answer_source": "none"}, "no_answer"),
    ],
)
def test_whatever_strays_is_kept_and_flagged(change: dict, warning: str):
    problem = grounded(replace(FAITHFUL, **change), TEXT)
    assert problem.warnings == (warning,)
    assert problem.needs_review
    assert problem.body == change.get("body", FAITHFUL.body)


def test_an_answer_said_to_be_stated_has_to_be_in_the_text():
    assert grounded(FAITHFUL, TEXT.replace("정답: ①", "")).warnings == ("stated_answer_not_found",)
