"""Problems out of a paper's text by rules: everything in them is printed there, and nothing is guessed."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace

from academy_pipelines.documents.answer_keys import AnswerKey, KeyEntry, find_key
from academy_pipelines.documents.choice_runs import choice_run
from academy_pipelines.documents.choices import split_choices
from academy_pipelines.documents.cleaning import CleaningPolicy, clean_text
from academy_pipelines.documents.problem import Problem
from academy_pipelines.documents.question_numbers import Anchor, passage_in, question_anchors
from academy_pipelines.documents.stated_answers import answer_of, stated_in

DOCUMENT = CleaningPolicy(max_chars=1_000_000)
"""A paper of hundreds of pages."""

FEW_ALIKE = 3
"""So many problems with the same number of choices show what is usual in a paper."""

_PAGE_NUMBER = re.compile(r"\s*(?:[-\u2013—]\s?\d{1,3}\s?[-\u2013—]|\d{1,3}\s?/\s?\d{1,3})\s*")
_POINTS = re.compile(
    r"[ ]?[\[(【\u3014<]\s?(?:총\s?|배점\s?:?\s?)?(?P<points>\d{1,3}(?:\.\d{1,2})?)\s?점\s?[\])】\u3015>]"
)


@dataclass(frozen=True, slots=True)
class _Question:
    """The text of one question after its number, and the passage that it refers to."""

    text: str
    anchor: Anchor | None = None
    passage: str = ""
    warnings: tuple[str, ...] = ()


def extract_problem(text: str, policy: CleaningPolicy | None = None) -> Problem:
    """Return the problem in one question's text; of several questions the first that asks something, flagged.

    Fills in number, points, body (with its 보기), choices, the stated answer and the explanation. `warnings` holds
    any of: no_body, no_answer, no_number (in a paper), truncated, several_questions, several_points,
    choice_marker_lost (its place holds ""), empty_choice, few_choices, several_choice_runs, text_after_choices,
    text_after_answer, choices_inside_passage, sub_questions (both leave the text whole), conflicting_answers,
    answer_is_no_choice, answer_without_choices, ambiguous_answer; in a paper also number_skipped (also before the gap)
    and choices_unlike_others.
    """
    clean = clean_text(text, policy)
    questions, key = _questions(clean.text.split("\n"))
    if not questions:
        return _problem(_Question(""), None)
    asking = (question for question in questions if question.anchor is None or question.anchor.weight > 1)
    problem = _problem(next(asking, questions[0]), key)
    several = ("several_questions",) if len(questions) > 1 else ()
    return _flagged(problem, (*several, *(("truncated",) if clean.is_truncated else ())))


def extract_problems(text: str, policy: CleaningPolicy = DOCUMENT) -> tuple[Problem, ...]:
    """Return the problems of a whole paper in its order; a key at its end is joined to them by number.

    The text before the first number is left out unless it holds choices; a passage like "[1~3] ..." begins the body of
    each of its questions. See `extract_problem` for the rest.
    """
    clean = clean_text(text, policy)
    questions, key = _questions(clean.text.split("\n"))
    problems = [_problem(question, key) for question in questions]
    problems = _compared(problems)
    if len(problems) == 1 and questions[0].anchor is None:
        problems = [_flagged(problems[0], ("no_number",))]
    if problems and clean.is_truncated:
        problems[-1] = _flagged(problems[-1], ("truncated",))
    return tuple(problems)


def split_questions(text: str, policy: CleaningPolicy = DOCUMENT) -> tuple[str, ...]:
    """Return the text of each question of a paper: its passage, its number and its own lines.

    What a key at the end says of it follows as "[정답] ..." and "[해설] ...". `extract_problem` and a language model
    take such texts.
    """
    questions, key = _questions(clean_text(text, policy).text.split("\n"))
    return tuple(_whole_text(question, _key_entry(question, key)) for question in questions)


def _whole_text(question: _Question, entry: KeyEntry | None) -> str:
    number = f"{question.anchor.label}. " if question.anchor else ""
    parts = [question.passage, number + question.text]
    if entry and not stated_in(question.text).answers:
        parts += [f"[정답] {entry.answer}", f"[해설] {entry.explanation}" if entry.explanation else ""]
    return "\n".join(filter(None, parts))


def _questions(lines: list[str]) -> tuple[list[_Question], AnswerKey | None]:
    key = find_key(lines)
    paper = lines[: key.line] if key else lines
    anchors = question_anchors(paper)
    if not anchors:
        whole = "\n".join(paper if any(line.strip() for line in paper) else lines).strip()
        return ([_Question(whole)] if whole else []), key
    questions = [_question(paper, anchors, at) for at in range(len(anchors))]
    before = "\n".join(paper[: anchors[0].line]).strip()
    if before and passage_in(before) is None and len(choice_run(before)) > 2:  # noqa: PLR2004 - surely choices
        questions.insert(0, _Question(before, warnings=("no_number",)))
    return questions, key


def _question(lines: list[str], anchors: list[Anchor], at: int) -> _Question:
    anchor = anchors[at]
    end = anchors[at + 1].line if at + 1 < len(anchors) else len(lines)
    stop = next((line for line in range(anchor.line + 1, end) if passage_in(lines[line])), end)
    below = [line for line in lines[anchor.line + 1 : stop] if not _PAGE_NUMBER.fullmatch(line)]
    text = "\n".join([lines[anchor.line][anchor.body_at :], *below])
    return _Question(text.strip(), anchor, _passage(lines, anchors, at), _doubts_about_numbers(anchors, at))


def _doubts_about_numbers(anchors: list[Anchor], at: int) -> tuple[str, ...]:
    """Flag the questions on both sides of a gap: the one before it may hold the one that is missing."""
    near = [anchor for anchor in anchors[max(0, at - 1) : at + 2] if anchor.style == anchors[at].style]
    is_skipped = any(later.value - earlier.value > 1 for earlier, later in itertools.pairwise(near))
    return ("number_skipped",) if is_skipped else ()


def _passage(lines: list[str], anchors: list[Anchor], at: int) -> str:
    """Return the text of the nearest passage before a question that names the question's number."""
    value = anchors[at].value
    for earlier in range(at, max(-1, at - 25), -1):
        start = anchors[earlier - 1].line + 1 if earlier else 0
        for line in range(anchors[earlier].line - 1, start - 1, -1):
            passage = passage_in(lines[line], line)
            if passage:
                is_for_it = passage.first <= value <= passage.last
                return "\n".join(lines[line : anchors[earlier].line]).strip() if is_for_it else ""
    return ""


def _problem(question: _Question, key: AnswerKey | None) -> Problem:
    stated = stated_in(question.text)
    rest, points, doubts = _points(stated.rest)
    asked = split_choices(rest)
    entry = _key_entry(question, key)
    answers = stated.answers or ((entry.answer,) if entry else ())
    answer, complaints = answer_of(answers, asked.choices)
    warnings = [*question.warnings, *doubts, *asked.warnings, *complaints]
    warnings += ["no_body"] if not asked.body and "no_body" not in warnings else []
    warnings += ["text_after_answer"] if stated.trailing else []
    explanation = stated.explanation or (entry.explanation if entry else "") or stated.trailing
    return Problem(
        body="\n\n".join(filter(None, (question.passage, asked.body))),
        choices=asked.choices,
        number=question.anchor.label if question.anchor else None,
        answer=answer,
        answer_source="stated" if answer else "none",
        explanation=explanation,
        points=points,
        needs_review=bool(warnings),
        warnings=tuple(warnings),
    )


def _points(text: str) -> tuple[str, float | None, tuple[str, ...]]:
    """Return the text without its points, the points, and warnings; marks of sub-questions stay where they are."""
    found = list(_POINTS.finditer(text))
    if len(found) != 1:
        return text, None, ("several_points",) if found else ()
    rest = f"{text[: found[0].start()]} {text[found[0].end() :]}".replace(" \n", "\n")
    return rest.strip(), float(found[0]["points"]), ()


def _key_entry(question: _Question, key: AnswerKey | None) -> KeyEntry | None:
    if key is None or question.anchor is None or not question.anchor.label.isdecimal():
        return None
    value = question.anchor.value
    return None if value in key.doubtful else key.entries.get(value)


def _compared(problems: list[Problem]) -> list[Problem]:
    """Flag the problems that offer another number of choices than most of their paper do."""
    counts = Counter(len(problem.choices) for problem in problems if problem.choices)
    usual, times = counts.most_common(1)[0] if counts else (0, 0)
    if times < FEW_ALIKE or times * 2 <= counts.total():
        return problems
    return [
        _flagged(problem, ("choices_unlike_others",)) if problem.choices and len(problem.choices) != usual else problem
        for problem in problems
    ]


def _flagged(problem: Problem, codes: tuple[str, ...]) -> Problem:
    if not codes:
        return problem
    return replace(problem, needs_review=True, warnings=(*problem.warnings, *codes))
