"""Small answer sheets drawn in memory, with the truth known by construction."""

from collections.abc import Mapping

import cv2
import numpy as np

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.template import BoxMm, Bubble, DigitColumn, Marker, PointMm, Question, SheetTemplate

WIDTH_MM, HEIGHT_MM = 200.0, 140.0
LABELS = ("A", "B", "C", "D", "E")
MARKERS = (
    Marker("tl", "square 6mm centre", PointMm(10, 10)),
    Marker("tr", "square 6mm centre", PointMm(190, 10)),
    Marker("br", "square 6mm centre", PointMm(190, 130)),
    Marker("bl", "square 6mm centre", PointMm(10, 130)),
    Marker("orient", "square 3mm centre", PointMm(20, 10)),
)


def template(questions: int = 10, digits: int = 4, *, markers: tuple[Marker, ...] = MARKERS) -> SheetTemplate:
    columns = tuple(
        DigitColumn(
            index + 1, tuple(_bubble(str(number), 24 + 8 * index, 30 + 9 * number, 2.2) for number in range(10))
        )
        for index in range(digits)
    )
    return SheetTemplate(WIDTH_MM, HEIGHT_MM, tuple(_question(i) for i in range(questions)), columns, markers)


def _question(index: int) -> Question:
    x, y = 75 + 60 * (index // 8), 30 + 11 * (index % 8)
    bubbles = tuple(_bubble(label, x + 9 * i, y, 2.6) for i, label in enumerate(LABELS))
    return Question(index + 1, BoxMm(x - 4.5, y - 5, 45, 10), bubbles)


def _bubble(label: str, x_mm: float, y_mm: float, radius_mm: float) -> Bubble:
    return Bubble(label, PointMm(x_mm, y_mm), radius_mm, radius_mm)


def draw(
    sheet: SheetTemplate,
    marks: Mapping[int, str] | None = None,
    number: str = "",
    *,
    px_per_mm: float = 6.0,
    ink: int = 60,
    paper: int = 240,
    rings: bool = True,
) -> Gray:
    """Draw `sheet` with `marks` (question number -> labels) and `number` filled in with grey level `ink`.

    Without `rings`, only the letters of the bubbles are printed.
    """
    ring = 90 if rings else None
    page = np.full((round(sheet.height_mm * px_per_mm), round(sheet.width_mm * px_per_mm)), paper, np.uint8)
    for marker in sheet.markers:
        half = 3.0 if "6mm" in marker.kind else 1.5
        corners = [_px(marker.center.x_mm + d, marker.center.y_mm + d, px_per_mm) for d in (-half, half)]
        cv2.rectangle(page, corners[0], corners[1], 20, -1)
    for question in sheet.questions:
        for bubble in question.bubbles:
            _draw_bubble(
                page, bubble, px_per_mm, ink if bubble.label in (marks or {}).get(question.number, "") else None, ring
            )
    for column, digit in zip(sheet.identifier, number.ljust(len(sheet.identifier)), strict=True):
        for bubble in column.bubbles:
            _draw_bubble(page, bubble, px_per_mm, ink if bubble.label == digit else None, ring)
    return cv2.GaussianBlur(page, (3, 3), 0)


def _draw_bubble(page: Gray, bubble: Bubble, px_per_mm: float, ink: int | None, ring: int | None) -> None:
    center, radius = _px(bubble.center.x_mm, bubble.center.y_mm, px_per_mm), round(bubble.rx_mm * px_per_mm)
    if ring is not None:
        cv2.circle(page, center, radius, ring, max(1, round(0.25 * px_per_mm)), cv2.LINE_AA)
    left, below = center[0] - round(0.7 * px_per_mm), center[1] + round(0.8 * px_per_mm)
    cv2.putText(page, bubble.label, (left, below), cv2.FONT_HERSHEY_SIMPLEX, 0.065 * px_per_mm, 150, 1, cv2.LINE_AA)
    if ink is not None:
        cv2.circle(page, center, radius - 1, ink, -1, cv2.LINE_AA)


def _px(x_mm: float, y_mm: float, px_per_mm: float) -> tuple[int, int]:
    return round(x_mm * px_per_mm - 0.5), round(y_mm * px_per_mm - 0.5)


def on_table(page: Gray, *, table: int = 70, margin: float = 0.12, tilt: float = 0.03) -> Gray:
    """Return a photo of `page` lying on a table of grey level `table`, seen a little from the side."""
    height, width = page.shape
    border = round(margin * width)
    out = (width + 2 * border, height + 2 * border)
    lean = tilt * width
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    aim = source + border + np.array([[lean, 0], [0, lean], [-lean / 2, 0], [0, -lean / 2]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, aim)
    return cv2.warpPerspective(page, matrix, out, borderValue=(table,))


def shadowed(page: Gray, darkest: float = 0.5) -> Gray:
    """Return `page` with light that falls off to `darkest` from left to right."""
    light = np.linspace(1.0, darkest, page.shape[1])
    return (page * light).astype(np.uint8)


def noisy(page: Gray, deviation: float, seed: int = 0) -> Gray:
    noise = np.random.default_rng(seed).normal(0, deviation, page.shape)
    return np.clip(page + noise, 0, 255).astype(np.uint8)


def turned(page: Gray, degrees_cw: int) -> Gray:
    return np.ascontiguousarray(np.rot90(page, -degrees_cw // 90))


def answers_of(reading) -> dict[int, str]:
    return {answer.question_id: "".join(answer.detected) for answer in reading.answers}
