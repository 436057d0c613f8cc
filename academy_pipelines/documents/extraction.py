"""Problems out of a paper's text by rules: everything in them is printed there, and nothing is guessed."""

import re
from dataclasses import dataclass, replace

from academy_pipelines.documents.answer_keys import AnswerKey, KeyEntry, find_key
from academy_pipelines.documents.choice_runs import choice_run
from academy_pipelines.documents.choices import Asked, split_choices
from academy_pipelines.documents.cleaning import CleaningPolicy, clean_text
from academy_pipelines.documents.problem import Problem
from academy_pipelines.documents.question_numbers import Anchor, passage_in, question_anchors
from academy_pipelines.documents.stated_answers import leading_option, option_numbers, stated_in

DOCUMENT = CleaningPolicy(max_chars=2_000_000)
"""A paper of hundreds of pages."""

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
    any of: no_body, no_answer, no_number (a paper's only), truncated, several_questions, several_points,
    choice_marker_lost (its place holds ""), empty_choice, few_choices, text_after_choices, text_after_answer,
    choices_inside_passage, sub_questions (both leave the text whole), conflicting_answers, answer_is_no_choice,
    ambiguous_answer, number_skipped.
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
    text = "\n".join([lines[anchor.line][anchor.body_at :], *lines[anchor.line + 1 : stop]])
    is_skipped = at > 0 and anchor.value - anchors[at - 1].value > 1 and anchor.style == anchors[at - 1].style
    return _Question(text.strip(), anchor, _passage(lines, anchors, at), ("number_skipped",) if is_skipped else ())


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
    answer, complaints = _answer(answers, asked)
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


def _answer(answers: tuple[str, ...], asked: Asked) -> tuple[str | None, tuple[str, ...]]:
    known = tuple(dict.fromkeys("".join(answer.split()) for answer in answers))
    if not known:
        return None, ("no_answer",)
    if len(known) > 1:
        return None, ("conflicting_answers", "no_answer")
    return _chosen(answers[0], asked.choices) if asked.choices else (_written(answers[0]), ())


def _written(answer: str) -> str:
    """Return the answer to a question without choices; circles still mean numbers."""
    numbers = option_numbers(answer) if leading_option(answer) else ()
    return ",".join(map(str, numbers)) or answer


def _chosen(answer: str, choices: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """Return the numbers of the stated choices, which may be stated by their text."""
    plain = "".join(answer.split())
    same = [number for number, choice in enumerate(choices, start=1) if choice and "".join(choice.split()) == plain]
    leading = leading_option(answer)
    numbers = option_numbers(answer) or ((leading,) if leading else ())
    if numbers and max(numbers) <= len(choices):
        is_ambiguous = not leading and bool(same) and tuple(same) != numbers
        return ",".join(map(str, sorted(numbers))), ("ambiguous_answer",) if is_ambiguous else ()
    if len(same) == 1:
        return str(same[0]), ()
    return None, ("answer_is_no_choice", "no_answer")


def _flagged(problem: Problem, codes: tuple[str, ...]) -> Problem:
    if not codes:
        return problem
    return replace(problem, needs_review=True, warnings=(*problem.warnings, *codes))
