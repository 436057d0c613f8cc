"""A page's picture made even and level for reading, and the way back from it to the picture that boxes refer to."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.imaging import Gray, as_gray

QUARTER_TURN_DEGREES = 90


@dataclass(frozen=True, slots=True)
class StraighteningPolicy:
    """How a page is made even and level."""

    paper_long_side_px: int = 600
    """Size at which the paper's brightness is looked for; a letter of 3 mm has 6 px then."""
    paper_window_px: int = 13
    """Side of the window whose brightest pixel counts as paper, at that size."""
    least_paper: int = 40
    """Brightness below which nothing counts as paper: a page on a black table stays dark around."""
    row_height: float = 0.04
    """Of the rows by which the skew is measured, in heights of a letter."""
    contrast_row_height: float = 0.3
    most_skew_degrees: float = 6.0
    least_skew_degrees: float = 0.06
    """A smaller skew moves the end of a line of 10 cm by less than 0.1 mm."""
    most_dots: int = 30_000
    """Dots of ink by which the skew is measured."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture made for reading came from: it is `picture_px` (width, height), moved by `matrix`, a row each."""

    picture_px: tuple[int, int]
    size_px: tuple[int, int]
    matrix: tuple[tuple[float, float, float], tuple[float, float, float]]

    def to_picture(self, box: PixelBox) -> PixelBox:
        """Return the least box of the picture around `box` of this frame, cut at the picture's edges."""
        back = cv2.invertAffineTransform(np.array(self.matrix, np.float64))
        corners = [(x, y, 1.0) for x, y in itertools.product((box.left, box.right), (box.top, box.bottom))]
        across, down = back @ np.array(corners).T
        width_px, height_px = self.picture_px
        left, right = (int(np.clip(round(float(x)), 0, width_px)) for x in (across.min(), across.max()))
        top, bottom = (int(np.clip(round(float(y)), 0, height_px)) for y in (down.min(), down.max()))
        return PixelBox(left, top, right - left, bottom - top)


def flattened(picture: Gray, policy: StraighteningPolicy = StraighteningPolicy()) -> Gray:
    """Return the picture divided by the brightness of its paper: shadows go, white is 255 everywhere."""
    factor = min(1.0, policy.paper_long_side_px / max(picture.shape))
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (policy.paper_window_px, policy.paper_window_px))
    paper = cv2.medianBlur(cv2.dilate(small, window), policy.paper_window_px)
    paper = np.maximum(cv2.GaussianBlur(paper, (0, 0), policy.paper_window_px / 2), policy.least_paper)
    height_px, width_px = picture.shape
    whole = cv2.resize(paper, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    return as_gray(cv2.divide(picture, whole, scale=255))


def skew_of(ink: Gray, letter_px: int, policy: StraighteningPolicy = StraighteningPolicy()) -> float:
    """Return by how many degrees lines fall to the right, 0 where they are level enough.

    The right angle is the one at which rows of dots are fullest and emptiest (W. Postl, "Detection of linear oblique
    structures and skew scan in digitized documents", ICPR 1986). `ink` is 255 where there is ink, `letter_px` the
    height of its letters.
    """
    dots = _dots(ink, policy.row_height * letter_px, policy.most_dots)
    coarse, _ = _best(dots, np.arange(-policy.most_skew_degrees, policy.most_skew_degrees + 0.01, 0.25), _sharpness)
    found, _ = _best(dots, coarse + np.arange(-0.25, 0.26, 0.05), _sharpness)
    return found if abs(found) >= policy.least_skew_degrees else 0.0


def line_contrast(ink: Gray, letter_px: int, policy: StraighteningPolicy = StraighteningPolicy()) -> float:
    """Return how much lines stand out that run across, 1 when they do not at all; arguments are as in `skew_of`.

    It is measured in rows so high that strokes do not count, only whole lines.
    """
    dots = _dots(ink, policy.contrast_row_height * letter_px, policy.most_dots)
    return _best(dots, np.arange(-policy.most_skew_degrees, policy.most_skew_degrees + 0.01, 0.5), _contrast)[1]


Dots = tuple[NDArray[np.float64], NDArray[np.float64]]
"""(N,) places of ink downwards, and across, in heights of a row."""


def _dots(ink: Gray, row_px: float, most: int) -> Dots:
    row_px = max(1.0, row_px)
    down, across = np.nonzero(ink)
    thin = max(1, len(down) // most)
    return down[::thin] / row_px, across[::thin] / row_px


def _best(
    dots: Dots, angles: NDArray[np.float64], score: Callable[[NDArray[np.float64]], float]
) -> tuple[float, float]:
    """Return the angle of those at which the rows' numbers of dots score best, and the score; 0 and 1 without dots."""
    if not len(dots[0]):
        return 0.0, 1.0
    scored = [(score(_rows(dots, float(angle))), float(angle)) for angle in angles]
    best, angle = max(scored, key=lambda found: (found[0], -abs(found[1])))
    return angle, best


def _rows(dots: Dots, degrees: float) -> NDArray[np.float64]:
    """Return how many dots every row has that falls by so many degrees; a dot is shared by two rows."""
    places = dots[0] - dots[1] * math.tan(math.radians(degrees))
    places -= places.min()
    rows = places.astype(np.int64)
    counts = np.append(np.bincount(rows, rows + 1 - places), 0.0) + np.bincount(rows + 1, places - rows)
    return counts.astype(np.float64)


def _sharpness(rows: NDArray[np.float64]) -> float:
    """Return how suddenly rows become full and empty: lines of two columns may lie beside each other at any angle."""
    return float(np.square(np.diff(rows, prepend=0, append=0)).sum())


def _contrast(rows: NDArray[np.float64]) -> float:
    """Return the squares of the rows' dots over what evenly spread dots would give."""
    return float(np.square(rows).sum() * len(rows) / rows.sum() ** 2)


def frame_of(picture_px: tuple[int, int], quarter_turns: int, skew_degrees: float, scale: float) -> Frame:
    """Return the frame of a picture that is turned clockwise by quarters, levelled and scaled.

    The whole picture stays in it; what it does not cover is white.
    """
    width_px, height_px = picture_px
    degrees = skew_degrees - QUARTER_TURN_DEGREES * quarter_turns
    matrix = cv2.getRotationMatrix2D((width_px / 2, height_px / 2), degrees, scale)
    corners = np.array([(x, y, 1.0) for x in (0, width_px) for y in (0, height_px)])
    moved = corners @ matrix.T
    low = moved.min(axis=0)
    across, down = (max(1, math.ceil(extent - 1e-6)) for extent in moved.max(axis=0) - low)
    matrix[:, 2] -= low
    first, second = ((float(a), float(b), float(c)) for a, b, c in matrix)
    return Frame(picture_px, (across, down), (first, second))


def framed(picture: Gray, frame: Frame) -> Gray:
    """Return the picture as `frame` shows it, white where it does not reach."""
    matrix = np.array(frame.matrix, np.float64)
    if frame.size_px == frame.picture_px and np.allclose(matrix, [[1, 0, 0], [0, 1, 0]], atol=1e-9):
        return picture
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale < 1:  # what is left of a pixel has to count, which turning alone does not do
        picture = as_gray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        matrix[:, :2] /= scale
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - (0.5, 0.5)  # from edges of pixels, where boxes lie, to their centres
    moved = cv2.warpAffine(
        picture, matrix, frame.size_px, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=255.0
    )
    return as_gray(moved)
