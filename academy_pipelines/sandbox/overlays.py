"""A posted result drawn on its sheet: what the worker said, not what the academy would have read."""

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.errors import UnusableInputError
from academy_pipelines.imaging import Gray, encode_jpeg
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.omr.overlay import draw_overlay
from academy_pipelines.omr.readings import (
    Answer,
    AnswerStatus,
    Digit,
    DigitStatus,
    Identifier,
    IdentifierStatus,
    Marking,
    SheetReading,
)
from academy_pipelines.omr.registration import CaptureMode, register
from academy_pipelines.omr.template import SheetTemplate

PLAIN_LONG_SIDE_PX = 1600

Fields = dict[str, Any]


def draw_result(page: Gray, payload: Fields, result: Fields | None) -> bytes:
    """Return a JPEG of the sheet with `result` drawn on it, or of the picture alone when that is impossible."""
    if result is None:
        return _plain(page)
    try:
        template = template_of(payload)
        if template is None:
            return _plain(page)
        registration = register(page, template, mode_of(payload))
    except UnusableInputError:
        return _plain(page)
    return draw_overlay(page, registration, template, posted_reading(result, template))


def posted_reading(result: Fields, template: SheetTemplate) -> SheetReading:
    """Return a posted result as a reading of `template`; a question without a usable answer is an error."""
    answers = {answer.get("question_id"): answer for answer in _objects(result.get("answers"))}
    return SheetReading(
        answers=tuple(_answer(question.number, answers.get(question.number, {})) for question in template.questions),
        identifier=_identifier(result.get("identifier"), template),
    )


def _answer(number: int, posted: Fields) -> Answer:
    detected = posted.get("detected")
    labels = tuple(str(label) for label in detected) if isinstance(detected, list) else ()
    marking = (Marking.BLANK, Marking.SINGLE, Marking.MULTI)[min(len(labels), 2)]
    status = _word(posted.get("status"), AnswerStatus, AnswerStatus.ERROR)
    return Answer(number, labels, marking, 0.0, AnswerStatus(status))


def _identifier(posted: object, template: SheetTemplate) -> Identifier | None:
    if not isinstance(posted, dict) or not template.identifier:
        return None
    by_index = {digit.get("digit_index"): digit for digit in _objects(posted.get("digits"))}
    digits = tuple(_digit(column.digit_index, by_index.get(column.digit_index, {})) for column in template.identifier)
    return Identifier(None, "", digits, 0.0, IdentifierStatus.ERROR)


def _digit(index: int, posted: Fields) -> Digit:
    value = posted.get("value")
    number = value if isinstance(value, int) else None
    status = _word(posted.get("status"), DigitStatus, DigitStatus.AMBIGUOUS)
    return Digit(index, number, DigitStatus(status), 0.0)


def _word(value: object, words: Iterable[str], otherwise: str) -> str:
    return value if isinstance(value, str) and value in set(words) else otherwise


def template_of(payload: Fields) -> SheetTemplate | None:
    """Return the sheet that a job's payload names; None when it names none.

    Raises:
        InvalidTemplateError: it describes an impossible sheet.
    """
    meta, count = payload.get("template_meta"), payload.get("question_count")
    if isinstance(meta, dict):
        return parse_template(meta)
    return objective_template(count) if payload.get("template_fetch") and isinstance(count, int) else None


def mode_of(payload: Fields) -> CaptureMode:
    """Return how the picture was taken, as the payload says."""
    mode = str(payload.get("mode"))
    return CaptureMode(mode) if mode in set(CaptureMode) else CaptureMode.AUTO


def _objects(value: object) -> list[Fields]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _plain(page: Gray) -> bytes:
    scale = min(PLAIN_LONG_SIDE_PX / max(page.shape), 1.0)
    small = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return encode_jpeg(small.astype(np.uint8, copy=False))
