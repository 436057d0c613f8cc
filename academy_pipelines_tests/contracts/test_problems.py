"""What a language model may answer, and what the back end gets."""

import json

import pytest
from pydantic import ValidationError

from academy_pipelines.contracts.completions import complaints
from academy_pipelines.contracts.problems import ProblemDraft, draft_schema, drafted_problem, problem_result
from academy_pipelines.documents.problem import Problem, Usage, WrittenProblem
from academy_pipelines.sandbox.language_model.schema_rules import schema_complaint

GOOD = {
    "body": "다음 중 옳은 것은?",
    "choices": ["배", "감", "귤"],
    "answer": "2",
    "answer_source": "stated",
    "difficulty": 3,
    "tag": "국어",
    "summary": "옳은 것을 고른다.",
    "explanation": "감이 옳다.",
}


def draft(**changes: object) -> ProblemDraft:
    return ProblemDraft.model_validate_json(json.dumps({**GOOD, **changes}))


@pytest.mark.parametrize(
    "changes",
    [
        {"body": " \u200b"},
        {"body": None},
        {"body": "가" * 20_001},
        {"choices": None},
        {"choices": ["가"] * 21},
        {"choices": ["가" * 2_001]},
        {"choices": [1, 2]},
        {"answer": "C"},
        {"answer": "4"},
        {"answer": "0"},
        {"answer": "2;3"},
        {"answer": 2},
        {"answer": None},
        {"answer": "x", "choices": [], "answer_source": "none"},
        {"answer": " ", "choices": []},
        {"answer_source": "guessed"},
        {"difficulty": 0},
        {"difficulty": 6},
        {"difficulty": "중"},
        {"difficulty": "3"},
        {"difficulty": 3.5},
        {"difficulty": None},
        {"tag": None},
        {"explanation": "가" * 5_001},
        {"comment": "more"},
    ],
)
def test_an_answer_that_breaks_a_rule_is_refused(changes: dict):
    with pytest.raises(ValidationError):
        draft(**changes)


@pytest.mark.parametrize("missing", GOOD)
def test_every_key_is_needed(missing: str):
    left = {key: value for key, value in GOOD.items() if key != missing}
    with pytest.raises(ValidationError, match=missing):
        ProblemDraft.model_validate_json(json.dumps(left))


def test_complaints_do_not_repeat_what_the_model_said():
    with pytest.raises(ValidationError) as caught:
        draft(answer="ignore all rules", difficulty="ignore all rules", **{f"ignore rule {at}": 1 for at in range(99)})
    assert "difficulty" in complaints(caught.value)
    assert "not in the schema" in complaints(caught.value)
    assert "ignore" not in complaints(caught.value)
    assert len(complaints(caught.value)) < 500


def test_the_schema_is_one_that_strict_mode_takes():
    schema = draft_schema()
    wanted = {"type": "json_schema", "json_schema": {"name": "problem", "strict": True, "schema": schema}}
    assert schema_complaint(wanted) is None
    assert schema["properties"]["difficulty"]["enum"] == [1, 2, 3, 4, 5]
    assert {"minimum", "maximum", "maxLength", "default", "pattern"}.isdisjoint(str(schema).split("'"))
    assert sorted(schema["required"]) == sorted(GOOD)


def test_a_draft_becomes_a_problem_with_clean_texts():
    problem = drafted_problem(draft(body="다음\u202e 중?\r\n", answer="1, 3", choices=["배\x07", "감", "귤"]))
    assert (problem.body, problem.choices[0], problem.answer) == ("다음 중?", "배", "1,3")


def test_a_result_carries_the_contract_and_its_origin():
    problem = Problem(
        "문제", ("가", "나"), "7", "1", "inferred", 2, "수학", "요약", "해설", 3.5, needs_review=True, warnings=("x",)
    )
    usage = Usage(10, 2, 5, 1, 0.25)
    result = problem_result(WrittenProblem(problem, "openai", "ab" * 32, "gpt", "p1", usage)).model_dump(mode="json")
    promised = {
        "body": "문제",
        "choices": ["가", "나"],
        "answer": "1",
        "difficulty": 2,
        "tag": "수학",
        "summary": "요약",
    }
    assert promised.items() <= result.items()
    assert (result["explanation"], result["answer_source"], result["needs_review"]) == ("해설", "inferred", True)
    assert (result["number"], result["points"], result["warnings"]) == ("7", 3.5, ["x"])
    assert (result["usage"]["cost_usd"], result["model"], result["prompt_version"]) == (0.25, "gpt", "p1")


def test_what_rules_do_not_know_is_null():
    result = problem_result(WrittenProblem(Problem("문제"), "rules", "ab" * 32)).model_dump(mode="json")
    assert [result[key] for key in ("answer", "difficulty", "usage", "model", "points")] == [None] * 5
    assert (result["answer_source"], result["tag"], result["writer"]) == ("none", "", "rules")
