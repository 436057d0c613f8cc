"""What was read from a sheet: answers, identifier, and how far each can be believed."""

from dataclasses import dataclass
from enum import StrEnum


class Marking(StrEnum):
    """How many bubbles of a question are marked."""

    BLANK = "blank"
    SINGLE = "single"
    MULTI = "multi"


class AnswerStatus(StrEnum):
    """Whether an answer may be used without a person: only OK and BLANK may."""

    OK = "ok"
    BLANK = "blank"
    AMBIGUOUS = "ambiguous"
    LOW_CONFIDENCE = "low_confidence"
    ERROR = "error"

    @property
    def is_flagged(self) -> bool:
        """Whether a person has to look."""
        return self not in {AnswerStatus.OK, AnswerStatus.BLANK}


class DigitStatus(StrEnum):
    """Whether one digit of the identifier is known."""

    OK = "ok"
    BLANK = "blank"
    AMBIGUOUS = "ambiguous"


class IdentifierStatus(StrEnum):
    """Whether the identifier as a whole is known."""

    OK = "ok"
    AMBIGUOUS = "ambiguous"
    BLANK = "blank"
    ERROR = "error"


class Resolution(StrEnum):
    """Where an identifier comes from: its digits alone, or a roster of the valid ones."""

    READ = "read"
    ROSTER = "roster"
    NOT_ON_ROSTER = "not_on_roster"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question says; `detected` is empty exactly when `marking` is BLANK.

    `confidence` is in [0, 1]. `fills` holds the ink share in [0, 1] of every bubble by label.
    """

    question_id: int
    detected: tuple[str, ...]
    marking: Marking
    confidence: float
    status: AnswerStatus
    fills: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class DigitMark:
    """The ink of one identifier bubble and where it was measured, in the picture's pixels (x, y, w, h)."""

    number: int
    fill: float
    center_px: tuple[float, float]
    roi_px: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit; `value` is None unless `status` is OK."""

    digit_index: int
    value: int | None
    status: DigitStatus
    confidence: float
    marks: tuple[DigitMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Identifier:
    """The student's number; `identifier` is None unless `status` is OK.

    `raw_identifier` has one character a digit: the digit, or "?" where it is not known.
    """

    identifier: str | None
    raw_identifier: str
    digits: tuple[Digit, ...]
    confidence: float
    status: IdentifierStatus
    resolution: Resolution = Resolution.READ


@dataclass(frozen=True, slots=True)
class SheetReading:
    """Everything read from one sheet; `identifier` is None when the template has none."""

    answers: tuple[Answer, ...]
    identifier: Identifier | None

    @property
    def flagged_count(self) -> int:
        """How many answers a person has to look at."""
        return sum(answer.status.is_flagged for answer in self.answers)
