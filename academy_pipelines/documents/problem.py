"""A problem of the bank: what it asks, what there is to choose from, and how all of this is known."""

from dataclasses import dataclass
from typing import Literal

AnswerSource = Literal["stated", "inferred", "none"]
"""Whether the paper states the answer, a model worked it out, or nobody knows it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. What is not known is None or empty, never invented.

    `answer` is the number of the right choice ("3"; "2,4" for two), or the stated text of a question without choices.
    `difficulty` is 1..5. `points` is what the paper gives for it. `needs_review` when a person has to look, for the
    reasons in `warnings` (stable snake_case codes).
    """

    body: str
    choices: tuple[str, ...] = ()
    number: str | None = None
    answer: str | None = None
    answer_source: AnswerSource = "none"
    difficulty: int | None = None
    tag: str = ""
    summary: str = ""
    explanation: str = ""
    points: float | None = None
    needs_review: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a language model counted, in tokens; `cost_usd` is None where its price is not known."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class WrittenProblem:
    """A problem with its origin: `writer` is "rules" or "openai"; the rest says what it was made of, and with what."""

    problem: Problem
    writer: str
    input_sha256: str
    model: str | None = None
    prompt_version: str | None = None
    usage: Usage | None = None
