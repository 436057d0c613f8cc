"""Results as the back end takes them. Extra keys are ours; none of the contract's may be missing."""

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, JsonValue

from academy_pipelines.omr.readings import Answer, Digit, DigitMark, Identifier, Resolution, SheetReading

if TYPE_CHECKING:
    from academy_pipelines.omr.quality import QualityReport

Origin = Literal["reader", "review"]
"""Whether a row says what was read, or what a person said on looking at it."""


class AiResultMessage(BaseModel, frozen=True):
    """The body of the result call."""

    submission_id: int
    status: Literal["done", "failed"]
    result: dict[str, Any] | None
    error: str | None


class ReviewNote(BaseModel, frozen=True):
    """Who looked at a row and when (ISO 8601), and `read`: what the reader says in the keys that were changed.

    `set_aside` is what the person said of an earlier reading that the present one differs from: it is not applied, and
    the row is flagged.
    """

    reviewer: str
    reviewed_at: str
    read: dict[str, JsonValue]
    set_aside: list[str] | None = None


class AnswerMessage(BaseModel, frozen=True):
    """One question's answer; `origin` and `review` are ours."""

    version: Literal["v1"] = "v1"
    question_id: int
    detected: list[str]
    marking: str
    confidence: float
    status: str
    raw: dict[str, JsonValue] | None
    origin: Origin = "reader"
    review: ReviewNote | None = None


class DigitMessage(BaseModel, frozen=True):
    """One digit of the identifier."""

    digit_index: int
    value: int | None
    status: str
    confidence: float
    marks: list[dict[str, Any]]


class IdentifierMessage(BaseModel, frozen=True):
    """The student's number.

    Ours: `resolution` ("read", "roster", "not_on_roster" or "review") says where `identifier` comes from, `duplicates`
    which other submissions of the same exam have the same one; `status` speaks of the digits alone.
    """

    identifier: str | None
    raw_identifier: str
    digits: list[DigitMessage]
    confidence: float
    status: str
    resolution: str = "read"
    duplicates: list[str] = []
    origin: Origin = "reader"
    review: ReviewNote | None = None


class QualityMessage(BaseModel, frozen=True):
    """What limits the reading of the picture; see `omr.quality.QualityReport`."""

    px_per_mm: float
    blur_mm: float | None
    clipped_share: float
    contrast: float
    alignment_share: float
    complaints: list[str]

    @classmethod
    def of(cls, report: "QualityReport") -> Self:
        """Return a report in the wire's form."""
        return cls.model_validate({**report.to_json(), "complaints": list(report.complaints)})


class SheetWarning(BaseModel, frozen=True):
    """Something about a whole sheet that a person should know although every row may be fine.

    `code` is what machines match on: `duplicate_identifier`, `not_on_roster`, `review_set_aside`, and for a file of
    several pages `pages_refused`, `pages_with_one_number`.
    """

    code: str
    message: str


class PageMessage(BaseModel, frozen=True):
    """One page of a file of several, as it was read; `error` (`code: reason`) is all there is of a refused one.

    `duplicates` are the other pages that carry the same number.
    """

    page: int
    answers: list[AnswerMessage] = []
    identifier: IdentifierMessage | None = None
    aligned: bool = False
    error: str | None = None
    quality: QualityMessage | None = None
    warnings: list[SheetWarning] = []
    artifacts: dict[str, str] = {}
    duplicates: list[int] = []


class OmrDebug(BaseModel, frozen=True):
    """What a developer wants to know about a reading."""

    meta_fetch_error: str | None = None


class OmrResult(BaseModel, frozen=True):
    """The result of an `omr_grading` job."""

    version: Literal["v1"] = "v1"
    mode: str
    aligned: bool
    identifier: IdentifierMessage | None
    answers: list[AnswerMessage]
    meta_used: bool
    debug: OmrDebug
    artifacts: dict[str, str] = {}
    """Ours: where pictures of this reading lie in the artefact store, by role."""
    quality: QualityMessage | None = None
    """Ours: None where no print proves where the sheet lies."""
    warnings: list[SheetWarning] = []
    """Ours."""
    scan_sha256: str | None = None
    """Ours: which file was read."""
    pages: list[PageMessage] = []
    """Ours: every page of a file of several. All other keys then speak of the first page that could be read."""


def omr_result(
    reading: SheetReading,
    *,
    mode: str,
    aligned: bool,
    meta_used: bool,
    meta_fetch_error: str | None = None,
    quality: "QualityReport | None" = None,
) -> OmrResult:
    """Put a reading into the form of the contract."""
    return OmrResult(
        mode=mode,
        aligned=aligned,
        identifier=_identifier(reading.identifier) if reading.identifier else None,
        answers=[_answer(answer) for answer in reading.answers],
        meta_used=meta_used,
        debug=OmrDebug(meta_fetch_error=meta_fetch_error),
        quality=QualityMessage.of(quality) if quality else None,
        warnings=_warnings(reading),
    )


def _answer(answer: Answer) -> AnswerMessage:
    return AnswerMessage(
        question_id=answer.question_id,
        detected=list(answer.detected),
        marking=answer.marking,
        confidence=round(answer.confidence, 4),
        status=answer.status,
        raw={"fills": {label: round(fill, 4) for label, fill in answer.fills}} if answer.fills else None,
    )


def _warnings(reading: SheetReading) -> list[SheetWarning]:
    identifier = reading.identifier
    if identifier is None or identifier.resolution is not Resolution.NOT_ON_ROSTER:
        return []
    message = f"the number {identifier.raw_identifier} is not on the roster"
    return [SheetWarning(code=Resolution.NOT_ON_ROSTER.value, message=message)]


def _identifier(identifier: Identifier) -> IdentifierMessage:
    return IdentifierMessage(
        identifier=identifier.identifier,
        raw_identifier=identifier.raw_identifier,
        digits=[_digit(digit) for digit in identifier.digits],
        confidence=round(identifier.confidence, 4),
        status=identifier.status.value,
        resolution=identifier.resolution.value,
    )


def _digit(digit: Digit) -> DigitMessage:
    return DigitMessage(
        digit_index=digit.digit_index,
        value=digit.value,
        status=digit.status.value,
        confidence=round(digit.confidence, 4),
        marks=[_mark(mark) for mark in digit.marks],
    )


def _mark(mark: DigitMark) -> dict[str, JsonValue]:
    x, y = mark.center_px
    left, top, width, height = mark.roi_px
    return {
        "number": mark.number,
        "fill": round(mark.fill, 4),
        "center_px": {"x": round(x), "y": round(y)},
        "roi_px": {"x": round(left), "y": round(top), "w": round(width), "h": round(height)},
    }
