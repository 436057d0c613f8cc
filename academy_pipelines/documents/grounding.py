"""Whether what a language model says about a paper is on the paper."""

from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from academy_pipelines.documents.extraction import extract_problem
from academy_pipelines.documents.problem import Problem


@dataclass(frozen=True, slots=True)
class GroundingPolicy:
    """How close a body has to be to the paper.

    `least_ratio` is rapidfuzz's `partial_ratio`, 0..100. Measured on Korean exam questions that were rendered and read
    by OCR, 70 kept 97% of the bodies that were there and took 1% of those from other pages. `most_growth` bounds a
    body's length in lengths of the paper's text, because a body around the whole text would match it perfectly; bodies
    up to `few_chars` characters are not bounded.
    """

    least_ratio: float = 70.0
    most_growth: float = 1.5
    few_chars: int = 40


def grounded(problem: Problem, text: str, policy: GroundingPolicy | None = None) -> Problem:
    """Return a model's problem with the paper's own number and points, flagged where it strays from the paper.

    Nothing is taken away: a person decides. `text` is the clean text that the model was shown.
    """
    policy = policy or GroundingPolicy()
    printed = extract_problem(text)
    warnings = [
        *problem.warnings,
        *(["body_not_in_text"] if not _is_in(problem.body, text, policy) else []),
        *(["choice_not_in_text"] if not all(_is_in(choice, text, policy) for choice in problem.choices) else []),
        *(["choices_differ_from_text"] if _differ_in_count(problem, printed) else []),
        *_doubts_about_answer(problem, printed),
    ]
    known = tuple(dict.fromkeys(warnings))
    needs_review = problem.needs_review or bool(known)
    return replace(problem, number=printed.number, points=printed.points, warnings=known, needs_review=needs_review)


def _is_in(part: str, text: str, policy: GroundingPolicy) -> bool:
    """Spaces do not count: OCR adds and loses them."""
    wanted, present = "".join(part.split()), "".join(text.split())
    if not wanted:
        return True
    if len(wanted) > max(policy.few_chars, policy.most_growth * len(present)):
        return False
    return fuzz.partial_ratio(wanted, present) >= policy.least_ratio


def _differ_in_count(problem: Problem, printed: Problem) -> bool:
    certain = bool(printed.choices) and "choice_marker_lost" not in printed.warnings
    return certain and len(problem.choices) != len(printed.choices)


def _doubts_about_answer(problem: Problem, printed: Problem) -> list[str]:
    if problem.answer is None:
        return ["no_answer"]
    if problem.answer_source == "inferred":
        return ["answer_inferred"]
    if printed.answer is None:
        return ["stated_answer_not_found"]
    return [] if _plain(problem.answer) == _plain(printed.answer) else ["answer_differs_from_text"]


def _plain(answer: str) -> str:
    return "".join(answer.split()).casefold()
