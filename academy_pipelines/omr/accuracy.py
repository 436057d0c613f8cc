"""Readings compared with what is truly marked: a verdict on every question and identifier. Pure.

A question is *correct* when it was read as marked without a flag (a true double mark also when flagged with the right
labels), *flagged* when a person has to look, and *silent* when it was accepted and is wrong, which nobody sees.
A refused sheet sends all its questions to a person. Questions whose truth is doubtful are counted apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from academy_pipelines.omr.readings import Answer, AnswerStatus, Identifier, IdentifierStatus, SheetReading

UNMARKED_DIGIT = "?"
DOUBLE_MARKED_DIGIT = "*"


class Verdict(StrEnum):
    """What became of one question or identifier."""

    CORRECT = "correct"
    FLAGGED = "flagged"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class SheetTruth:
    """What is marked on one sheet.

    `answers` has the marked labels of each labelled question by its number, none when blank; those in `doubtful` are
    kept out of the rates. `identifier` has one character a digit, "?" unmarked and "*" marked twice; None when unknown.
    """

    name: str
    answers: Mapping[int, tuple[str, ...]]
    identifier: str | None = None
    doubtful: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """One labelled question beside its reading; `detected` has the best guess first, `confidence` is in 0..1."""

    number: int
    marked: tuple[str, ...]
    detected: tuple[str, ...]
    status: AnswerStatus
    confidence: float
    verdict: Verdict
    is_doubtful: bool

    @property
    def is_read_as_marked(self) -> bool:
        """Whether exactly the marked labels were detected, flagged or not."""
        return set(self.detected) == set(self.marked)

    @property
    def is_best_guess_right(self) -> bool:
        """Whether the only marked label was detected first, whatever the status."""
        return len(self.marked) == 1 and self.detected[:1] == self.marked


@dataclass(frozen=True, slots=True)
class IdentifierScore:
    """The labelled identifier beside what was read, "" when nothing was."""

    written: str
    read: str
    status: IdentifierStatus
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SheetScore:
    """One labelled sheet; `refusal` says why it was not read, "" when it was."""

    name: str
    questions: tuple[QuestionScore, ...]
    identifier: IdentifierScore | None
    refusal: str = ""

    @property
    def counted(self) -> tuple[QuestionScore, ...]:
        """The questions whose truth is sure."""
        return tuple(question for question in self.questions if not question.is_doubtful)

    def having(self, verdict: Verdict) -> tuple[QuestionScore, ...]:
        """Return the counted questions with this verdict."""
        return tuple(question for question in self.counted if question.verdict is verdict)


def judge_sheet(truth: SheetTruth, reading: SheetReading) -> SheetScore:
    """Compare a reading with the truth; a labelled question that was not read counts as flagged."""
    answers = {answer.question_id: answer for answer in reading.answers}
    questions = tuple(_judge_answer(truth, number, answers.get(number)) for number in truth.answers)
    identifier = None if not truth.identifier else _judge_identifier(truth.identifier, reading.identifier)
    return SheetScore(truth.name, questions, identifier)


def refused_sheet(truth: SheetTruth, reason: str) -> SheetScore:
    """Return the score of a sheet that was not read: everything on it is flagged."""
    questions = judge_sheet(truth, SheetReading((), None)).questions
    identifier = None
    if truth.identifier:
        identifier = IdentifierScore(truth.identifier, "", IdentifierStatus.ERROR, Verdict.FLAGGED)
    return SheetScore(truth.name, questions, identifier, reason)


def _judge_answer(truth: SheetTruth, number: int, answer: Answer | None) -> QuestionScore:
    marked, is_doubtful = truth.answers[number], number in truth.doubtful
    if answer is None:
        return QuestionScore(number, marked, (), AnswerStatus.ERROR, 0.0, Verdict.FLAGGED, is_doubtful)
    detected = () if answer.status is AnswerStatus.BLANK else answer.detected
    is_same = set(detected) == set(marked)
    verdict = Verdict.CORRECT if is_same else Verdict.SILENT
    if answer.status.is_flagged:
        settled = is_same and len(marked) > 1 and answer.status is not AnswerStatus.ERROR
        verdict = Verdict.CORRECT if settled else Verdict.FLAGGED
    return QuestionScore(number, marked, detected, answer.status, answer.confidence, verdict, is_doubtful)


def _judge_identifier(written: str, read: Identifier | None) -> IdentifierScore:
    status = IdentifierStatus.ERROR if read is None else read.status
    raw = "" if read is None else read.raw_identifier
    is_ok = status is IdentifierStatus.OK
    is_right = raw.rstrip(UNMARKED_DIGIT) == written.rstrip(UNMARKED_DIGIT)
    if DOUBLE_MARKED_DIGIT in written:
        is_right = not is_ok
    verdict = Verdict.CORRECT if is_right else Verdict.SILENT if is_ok else Verdict.FLAGGED
    return IdentifierScore(written, raw, status, verdict)
