"""Shapes that may be printed or marked bubbles: round or square outlines, filled or not."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points, as_gray
from academy_pipelines.omr.blobs import shrink

WORK_LONG_SIDE_PX = 2000
ENLARGE_BELOW_PX = 1400
"""Smaller pictures are doubled: a bubble of 3 mm on a sheet that fills a third of them still has 10 px."""
CLOSE_LONG_SIDE_PX = 2200
PAPER_WINDOW_SHARE = 1 / 45
"""Side of the window whose mean is the paper around, as a share of the picture's longer side."""
DARKER = 0.96
"""Ink is darker than its surroundings by this factor and a grey level: rings of pale drop-out ink are."""
STROKE_PX = 9
MIN_STROKE_DEPTH = 4.0
STROKE_OVER_NOISE = 2.0
SIDES_PX = (8, 110)
MAX_ELONGATION = 1.6
MIN_HULL_SHARE = 0.62
"""Of the upright box that the convex outline fills: a disc 0.79, a small one less, a stroke far less."""


@dataclass(frozen=True)
class Shapes:
    """N shapes of a picture: (N, 2) middles in px, and the root of width x height in px, (N,)."""

    centers_px: Points
    side_px: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.side_px)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Shapes":
        """Return the chosen ones."""
        return Shapes(self.centers_px[chosen], self.side_px[chosen])


def find_shapes(page: Gray, *, closely: bool = False) -> Shapes:
    """Return the bubble-like shapes of `page`, the outermost of nested ones; `closely` also pale and small rings."""
    small, factor = shrink(page, WORK_LONG_SIDE_PX)
    if max(small.shape) < (CLOSE_LONG_SIDE_PX if closely else ENLARGE_BELOW_PX):
        small = as_gray(cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR))
        factor *= 2
    boxes = _shapes_of(_darker_than_around(small))
    if closely:
        boxes = _joined(boxes, _shapes_of(_strokes(small)))
    centers = (boxes[:, :2] + boxes[:, 2:] / 2) / factor - 0.5
    return Shapes(centers, np.sqrt(boxes[:, 2:].prod(axis=1)) / factor)


def _joined(boxes: NDArray[np.float64], more: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `boxes` and those of `more` that lie on none of them."""
    if not len(boxes) or not len(more):
        return np.concatenate([boxes, more])
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    gaps = np.abs(
        (more[:, :2] + more[:, 2:] / 2)[:, None, :].astype(np.float32) - middles[None, :, :].astype(np.float32)
    )
    covered = (gaps < 0.3 * boxes[None, :, 2:]) & (boxes[None, :, 2:] > 0.6 * more[:, None, 2:])
    return np.concatenate([boxes, more[~(covered[:, :, 0] & covered[:, :, 1]).max(axis=1)]])


def _darker_than_around(small: Gray) -> Gray:
    """Return what is darker than the mean around it: marks, and rings of strong ink."""
    window = max(15, int(max(small.shape) * PAPER_WINDOW_SHARE)) | 1
    limit = cv2.convertScaleAbs(cv2.blur(small, (window, window)), alpha=DARKER, beta=-1)
    return as_gray(cv2.compare(small, limit, cv2.CMP_LT))


def _strokes(small: Gray) -> Gray:
    """Return thin lines darker than the paper on both sides: rings however pale, also beside dark marks."""
    smooth = cv2.GaussianBlur(small, (3, 3), 0)
    depth = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, np.ones((STROKE_PX, STROKE_PX), np.uint8))
    limit = max(MIN_STROKE_DEPTH, STROKE_OVER_NOISE * float(np.median(depth[::4, ::4])))
    return as_gray(cv2.compare(depth, np.array([limit]), cv2.CMP_GT))


def _shapes_of(ink: Gray) -> NDArray[np.float64]:
    """Return the boxes (x, y, w, h) of the bubble-like outlines in `ink`, (N, 4)."""
    contours, tree = cv2.findContours(ink, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not len(contours):
        return np.zeros((0, 4))
    boxes = np.array([cv2.boundingRect(contour) for contour in contours], np.float64)
    return boxes[_outermost(_bubble_like(contours, boxes), tree[0][:, 3])]


def _bubble_like(contours: Sequence[cv2.typing.MatLike], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = boxes[:, 2:].min(axis=1), boxes[:, 2:].max(axis=1)
    fits = (low >= SIDES_PX[0]) & (high <= SIDES_PX[1]) & (high <= MAX_ELONGATION * low)
    for index in np.flatnonzero(fits).tolist():
        hull = cv2.contourArea(cv2.convexHull(contours[index]))
        width, height = boxes[index, 2:]
        fits[index] = hull > MIN_HULL_SHARE * (width - 1) * (height - 1)
    return fits


def _outermost(fits: NDArray[np.bool_], parents: NDArray[np.int32]) -> NDArray[np.intp]:
    kept: list[int] = []
    for index in np.flatnonzero(fits):
        above = parents[index]
        while above >= 0 and not fits[above]:
            above = parents[above]
        if above < 0:
            kept.append(int(index))
    return np.array(kept, np.intp)
