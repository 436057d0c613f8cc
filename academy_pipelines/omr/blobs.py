"""Dark compact shapes of a picture: what registration marks, filled bubbles and letters look like."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points, as_gray

WORK_LONG_SIDE_PX = 1000
"""Shapes are searched at this size: a 3 mm mark on an A4 page still covers 8 px."""

PAPER_KERNEL_PX = 19
"""Side of the closing that finds paper, at a quarter of the work size: wider than any mark (76 px)."""

INK_BELOW_PAPER = 0.7
"""Brightness as a share of the paper around, below which a pixel counts as dark."""

THIN = np.ones((3, 3), np.uint8)
"""Lines up to two pixels of the work size: the smallest mark is four."""

SIDE_RANGE_PX = (4, 90)
"""Shapes outside this range of bounding-box sides are dust, or larger than any mark."""


@dataclass(frozen=True)
class Blobs:
    """N shapes; lengths in the picture's pixels, shares in 0..1.

    `extent` is area / smallest enclosing rectangle (square 1, disc 0.79), `solidity` area / convex
    hull, `hollow` the share of the filled outline that is not dark, `side_px` the square root of
    the area within the outline.
    """

    centers_px: Points
    side_px: NDArray[np.float64]
    extent: NDArray[np.float64]
    solidity: NDArray[np.float64]
    hollow: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.side_px)


def paper_level(small: Gray) -> Gray:
    """Return the brightness of the paper around every pixel: a closing at quarter size, (H, W) uint8."""
    height_px, width_px = small.shape
    quarter = cv2.resize(small, (max(1, width_px // 4), max(1, height_px // 4)), interpolation=cv2.INTER_AREA)
    kernel = np.ones((PAPER_KERNEL_PX, PAPER_KERNEL_PX), np.uint8)
    closed = cv2.morphologyEx(quarter, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    return as_gray(cv2.resize(closed, (width_px, height_px), interpolation=cv2.INTER_LINEAR))


def shrink(page: Gray, long_side_px: int) -> tuple[Gray, float]:
    """Return `page` made smaller by a whole number, its longer side about `long_side_px`, and its new scale.

    Whole numbers are several times faster; up to that number less one of the last rows and columns are left out.
    """
    times = max(1, round(max(page.shape) / long_side_px))
    if times == 1:
        return page, 1.0
    height_px, width_px = page.shape[0] // times, page.shape[1] // times
    whole = page[: height_px * times, : width_px * times]
    return as_gray(cv2.resize(whole, (width_px, height_px), interpolation=cv2.INTER_AREA)), 1 / times


def find_blobs(page: Gray, *, are_solid: bool = False) -> Blobs:
    """Return the compact dark shapes of `page`; `are_solid` leaves out rings, letters and lines, which is faster."""
    small, factor = shrink(page, WORK_LONG_SIDE_PX)
    limit = cv2.convertScaleAbs(paper_level(small), alpha=INK_BELOW_PAPER)
    ink = cv2.compare(small, limit, cv2.CMP_LT)
    if are_solid:
        ink = cv2.morphologyEx(ink, cv2.MORPH_OPEN, THIN)
    contours, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    boxes = np.array([cv2.boundingRect(contour) for contour in contours], np.int64).reshape(-1, 4)
    outer = np.flatnonzero(_fits(boxes))
    shapes = [
        _measure(contours[index], contours, tree[0], index)
        for index in outer.tolist()
        if tree[0][index][3] < 0 and len(contours[index]) >= 4  # noqa: PLR2004 - corners of the smallest shape
    ]
    table = np.array(shapes, np.float64).reshape(-1, 6)
    centers = (table[:, :2] + 0.5) / factor - 0.5
    return Blobs(centers, table[:, 2] / factor, table[:, 3], table[:, 4], table[:, 5])


def _fits(boxes: NDArray[np.int64]) -> NDArray[np.bool_]:
    least, most = boxes[:, 2:].min(axis=1), boxes[:, 2:].max(axis=1)
    low, high = SIDE_RANGE_PX
    return (least >= low) & (most <= high) & (most <= 3 * least)


def _measure(
    contour: cv2.typing.MatLike, contours: Sequence[cv2.typing.MatLike], tree: cv2.typing.MatLike, index: int
) -> tuple[float, float, float, float, float, float]:
    """Return x, y, side, extent, solidity, hollow; areas grow by half a pixel all round."""
    area = _grown_area(contour)
    _, (width, height), _ = cv2.minAreaRect(contour)
    hull = _grown_area(cv2.convexHull(contour))
    holes, child = 0.0, int(tree[index][2])
    while child >= 0:
        holes += cv2.contourArea(contours[child])
        child = int(tree[child][0])
    moments = cv2.moments(contour)
    weight = moments["m00"] or 1.0
    x, y = moments["m10"] / weight, moments["m01"] / weight
    return x, y, area**0.5, min(1.0, area / ((width + 1) * (height + 1))), min(1.0, area / hull), holes / area


def _grown_area(contour: cv2.typing.MatLike) -> float:
    return cv2.contourArea(contour) + cv2.arcLength(contour, closed=True) / 2 + 1
