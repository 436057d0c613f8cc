"""A wrong note (오답 노트): the questions that a student got wrong, exam by exam, to be solved once more."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from academy_pipelines.documents.note_crops import NoteCrop
from academy_pipelines.errors import EmptyDocumentError

DEFAULT_TITLE = "오답 노트"
NOTHING_GIVEN = "무응답"
"""What is printed where a student left a question blank."""

_RUN_OF_DIGITS = re.compile(r"([0-9]+)")
_CONTROLS_BUT_LINE_ENDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that print nothing, or turn the direction of what follows."""


@dataclass(frozen=True, slots=True)
class Student:
    """Whose note it is; `name` is None where it is not known."""

    enrolment: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class WrongItem:
    """One question that a student got wrong; texts are as they were sent, and empty where there is nothing to say."""

    exam: str
    question: str
    given: str
    right: str
    crop: NoteCrop | None = None
    body: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class ExamGroup:
    """The wrong questions of one exam, in the order of their numbers."""

    exam: str
    items: tuple[WrongItem, ...]


@dataclass(frozen=True, slots=True)
class WrongNote:
    """A note, ready to be set; `groups` is never empty."""

    title: str
    student: Student
    groups: tuple[ExamGroup, ...]

    @property
    def item_count(self) -> int:
        """How many questions the note holds."""
        return sum(len(group.items) for group in self.groups)


def wrong_note(student: Student, items: Iterable[WrongItem], title: str = "") -> WrongNote:
    """Arrange a student's items: exams as they first appear, questions by number, an item sent twice once.

    Texts lose control characters and blanks at their ends; a blank answer becomes `NOTHING_GIVEN`.

    Raises:
        EmptyDocumentError: there are no items, or one names no exam or no question.
    """
    groups: dict[str, dict[WrongItem, None]] = {}
    for place, item in enumerate(items):
        written = _as_written(item)
        if not written.exam or not written.question:
            lacking = "exam" if not written.exam else "question"
            raise EmptyDocumentError(f"items.{place} names no {lacking}; say which {lacking} it is from")
        groups.setdefault(written.exam, {})[written] = None
    if not groups:
        raise EmptyDocumentError("there are no items; a wrong note needs at least one question")
    return WrongNote(
        title=_clean(title) or DEFAULT_TITLE,
        student=Student(_clean(student.enrolment), _clean(student.name or "") or None),
        groups=tuple(ExamGroup(exam, tuple(sorted(kept, key=_order))) for exam, kept in groups.items()),
    )


def _as_written(item: WrongItem) -> WrongItem:
    return WrongItem(
        exam=_clean(item.exam),
        question=_clean(item.question),
        given=_clean(item.given) or NOTHING_GIVEN,
        right=_clean(item.right),
        crop=item.crop,
        body=_clean(item.body),
        explanation=_clean(item.explanation),
    )


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROLS_BUT_LINE_ENDS.sub("", lines)).strip()


def _order(item: WrongItem) -> tuple[tuple[tuple[int, int, str], ...], str, str, str]:
    return _place(item.question), item.question, item.given, item.right


def _place(question: str) -> tuple[tuple[int, int, str], ...]:
    """Return what puts question 2 before 10, and "10-1" before "10-2"; numbers go before words."""
    parts = [part for part in _RUN_OF_DIGITS.split(question) if part]
    return tuple((0, int(part), "") if _RUN_OF_DIGITS.fullmatch(part) else (1, 0, part) for part in parts)
