"""A picture for people: the flat sheet with what was read drawn on it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, encode_jpeg
from academy_pipelines.omr.flattening import align_page
from academy_pipelines.omr.readings import Answer, AnswerStatus, Digit, DigitStatus, SheetReading
from academy_pipelines.omr.registration import Registration
from academy_pipelines.omr.template import Bubble, DigitColumn, Question, SheetTemplate

PX_PER_MM = 5.0
JPEG_QUALITY = 80

Color = tuple[int, int, int]
"""Blue, green, red, as OpenCV draws."""

GREEN: Color = (60, 150, 0)
AMBER: Color = (0, 150, 255)
RED: Color = (40, 40, 230)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SHIFT = 3
"""Fraction bits of the coordinates given to OpenCV."""


def draw_overlay(page: Gray, registration: Registration, template: SheetTemplate, reading: SheetReading) -> bytes:
    """Return a JPEG of the flat sheet: green what was read, amber what a person has to check, red what failed."""
    canvas = np.asarray(cv2.cvtColor(align_page(page, registration, template, PX_PER_MM), cv2.COLOR_GRAY2BGR), np.uint8)
    for question, answer in zip(template.questions, reading.answers, strict=True):
        _draw_answer(canvas, question, answer)
    if reading.identifier is not None:
        for column, digit in zip(template.identifier, reading.identifier.digits, strict=True):
            _draw_digit(canvas, column, digit)
    return encode_jpeg(canvas, JPEG_QUALITY)


def answer_color(answer: Answer) -> Color:
    """Return the colour that tells whether `answer` can be used."""
    if answer.status is AnswerStatus.ERROR:
        return RED
    return AMBER if answer.status.is_flagged else GREEN


def _draw_answer(canvas: NDArray[np.uint8], question: Question, answer: Answer) -> None:
    color = answer_color(answer)
    for bubble in question.bubbles:
        if bubble.label in answer.detected:
            _circle(canvas, bubble, color)
    box = question.roi
    if answer.status.is_flagged:
        corner, opposite = (box.x_mm, box.y_mm), (box.right_mm, box.bottom_mm)
        cv2.rectangle(canvas, _at(*corner), _at(*opposite), color, 2, cv2.LINE_AA, _SHIFT)
    text = f"{'/'.join(answer.detected) or '-'}{'?' if answer.status.is_flagged else ''}"
    if question.axis == "x":
        text = f"{question.number} {text}"
    _write(canvas, text, box.x_mm, box.y_mm - 0.5, color)


def _draw_digit(canvas: NDArray[np.uint8], column: DigitColumn, digit: Digit) -> None:
    color = GREEN if digit.status is DigitStatus.OK else AMBER
    top = min(column.bubbles, key=lambda bubble: bubble.center.y_mm)
    text = "?" if digit.value is None else str(digit.value)
    _write(canvas, text, top.center.x_mm - 1.5, top.center.y_mm - top.ry_mm - 1.0, color, 0.8)
    for bubble in column.bubbles:
        if bubble.label == text:
            _circle(canvas, bubble, color)


def _circle(canvas: NDArray[np.uint8], bubble: Bubble, color: Color) -> None:
    axes = (round(bubble.rx_mm * PX_PER_MM * 2**_SHIFT), round(bubble.ry_mm * PX_PER_MM * 2**_SHIFT))
    center = _at(bubble.center.x_mm, bubble.center.y_mm)
    cv2.ellipse(canvas, center, axes, 0, 0, 360, color, 3, cv2.LINE_AA, _SHIFT)


def _write(canvas: NDArray[np.uint8], text: str, x_mm: float, y_mm: float, color: Color, size: float = 0.5) -> None:
    place = (round(x_mm * PX_PER_MM), round(y_mm * PX_PER_MM))
    cv2.putText(canvas, text, place, _FONT, size, color, 1 if size < 0.7 else 2, cv2.LINE_AA)  # noqa: PLR2004 - large letters are bold


def _at(x_mm: float, y_mm: float) -> tuple[int, int]:
    return round(x_mm * PX_PER_MM * 2**_SHIFT), round(y_mm * PX_PER_MM * 2**_SHIFT)
