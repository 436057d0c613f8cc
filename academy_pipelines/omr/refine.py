"""The exact place of registration marks, measured around their rough places in the full picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.template import Marker

WINDOW = 0.95
"""Half side of the window around a mark, in sides of the mark: paper all round it, no neighbour."""
MIN_CONTRAST = 25
"""Grey levels between a mark and its paper below which nothing is measured."""


def refine_markers(page: Gray, markers: tuple[Marker, ...], rough_px: Points, side_px: NDArray[np.float64]) -> Points:
    """Return where the points that `markers` name lie in `page`, (N, 2); the rough place where unclear.

    `rough_px` are the marks' rough centres and `side_px` their rough sides. "outer corner" kinds
    give the corner that points away from the middle of all marks.
    """
    middle = rough_px.mean(axis=0)
    found = [
        _refine(page, marker, (x, y), side, middle)
        for marker, (x, y), side in zip(markers, rough_px.tolist(), side_px.tolist(), strict=True)
    ]
    return np.array(found, np.float64)


def _refine(
    page: Gray, marker: Marker, rough: tuple[float, float], side_px: float, middle: NDArray[np.float64]
) -> tuple[float, float]:
    half = round(WINDOW * side_px * (1.4 if marker.kind.lower().startswith("l ") else 1)) + 2
    x, y = round(rough[0]), round(rough[1])
    x0, y0 = max(0, x - half), max(0, y - half)
    outline = _outline(page[y0 : y + half + 1, x0 : x + half + 1], side_px, (rough[0] - x0, rough[1] - y0))
    if outline is None:
        return rough
    if "outer corner" in marker.kind:
        corners = np.add(cv2.boxPoints(cv2.minAreaRect(outline)), (x0, y0))
        corner = corners[int(np.argmax((corners - middle) @ (rough - middle)))]
        return float(corner[0]), float(corner[1])
    moments = cv2.moments(outline)
    return x0 + moments["m10"] / moments["m00"], y0 + moments["m01"] / moments["m00"]


def _outline(window: Gray, side_px: float, rough: tuple[float, float]) -> cv2.typing.MatLike | None:
    """Return the largest dark outline that holds the rough place; None when there is none."""
    if min(window.shape) < 4:  # noqa: PLR2004 - nothing to see
        return None
    blur = max(1, round(side_px / 10)) | 1
    smooth = cv2.blur(window, (blur, blur)) if blur > 1 else window
    counts = cv2.calcHist([smooth], [0], None, [256], [0, 256]).cumsum()
    dark, light = (float(level) for level in np.searchsorted(counts, (0.04 * smooth.size, 0.85 * smooth.size), "right"))
    if light - dark < MIN_CONTRAST:
        return None
    _, ink = cv2.threshold(smooth, np.ceil((dark + light) / 2) - 1, 1, cv2.THRESH_BINARY_INV)
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    near = [contour for contour in contours if cv2.pointPolygonTest(contour, rough, measureDist=True) > -side_px / 2]
    if not near:
        return None
    largest = max(near, key=cv2.contourArea)
    return largest if 0.3 * side_px**2 < cv2.contourArea(largest) < 2.5 * side_px**2 else None
