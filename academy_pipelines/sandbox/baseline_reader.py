"""The old workers' way to read a sheet, kept as the baseline of the benchmark; nothing else uses it.

Decode in colour, warp in colour to a 300-dpi page, write that as JPEG and read it back, then blur and
threshold every bubble's box by Otsu's method: the share of dark pixels is its fill. Nothing proves the alignment.
"""

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
from academy_pipelines.omr.template import Bubble, SheetTemplate

Colour = NDArray[np.uint8]
"""(H, W, 3) BGR."""

PX_PER_MM = 300 / 25.4
MIN_PAGE_SHARE = 0.5
"""A smaller outline is not taken for the page: kinder than the old workers, who warped printed frames as well."""
BOX_RADII = 1.3
"""Half the side of a bubble's box, in its radii."""
BLANK_BELOW = 0.07
MIN_GAP = 0.06

_CANNY = (50, 150)
_KERNEL = (5, 5)
_CORNERS = 4
_OUTLINES = 8


def read_by_baseline(data: bytes, template: SheetTemplate, folder: Path) -> SheetReading:
    """Return what the old way reads; the warped page goes through a file in `folder`.

    Raises:
        UnreadableImageError: `data` is no picture.
    """
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise UnreadableImageError("the baseline cannot decode the picture; send a JPEG or PNG")
    file = str(folder / "aligned.jpg")
    cv2.imwrite(file, _warped(np.asarray(picture, np.uint8), template))
    page = as_gray(cv2.cvtColor(np.asarray(cv2.imread(file, cv2.IMREAD_COLOR), np.uint8), cv2.COLOR_BGR2GRAY))
    answers = tuple(_answer(page, question.number, question.bubbles) for question in template.questions)
    digits = tuple(_digit(page, column.digit_index, column.bubbles) for column in template.identifier)
    return SheetReading(answers, _identifier(digits) if digits else None)


def _warped(picture: Colour, template: SheetTemplate) -> Colour:
    size = (round(template.width_mm * PX_PER_MM), round(template.height_mm * PX_PER_MM))
    right, bottom = size[0] - 1, size[1] - 1
    aim = np.array([(0, 0), (right, 0), (right, bottom), (0, bottom)], np.float32)
    matrix = cv2.getPerspectiveTransform(_page_corners(picture), aim)
    return np.asarray(cv2.warpPerspective(picture, matrix, size), np.uint8)


def _page_corners(picture: Colour) -> NDArray[np.float32]:
    """Return the largest four-cornered outline clockwise from the top left, or the picture's corners."""
    height, width = picture.shape[:2]
    edges = cv2.Canny(cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), _KERNEL, 0), *_CANNY)
    edges = cv2.dilate(edges, np.ones(_KERNEL, np.uint8))
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:_OUTLINES]:
        corners = cv2.approxPolyDP(outline, 0.02 * cv2.arcLength(outline, closed=True), closed=True)
        if len(corners) == _CORNERS and cv2.contourArea(corners) >= MIN_PAGE_SHARE * height * width:
            return _clockwise(corners)
    return np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)], np.float32)


def _clockwise(corners: NDArray[Any]) -> NDArray[np.float32]:
    points = corners.reshape(_CORNERS, 2).astype(np.float32)
    total, difference = points.sum(axis=1), points[:, 1] - points[:, 0]
    order = [int(total.argmin()), int(difference.argmin()), int(total.argmax()), int(difference.argmax())]
    return points[order]


def _fill(page: Gray, bubble: Bubble) -> float:
    x, y = bubble.center.x_mm * PX_PER_MM, bubble.center.y_mm * PX_PER_MM
    half_w, half_h = bubble.rx_mm * BOX_RADII * PX_PER_MM, bubble.ry_mm * BOX_RADII * PX_PER_MM
    box = page[max(0, round(y - half_h)) : round(y + half_h), max(0, round(x - half_w)) : round(x + half_w)]
    if not box.size:
        return 0.0
    how = cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU
    _, dark = cv2.threshold(cv2.GaussianBlur(box, _KERNEL, 0), 0, 255, how)
    return float(np.count_nonzero(dark)) / dark.size


def _ranked(page: Gray, bubbles: tuple[Bubble, ...]) -> tuple[str, float, float]:
    """Return the label with most fill, its fill, and its lead over the second."""
    fills = sorted(((_fill(page, bubble), bubble.label) for bubble in bubbles), reverse=True)
    return fills[0][1], fills[0][0], fills[0][0] - fills[1][0]


def _answer(page: Gray, number: int, bubbles: tuple[Bubble, ...]) -> Answer:
    label, fill, lead = _ranked(page, bubbles)
    if fill < BLANK_BELOW:
        return Answer(number, (), Marking.BLANK, 1 - fill, AnswerStatus.BLANK)
    status = AnswerStatus.OK if lead >= MIN_GAP else AnswerStatus.AMBIGUOUS
    return Answer(number, (label,), Marking.SINGLE, min(1.0, lead), status)


def _digit(page: Gray, digit_index: int, bubbles: tuple[Bubble, ...]) -> Digit:
    label, fill, lead = _ranked(page, bubbles)
    if fill < BLANK_BELOW:
        return Digit(digit_index, None, DigitStatus.BLANK, 1 - fill)
    if lead < MIN_GAP:
        return Digit(digit_index, None, DigitStatus.AMBIGUOUS, lead)
    return Digit(digit_index, int(label), DigitStatus.OK, min(1.0, lead))


def _identifier(digits: tuple[Digit, ...]) -> Identifier:
    raw = "".join("?" if digit.value is None else str(digit.value) for digit in digits)
    status = IdentifierStatus.AMBIGUOUS if "?" in raw else IdentifierStatus.OK
    known = raw if status is IdentifierStatus.OK else None
    return Identifier(known, raw, digits, min(digit.confidence for digit in digits), status)
