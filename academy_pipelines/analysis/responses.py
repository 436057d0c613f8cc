"""What students answered, laid beside the key."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.analysis.exam_key import ExamKey, KeyEntry
from academy_pipelines.errors import EmptyDocumentError, UnusableInputError

NUMBERS_TOLD = 5
"""How many question numbers a message names."""


class Mark(IntEnum):
    """What one answer is worth; UNKNOWN until a person has looked."""

    UNKNOWN = -1
    WRONG = 0
    RIGHT = 1
    BLANK = 2


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: the labels marked, in printed order, and whether they may be used without a person.

    `choices` are the labels that the sheet offers, empty where the result does not say.
    """

    question: int
    detected: tuple[str, ...]
    is_settled: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StudentSheet:
    """One sheet; `student` is its number, or what the sheet is called where no number is known."""

    student: str
    responses: tuple[Response, ...]
    is_identified: bool = True


@dataclass(frozen=True, slots=True)
class MarkedExam:
    """Every sheet beside the key: `marks` is (sheets, counted questions) int8 with values of `Mark`."""

    key: tuple[KeyEntry, ...]
    sheets: tuple[StudentSheet, ...]
    marks: NDArray[np.int8]
    responses: tuple[tuple[Response, ...], ...]
    """Per sheet, the answers to the counted questions in the key's order."""
    left_out: tuple[int, ...]
    """Questions that the key says not to count."""

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """(sheets, questions): whether an answer is known to be right."""
        return self.marks == Mark.RIGHT

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """(sheets, questions): whether it is known what an answer is worth."""
        return self.marks != Mark.UNKNOWN

    @property
    def is_complete(self) -> NDArray[np.bool_]:
        """(sheets,): whether every counted answer of a sheet is known."""
        return np.asarray(self.is_known.all(axis=1), np.bool_)


def mark_exam(sheets: Sequence[StudentSheet], key: ExamKey) -> MarkedExam:
    """Lay the sheets beside the key.

    Raises:
        EmptyDocumentError: there is no sheet, or the key counts no question.
        UnusableInputError: the key and a sheet do not have the same questions, or a right answer is no choice of them;
            the message names both.
    """
    if not sheets:
        raise EmptyDocumentError("there is no graded sheet to analyse; every one was refused, or there are no results")
    if not key.counted:
        raise EmptyDocumentError("the key counts no question; give at least one right answer")
    for sheet in sheets:
        _check_questions(sheet, key)
    _check_choices(sheets, key)
    responses = tuple(_in_order(sheet, key.counted) for sheet in sheets)
    marks = np.array([list(map(_mark, row, key.counted)) for row in responses], dtype=np.int8)
    left_out = tuple(entry.question for entry in key.entries if not entry.is_counted)
    return MarkedExam(key.counted, tuple(sheets), marks, responses, left_out)


def _check_questions(sheet: StudentSheet, key: ExamKey) -> None:
    answered = [response.question for response in sheet.responses]
    twice = [question for question, count in Counter(answered).items() if count > 1]
    if twice:
        raise UnusableInputError(f"sheet {sheet.student} answers question {_numbers(twice)} more than once")
    unkeyed, unanswered = set(answered) - set(key.questions), set(key.questions) - set(answered)
    if not unkeyed and not unanswered:
        return
    lacking = [f"the key lacks {_numbers(unkeyed)}"] if unkeyed else []
    lacking += [f"the sheet lacks {_numbers(unanswered)}"] if unanswered else []
    raise UnusableInputError(
        f"the key has {len(key.questions)} questions and sheet {sheet.student} has {len(answered)}: "
        f"{', '.join(lacking)}; give the key of this exam, with null for questions that do not count"
    )


def _check_choices(sheets: Sequence[StudentSheet], key: ExamKey) -> None:
    choices: dict[int, set[str]] = {}
    for sheet in sheets:
        for response in sheet.responses:
            choices.setdefault(response.question, set()).update(response.choices)
    for entry in key.counted:
        offered = choices[entry.question]
        foreign = [label for label in entry.right if offered and label not in offered]
        if foreign:
            message = f"the key says {foreign[0]!r} for question {entry.question}, where the sheets offer"
            raise UnusableInputError(f"{message} {', '.join(sorted(offered))}; correct the key")


def _in_order(sheet: StudentSheet, counted: Sequence[KeyEntry]) -> tuple[Response, ...]:
    answered = {response.question: response for response in sheet.responses}
    return tuple(answered[entry.question] for entry in counted)


def _mark(response: Response, entry: KeyEntry) -> Mark:
    if not response.is_settled:
        return Mark.UNKNOWN
    if not response.detected:
        return Mark.BLANK
    return Mark.RIGHT if set(response.detected) == set(entry.right) else Mark.WRONG


def _numbers(questions: "set[int] | list[int]") -> str:
    told = sorted(questions)
    rest = len(told) - NUMBERS_TOLD
    return ", ".join(map(str, told[:NUMBERS_TOLD])) + (f" and {rest} more" if rest > 0 else "")
