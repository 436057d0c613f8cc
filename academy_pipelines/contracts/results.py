"""Results as the back end takes them. Extra keys are ours; none of the contract's may be missing."""

from typing import Literal

from pydantic import BaseModel, JsonValue

from academy_pipelines.omr.readings import Answer, Digit, DigitMark, Identifier, SheetReading


class AiResultMessage(BaseModel, frozen=True):
    """The body of the result call."""

    submission_id: int
    status: Literal["done", "failed"]
    result: dict[str, JsonValue] | None
    error: str | None


class AnswerMessage(BaseModel, frozen=True):
    """One question's answer."""

    version: Literal["v1"] = "v1"
    question_id: int
    detected: list[str]
    marking: str
    confidence: float
    status: str
    raw: dict[str, JsonValue] | None


class OmrDebug(BaseModel, frozen=True):
    """What a developer wants to know about a reading."""

    meta_fetch_error: str | None = None


class OmrResult(BaseModel, frozen=True):
    """The result of an `omr_grading` job."""

    version: Literal["v1"] = "v1"
    mode: str
    aligned: bool
    identifier: dict[str, JsonValue] | None
    answers: list[AnswerMessage]
    meta_used: bool
    debug: OmrDebug
    artifacts: dict[str, str] = {}
    """Ours: where pictures of this reading lie in the artefact store, by role."""


def omr_result(
    reading: SheetReading,
    *,
    mode: str,
    aligned: bool,
    meta_used: bool,
    meta_fetch_error: str | None = None,
) -> OmrResult:
    """Put a reading into the form of the contract."""
    return OmrResult(
        mode=mode,
        aligned=aligned,
        identifier=_identifier(reading.identifier) if reading.identifier else None,
        answers=[_answer(answer) for answer in reading.answers],
        meta_used=meta_used,
        debug=OmrDebug(meta_fetch_error=meta_fetch_error),
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


def _identifier(identifier: Identifier) -> dict[str, JsonValue]:
    return {
        "identifier": identifier.identifier,
        "raw_identifier": identifier.raw_identifier,
        "digits": [_digit(digit) for digit in identifier.digits],
        "confidence": round(identifier.confidence, 4),
        "status": identifier.status.value,
    }


def _digit(digit: Digit) -> dict[str, JsonValue]:
    return {
        "digit_index": digit.digit_index,
        "value": digit.value,
        "status": digit.status.value,
        "confidence": round(digit.confidence, 4),
        "marks": [_mark(mark) for mark in digit.marks],
    }


def _mark(mark: DigitMark) -> dict[str, JsonValue]:
    x, y = mark.center_px
    left, top, width, height = mark.roi_px
    return {
        "number": mark.number,
        "fill": round(mark.fill, 4),
        "center_px": {"x": round(x), "y": round(y)},
        "roi_px": {"x": round(left), "y": round(top), "w": round(width), "h": round(height)},
    }
