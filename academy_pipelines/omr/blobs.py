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


def paper_level(small: Gray, share: float = 1.0) -> Gray:
    """Return `share` of the brightness of the paper around every pixel: a closing at quarter size, (H, W) uint8."""
    kernel = np.ones((PAPER_KERNEL_PX, PAPER_KERNEL_PX), np.uint8)
    quarter = _shrunk(small, 4)
    closed = cv2.morphologyEx(quarter, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    size_px = (small.shape[1], small.shape[0])
    return as_gray(cv2.resize(cv2.convertScaleAbs(closed, alpha=share), size_px, interpolation=cv2.INTER_LINEAR))


def shrink(page: Gray, long_side_px: int) -> tuple[Gray, float]:
    """Return `page` made smaller by a whole number, its longer side about `long_side_px`, and its new scale.

    Whole numbers are several times faster; up to that number less one of the last rows and columns are left out.
    """
    times = max(1, round(max(page.shape) / long_side_px))
    return _shrunk(page, times), 1 / times


def _shrunk(page: Gray, times: int) -> Gray:
    """Return `page` with each `times` x `times` pixels averaged; in steps of two where it can be, which is fastest."""
    while times > 1:
        step = 2 if times % 2 == 0 else times
        height_px, width_px = (max(1, side // step) for side in page.shape)
        whole = page[: height_px * step, : width_px * step]
        page = as_gray(cv2.resize(whole, (width_px, height_px), interpolation=cv2.INTER_AREA))
        times //= step
    return page


def find_blobs(page: Gray, *, are_solid: bool = False, long_side_px: int = WORK_LONG_SIDE_PX) -> Blobs:
    """Return the compact dark shapes of `page`, searched at `long_side_px`.

    `are_solid` leaves out rings, letters and lines, which is faster.
    """
    small, factor = shrink(page, long_side_px)
    ink = cv2.compare(small, paper_level(small, INK_BELOW_PAPER), cv2.CMP_LT)
    if are_solid:
        ink = cv2.morphologyEx(ink, cv2.MORPH_OPEN, THIN)
    contours, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not len(contours):
        return Blobs(np.zeros((0, 2)), *np.zeros((4, 0)))
    outlines = _measure(contours)
    parents = tree[0][:, 3]
    inner = np.flatnonzero(parents >= 0)
    holes = np.bincount(parents[inner], weights=outlines.areas[inner], minlength=len(contours))
    chosen = np.flatnonzero(_fits(outlines) & (parents < 0))
    hulls = [cv2.convexHull(contours[index]) for index in chosen.tolist()]
    rectangles = np.array([cv2.minAreaRect(hull)[1] for hull in hulls], np.float64).reshape(-1, 2)
    areas = _grown_areas(outlines)[chosen]
    return Blobs(
        centers_px=(outlines.centers[chosen] + 0.5) / factor - 0.5,
        side_px=np.sqrt(areas) / factor,
        extent=np.minimum(areas / (rectangles + 1).prod(axis=1), 1.0),
        solidity=np.minimum(areas / _grown_areas(_measure(hulls)), 1.0),
        hollow=holes[chosen] / areas,
    )


@dataclass(frozen=True)
class _Outlines:
    """M closed polygons: how many corners, sides of the upright box, centroid, area, length; pixels."""

    corners: NDArray[np.intp]
    sides: NDArray[np.float64]
    centers: Points
    areas: NDArray[np.float64]
    lengths: NDArray[np.float64]


def _measure(contours: Sequence[cv2.typing.MatLike]) -> _Outlines:
    """Return the measures of all `contours` at once; the area is what cv2.contourArea gives (Green's formula)."""
    corners = np.array([len(contour) for contour in contours], np.intp)
    if not len(corners):
        return _Outlines(corners, np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), np.zeros(0))
    starts = np.cumsum(corners) - corners
    points = np.concatenate(contours).reshape(-1, 2).astype(np.float64)
    after = np.arange(1, len(points) + 1)
    after[starts + corners - 1] = starts
    following = points[after]
    cross = points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1]
    length = np.hypot(*(following - points).T)
    table = np.column_stack([cross, length, (points + following) * cross[:, None]])
    sums = np.add.reduceat(table, starts, axis=0)
    sides = np.maximum.reduceat(points, starts, axis=0) - np.minimum.reduceat(points, starts, axis=0) + 1
    double = np.where(sums[:, 0] == 0, 1.0, sums[:, 0])
    return _Outlines(corners, sides, sums[:, 2:] / (3 * double[:, None]), np.abs(sums[:, 0]) / 2, sums[:, 1])


def _fits(outlines: _Outlines) -> NDArray[np.bool_]:
    least, most = outlines.sides.min(axis=1), outlines.sides.max(axis=1)
    low, high = SIDE_RANGE_PX
    return (least >= low) & (most <= high) & (most <= 3 * least) & (outlines.corners >= 4)  # noqa: PLR2004 - of the smallest shape


def _grown_areas(outlines: _Outlines) -> NDArray[np.float64]:
    """Return the areas with half a pixel more all round: contours run through the middles of pixels."""
    return outlines.areas + outlines.lengths / 2 + 1
