"""The old workers' way to read a sheet, kept as the baseline of the benchmark; nothing else uses it.

Step for step what they did in mode "auto": decode in colour; take the first four-cornered outline among the eight
largest for the page and warp it, in colour, to a 300-dpi A4 page; read the identifier from that; write it as JPEG, read
it back, and read the answers. Every bubble's box is blurred and thresholded by Otsu's method: the share of dark pixels
is its fill. Nothing proves the alignment. Their answer engine is lost: it is taken to look at equal cells of each
question's box, the way their identifier looked at boxes around bubbles.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import Gray, as_gray
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
from academy_pipelines.omr.template import Bubble, DigitColumn, Question, SheetTemplate

A4_AT_300_DPI = (3508, 2480)
BOX_RADII = 1.6
"""Half the side of an identifier bubble's box, in its radii."""
BLANK_ANSWER_BELOW, MIN_ANSWER_GAP = 0.07, 0.06
BLANK_DIGIT_BELOW, MIN_DIGIT_GAP = 0.055, 0.05

_CANNY = (50, 150)
_KERNEL = (5, 5)
_CORNERS = 4
_OUTLINES = 8


@dataclass(frozen=True, slots=True)
class _Scale:
    """Pixels per millimetre along x and y of a picture that is the whole page."""

    x: float
    y: float


def read_by_baseline(data: bytes, template: SheetTemplate, folder: Path) -> SheetReading:
    """Return what the old way reads; the warped page goes through a file in `folder`.

    Raises:
        UnreadableImageError: `data` is no picture.
    """
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise UnreadableImageError("the baseline cannot decode the picture; send a JPEG or PNG")
    corners = _page_corners(picture)
    aligned = picture if corners is None else _warped(picture, corners)
    scale = _Scale(aligned.shape[1] / template.width_mm, aligned.shape[0] / template.height_mm)
    page = as_gray(cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY))
    digits = tuple(_digit(page, column, scale) for column in template.identifier)
    file = str(folder / "aligned.jpg")
    cv2.imwrite(file, aligned)
    page = as_gray(cv2.cvtColor(np.asarray(cv2.imread(file)), cv2.COLOR_BGR2GRAY))
    answers = tuple(_answer(page, question, scale) for question in template.questions)
    return SheetReading(answers, _identifier(digits) if digits else None)


def _page_corners(picture: NDArray[Any]) -> NDArray[np.float32] | None:
    """Return the corners of the first four-cornered of the largest outlines, clockwise from the top left."""
    edges = cv2.Canny(cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), _KERNEL, 0), *_CANNY)
    edges = cv2.dilate(edges, cv2.getStructuringElement(cv2.MORPH_RECT, _KERNEL), iterations=1)
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:_OUTLINES]:
        corners = cv2.approxPolyDP(outline, 0.02 * cv2.arcLength(outline, closed=True), closed=True)
        if len(corners) == _CORNERS:
            return _clockwise(corners)
    return None


def _clockwise(corners: NDArray[Any]) -> NDArray[np.float32]:
    points = corners.reshape(_CORNERS, 2).astype(np.float32)
    total, difference = points.sum(axis=1), points[:, 1] - points[:, 0]
    order = [int(total.argmin()), int(difference.argmin()), int(total.argmax()), int(difference.argmax())]
    return points[order]


def _warped(picture: NDArray[Any], corners: NDArray[np.float32]) -> NDArray[Any]:
    right, bottom = A4_AT_300_DPI[0] - 1, A4_AT_300_DPI[1] - 1
    aim = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float32)
    return cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, aim), A4_AT_300_DPI)


def _fill(page: Gray, x: int, y: int, width: int, height: int) -> float:
    """Return the share of dark pixels in a box, cut to the page; at least one pixel is looked at."""
    x, y = min(max(x, 0), page.shape[1] - 1), min(max(y, 0), page.shape[0] - 1)
    box = page[y : y + max(1, height), x : x + max(1, width)]
    how = cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU
    _, dark = cv2.threshold(cv2.GaussianBlur(box, _KERNEL, 0), 0, 255, how)
    return float(np.sum(dark > 0)) / dark.size


def _ranked(fills: list[float], labels: list[str]) -> tuple[str, float, float]:
    """Return the label with most fill, its fill, and its lead over the second."""
    first, second = sorted(zip(fills, labels, strict=True), reverse=True)[:2]
    return first[1], first[0], first[0] - second[0]


def _answer(page: Gray, question: Question, scale: _Scale) -> Answer:
    labels = [bubble.label for bubble in question.bubbles]
    fills = [_cell_fill(page, question, index, scale) for index in range(len(labels))]
    label, fill, lead = _ranked(fills, labels)
    if fill < BLANK_ANSWER_BELOW:
        return Answer(question.number, (), Marking.BLANK, 1 - fill, AnswerStatus.BLANK)
    status = AnswerStatus.OK if lead >= MIN_ANSWER_GAP else AnswerStatus.AMBIGUOUS
    return Answer(question.number, (label,), Marking.SINGLE, min(1.0, lead), status)


def _cell_fill(page: Gray, question: Question, index: int, scale: _Scale) -> float:
    roi, count = question.roi, len(question.bubbles)
    x, y = round(roi.x_mm * scale.x), round(roi.y_mm * scale.y)
    width, height = round(roi.width_mm * scale.x), round(roi.height_mm * scale.y)
    if question.axis == "x":
        return _fill(page, x + index * width // count, y, width // count, height)
    return _fill(page, x, y + index * height // count, width, height // count)


def _digit(page: Gray, column: DigitColumn, scale: _Scale) -> Digit:
    labels = [bubble.label for bubble in column.bubbles]
    label, fill, lead = _ranked([_bubble_fill(page, bubble, scale) for bubble in column.bubbles], labels)
    if fill < BLANK_DIGIT_BELOW:
        return Digit(column.digit_index, None, DigitStatus.BLANK, 0.0)
    if lead < MIN_DIGIT_GAP:
        return Digit(column.digit_index, None, DigitStatus.AMBIGUOUS, fill)
    return Digit(column.digit_index, int(label), DigitStatus.OK, fill)


def _bubble_fill(page: Gray, bubble: Bubble, scale: _Scale) -> float:
    radius = max(1, round((round(bubble.rx_mm * scale.x) + round(bubble.rx_mm * scale.y)) / 2))
    side = 2 * round(max(2, radius) * BOX_RADII)
    x, y = round(bubble.center.x_mm * scale.x), round(bubble.center.y_mm * scale.y)
    return _fill(page, x - side // 2, y - side // 2, side, side)


def _identifier(digits: tuple[Digit, ...]) -> Identifier:
    raw = "".join("?" if digit.value is None else str(digit.value) for digit in digits)
    unclear = [digit.status for digit in digits if digit.status is not DigitStatus.OK]
    status = IdentifierStatus(unclear[0]) if unclear else IdentifierStatus.OK
    known = None if unclear else raw
    return Identifier(known, raw, digits, sum(digit.confidence for digit in digits) / len(digits), status)
