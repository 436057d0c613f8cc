"""Problems on the wire: what a language model must answer, and the result of a `problem_generation` job."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from academy_pipelines.documents.cleaning import clean_text
from academy_pipelines.documents.problem import AnswerSource, Problem, WrittenProblem

MOST_CHOICES = 20
MOST_BODY_CHARS = 20_000
MOST_CHOICE_CHARS = 2_000
MOST_WORDS_CHARS = 5_000
"""Of an explanation or a summary."""

_OPTIONS = re.compile(r"[1-9]\d?(?:,[1-9]\d?)*")


class ProblemDraft(BaseModel, frozen=True, extra="forbid", strict=True):
    """What a language model must answer.

    The bounds are checked here and not stated in the schema: strict mode and several compatible endpoints refuse
    `minimum`, `maxLength` and their like.
    """

    body: Annotated[str, Field(description="the question as printed, without number, points and choices")]
    choices: Annotated[list[str], Field(description="the printed choices in order, without their markers")]
    answer: Annotated[str | None, Field(description='number of the choice ("3", "2,4"); short text without choices')]
    answer_source: AnswerSource
    difficulty: Literal[1, 2, 3, 4, 5]
    tag: Annotated[str, Field(description="the subject, one Korean word")]
    summary: Annotated[str, Field(description="one Korean sentence")]
    explanation: Annotated[str, Field(description="brief, in Korean")]

    @model_validator(mode="after")
    def _checked(self) -> Self:
        reason = _size_complaint(self) or _answer_complaint(self)
        if reason:
            raise ValueError(reason)
        return self


def _size_complaint(draft: ProblemDraft) -> str | None:
    if not clean_text(draft.body).text:
        return "body must not be empty"
    if (
        len(draft.body) > MOST_BODY_CHARS
        or len(draft.explanation) + len(draft.summary) + len(draft.tag) > MOST_WORDS_CHARS
    ):
        return f"body takes at most {MOST_BODY_CHARS} characters, tag, summary and explanation {MOST_WORDS_CHARS}"
    if len(draft.choices) > MOST_CHOICES or any(len(choice) > MOST_CHOICE_CHARS for choice in draft.choices):
        return f"choices takes at most {MOST_CHOICES} texts of {MOST_CHOICE_CHARS} characters"
    return None


def _answer_complaint(draft: ProblemDraft) -> str | None:
    if (draft.answer is None) != (draft.answer_source == "none"):
        return 'answer_source must be "none" if and only if answer is null'
    if draft.answer is None:
        return None
    if not draft.choices:
        return None if draft.answer.strip() else "answer must be null or a text that is not empty"
    answer = draft.answer.replace(" ", "")
    if not _OPTIONS.fullmatch(answer) or max(map(int, answer.split(","))) > len(draft.choices):
        return f'answer must be null, or numbers of choices from 1 to {len(draft.choices)} such as "3" or "2,4"'
    return None


def draft_schema() -> dict[str, Any]:
    """Return the JSON schema of `ProblemDraft` as strict mode takes it: everything required, nothing else allowed."""
    schema = ProblemDraft.model_json_schema()
    properties = {name: _untitled(part) for name, part in schema["properties"].items()}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _untitled(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != "title"}


def drafted_problem(draft: ProblemDraft) -> Problem:
    """Return a draft as a problem, its texts clean."""
    answer = None if draft.answer is None else clean_text(draft.answer).text
    return Problem(
        body=clean_text(draft.body).text,
        choices=tuple(clean_text(choice).text for choice in draft.choices),
        answer=answer.replace(" ", "") if answer and draft.choices else answer,
        answer_source=draft.answer_source,
        difficulty=draft.difficulty,
        tag=clean_text(draft.tag).text,
        summary=clean_text(draft.summary).text,
        explanation=clean_text(draft.explanation).text,
    )


class UsageMessage(BaseModel, frozen=True):
    """Tokens and their price in US dollars, null where the price is not known."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: float | None


class ProblemResult(BaseModel, frozen=True):
    """The result of a `problem_generation` job; everything below `explanation` is ours.

    `difficulty` is null where nobody judged it. `answer` counts for students only as far as `answer_source` allows.
    """

    body: str
    choices: list[str]
    answer: str | None
    difficulty: int | None
    tag: str
    summary: str
    explanation: str
    number: str | None = None
    points: float | None = None
    answer_source: AnswerSource = "none"
    needs_review: bool = False
    warnings: list[str] = []
    writer: str
    model: str | None = None
    prompt_version: str | None = None
    input_sha256: str
    usage: UsageMessage | None = None


class ProblemsResult(ProblemResult, frozen=True):
    """The same of a paper of several questions: `problems` are all of them, the other keys speak of the first."""

    problems: list[ProblemResult] = []

    @classmethod
    def of(cls, written: Sequence[WrittenProblem]) -> Self:
        """Return the result of one or more problems."""
        results = [problem_result(one) for one in written]
        return cls(**results[0].model_dump(), problems=results if len(results) > 1 else [])


def problem_result(written: WrittenProblem) -> ProblemResult:
    """Put a problem into the form of the contract."""
    problem, usage = written.problem, written.usage
    return ProblemResult(
        body=problem.body,
        choices=list(problem.choices),
        answer=problem.answer,
        difficulty=problem.difficulty,
        tag=problem.tag,
        summary=problem.summary,
        explanation=problem.explanation,
        number=problem.number,
        points=problem.points,
        answer_source=problem.answer_source,
        needs_review=problem.needs_review,
        warnings=list(problem.warnings),
        writer=written.writer,
        model=written.model,
        prompt_version=written.prompt_version,
        input_sha256=written.input_sha256,
        usage=UsageMessage.model_validate(usage, from_attributes=True) if usage else None,
    )
