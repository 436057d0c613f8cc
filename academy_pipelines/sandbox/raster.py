"""A printed sheet as pixels without any font or PDF: exact coverage of each shape, Latin text only.

Pixel (row, column) covers [column, column + 1) x [row, row + 1) in pixels from the page's corner;
its darkness is the share of it that a shape covers, so positions are true to a fraction of a pixel.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.primitives import CAP_HEIGHT, Disc, FilledBox, Line, Primitive, PrintedSheet, Ring, Text

Field = NDArray[np.float64]
"""(H, W) float64, one value a pixel of a window."""

_TEXT_OVERSAMPLING = 4
_STROKE_OF_EM = 0.075
"""Stroke width of text, as a share of the font size; NanumGothic Regular has 0.07."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the page: its first column and row, and its size in pixels."""

    left: int
    top: int
    width: int
    height: int

    def grid(self) -> tuple[Field, Field]:
        """Return the x of every column (1, W) and the y of every row (H, 1), at pixel centres."""
        x_px = self.left + 0.5 + np.arange(self.width, dtype=np.float64)[None, :]
        y_px = self.top + 0.5 + np.arange(self.height, dtype=np.float64)[:, None]
        return x_px, y_px


def window_around(x_px: float, y_px: float, reach_x_px: float, reach_y_px: float) -> Window:
    """Return the smallest window that holds everything within `reach_*_px` of a point, and a pixel more."""
    left, top = int(np.floor(x_px - reach_x_px)) - 1, int(np.floor(y_px - reach_y_px)) - 1
    right, bottom = int(np.ceil(x_px + reach_x_px)) + 1, int(np.ceil(y_px + reach_y_px)) + 1
    return Window(left, top, right - left, bottom - top)


@lru_cache(maxsize=8)
def rasterise_sheet(sheet: PrintedSheet, px_per_mm: float) -> Gray:
    """Return `sheet` drawn `px_per_mm` to the millimetre; characters outside ASCII are left out.

    The array is shared between callers and therefore read-only.
    """
    size = (round(sheet.height_mm * px_per_mm), round(sheet.width_mm * px_per_mm))
    page = np.full(size, 255.0)
    for shape in sheet.primitives:
        window, cover = coverage(shape, px_per_mm)
        paint(page, window, cover, 255.0 * shape.grey)
    pixels = np.rint(page).astype(np.uint8)
    pixels.setflags(write=False)
    return pixels


def paint(page: Field, window: Window, cover: Field, level: float) -> None:
    """Blend `level` (0 to 255) into `page` where `cover` is 1; what lies off the page is dropped."""
    rows = slice(max(window.top, 0), min(window.top + window.height, page.shape[0]))
    columns = slice(max(window.left, 0), min(window.left + window.width, page.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    seen = cover[
        rows.start - window.top : rows.stop - window.top, columns.start - window.left : columns.stop - window.left
    ]
    page[rows, columns] += seen * (level - page[rows, columns])


def coverage(shape: Primitive, px_per_mm: float) -> tuple[Window, Field]:
    """Return where `shape` is and how much of each pixel it covers, in [0, 1]."""
    match shape:
        case FilledBox():
            return _box(shape, px_per_mm)
        case Disc(center, rx_mm, ry_mm) | Ring(center, rx_mm, ry_mm):
            stroke_px = shape.stroke_mm * px_per_mm if isinstance(shape, Ring) else None
            place_px = (center.x_mm * px_per_mm, center.y_mm * px_per_mm)
            return _ellipse(place_px, (rx_mm * px_per_mm, ry_mm * px_per_mm), stroke_px)
        case Line():
            return _line(shape, px_per_mm)
        case Text():
            return _text(shape, px_per_mm)


def _box(shape: FilledBox, px_per_mm: float) -> tuple[Window, Field]:
    box = shape.box
    half_w_px, half_h_px = box.width_mm * px_per_mm / 2, box.height_mm * px_per_mm / 2
    x0_px, y0_px = box.x_mm * px_per_mm + half_w_px, box.y_mm * px_per_mm + half_h_px
    window = window_around(x0_px, y0_px, half_w_px, half_h_px)
    x_px, y_px = window.grid()
    return window, _band(x_px - x0_px, 2 * half_w_px) * _band(y_px - y0_px, 2 * half_h_px)


def _ellipse(
    place_px: tuple[float, float], radii_px: tuple[float, float], stroke_px: float | None
) -> tuple[Window, Field]:
    (x0_px, y0_px), (rx_px, ry_px) = place_px, radii_px
    extra_px = 0.0 if stroke_px is None else stroke_px / 2
    window = window_around(x0_px, y0_px, rx_px + extra_px, ry_px + extra_px)
    x_px, y_px = window.grid()
    distance_px = distance_to_ellipse(x_px - x0_px, y_px - y0_px, rx_px, ry_px)
    if stroke_px is None:
        return window, np.clip(0.5 - distance_px, 0.0, 1.0)
    return window, _band(distance_px, stroke_px)


def distance_to_ellipse(dx_px: Field, dy_px: Field, rx_px: float, ry_px: float) -> Field:
    """Return the signed distance to an ellipse's outline, negative inside, exact to first order.

    The implicit value divided by the length of its gradient (Taubin, PAMI 13(11), 1991).
    """
    radius = np.hypot(dx_px / rx_px, dy_px / ry_px)
    slope = np.hypot(dx_px / rx_px**2, dy_px / ry_px**2)
    return np.where(slope > 0, radius * (radius - 1) / np.maximum(slope, 1e-12), -min(rx_px, ry_px))


def _line(shape: Line, px_per_mm: float) -> tuple[Window, Field]:
    start = np.array([shape.start.x_mm, shape.start.y_mm]) * px_per_mm
    end = np.array([shape.end.x_mm, shape.end.y_mm]) * px_per_mm
    return stroke_coverage(start, end, shape.stroke_mm * px_per_mm)


def stroke_coverage(start_px: Field, end_px: Field, stroke_px: float) -> tuple[Window, Field]:
    """Return the coverage of a straight stroke with round ends between two (x, y) points."""
    middle, half = (start_px + end_px) / 2, np.abs(end_px - start_px) / 2 + stroke_px / 2
    window = window_around(float(middle[0]), float(middle[1]), float(half[0]), float(half[1]))
    x_px, y_px = window.grid()
    along_x, along_y = end_px - start_px
    length2 = max(float(along_x**2 + along_y**2), 1e-12)
    share = np.clip(((x_px - start_px[0]) * along_x + (y_px - start_px[1]) * along_y) / length2, 0.0, 1.0)
    distance_px = np.hypot(x_px - start_px[0] - share * along_x, y_px - start_px[1] - share * along_y)
    return window, _band(distance_px, stroke_px)


def _band(distance_px: Field, width_px: float) -> Field:
    """Return how much of a pixel lies in a band `width_px` wide whose middle is `distance_px` away."""
    inner = np.minimum(distance_px + 0.5, width_px / 2) - np.maximum(distance_px - 0.5, -width_px / 2)
    return np.clip(inner, 0.0, 1.0)


def _text(text: Text, px_per_mm: float) -> tuple[Window, Field]:
    words = " ".join(word for word in text.content.split() if word.isascii())
    patch, ink_middle = _lettering(words, text.size_mm * px_per_mm * _TEXT_OVERSAMPLING, is_bold=text.is_bold)
    width_px = patch.shape[1] / _TEXT_OVERSAMPLING
    left_px = text.anchor.x_mm * px_per_mm - {"left": 0.0, "middle": width_px / 2, "right": width_px}[text.align]
    top_px = text.anchor.y_mm * px_per_mm - ink_middle / _TEXT_OVERSAMPLING
    window = Window(
        int(np.floor(left_px)),
        int(np.floor(top_px)),
        int(width_px) + 3,
        patch.shape[0] // _TEXT_OVERSAMPLING + 3,
    )
    padded = np.zeros((window.height * _TEXT_OVERSAMPLING, window.width * _TEXT_OVERSAMPLING))
    row = round((top_px - window.top) * _TEXT_OVERSAMPLING)
    column = round((left_px - window.left) * _TEXT_OVERSAMPLING)
    padded[row : row + patch.shape[0], column : column + patch.shape[1]] = patch
    cells = padded.reshape(window.height, _TEXT_OVERSAMPLING, window.width, _TEXT_OVERSAMPLING)
    return window, cells.mean(axis=(1, 3))


@cache
def _capital_px() -> float:
    """Return the height of a capital at scale 1: OpenCV 4 draws Hershey strokes, OpenCV 5 a TrueType face."""
    scale, canvas = 10.0, np.zeros((600, 600), np.uint8)
    cv2.putText(canvas, "H", (50, 500), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1)
    inked = np.flatnonzero(canvas.max(axis=1))
    return float(inked[-1] - inked[0] + 1) / scale


def _lettering(words: str, em_px: float, *, is_bold: bool) -> tuple[Field, float]:
    """Return `words` as ink in [0, 1], cut to its sides, and the y of the middle of its capitals."""
    face, thickness = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(_STROKE_OF_EM * em_px * (1.8 if is_bold else 1.0)))
    scale = CAP_HEIGHT * em_px / _capital_px()
    (width, height), below = cv2.getTextSize(words, face, scale, thickness)
    edge = 2 * thickness
    patch = np.zeros((height + below + 2 * edge, width + 2 * edge), np.uint8)
    cv2.putText(patch, words, (edge, edge + height), face, scale, 255, thickness, cv2.LINE_AA)
    inked = np.flatnonzero(patch.max(axis=0))
    if inked.size:
        patch = patch[:, inked[0] : inked[-1] + 1]
    return patch / 255.0, edge + height - CAP_HEIGHT * em_px / 2
