"""The page without registration marks: its own edge against the table, or a printed border."""

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.blobs import paper_level, shrink

WORK_LONG_SIDE_PX = 900
BORDER_LONG_SIDE_PX = 1400
"""A printed line needs more pixels than the edge of the paper."""
MIN_PICTURE_SHARE = 0.08
MAX_ASPECT_RATIO = 1.7
"""How far a quadrilateral's aspect may be from the page's: a sheet seen from the side."""
MAX_QUADS = 6


def paper_edges(page: Gray) -> list[Points]:
    """Return quadrilaterals ((4, 2) px, clockwise) that may be the sheet's edge, largest first."""
    small, factor = shrink(page, WORK_LONG_SIDE_PX)
    smooth = cv2.GaussianBlur(small, (5, 5), 0)
    _, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    edges = cv2.dilate(cv2.Canny(smooth, 30, 90), np.ones((3, 3), np.uint8))
    return _quads([closed.astype(np.uint8), edges.astype(np.uint8)], factor)


def printed_borders(page: Gray) -> list[Points]:
    """Return quadrilaterals ((4, 2) px, clockwise) of closed dark lines, largest first."""
    small, factor = shrink(page, BORDER_LONG_SIDE_PX)
    limit = cv2.convertScaleAbs(paper_level(small), alpha=0.8)
    ink = cv2.compare(small, limit, cv2.CMP_LT)
    return _quads([ink.astype(np.uint8)], factor)


def matches_aspect(quad: Points, width_mm: float, height_mm: float) -> bool:
    """Return whether `quad`, its first corner top left, has the page's shape but for perspective."""
    sides = np.hypot(*(np.roll(quad, -1, axis=0) - quad).T)
    ratio = (sides[0] + sides[2]) / (sides[1] + sides[3]) / (width_mm / height_mm)
    return bool(1 / MAX_ASPECT_RATIO < ratio < MAX_ASPECT_RATIO)


def _quads(masks: list[NDArray[np.uint8]], factor: float) -> list[Points]:
    found: list[tuple[float, Points]] = []
    for mask in masks:
        least = MIN_PICTURE_SHARE * mask.size
        contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            _, _, width, height = cv2.boundingRect(contour)
            if width * height < least:
                continue
            hull = np.asarray(cv2.convexHull(contour), np.int32)
            area = cv2.contourArea(hull)
            if area < least or area > 0.985 * mask.size:
                continue
            quad = _four_corners(hull)
            if quad is not None:
                found.append((area, (quad + 0.5) / factor - 0.5))
    found.sort(key=lambda pair: -pair[0])
    return _distinct([quad for _, quad in found])


def _four_corners(hull: NDArray[np.int32]) -> Points | None:
    length = cv2.arcLength(hull, closed=True)
    for share in (0.01, 0.02, 0.03, 0.05, 0.07):
        corners = cv2.approxPolyDP(hull, share * length, closed=True).reshape(-1, 2)
        if len(corners) == 4:  # noqa: PLR2004 - a page
            ordered = np.asarray(corners, np.float64)
            x, y = ordered[:, 0], ordered[:, 1]
            signed = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
            return ordered if signed > 0 else ordered[::-1]
    return None


def _distinct(quads: list[Points]) -> list[Points]:
    kept: list[Points] = []
    for quad in quads:
        size = float(np.hypot(*(quad[2] - quad[0])))
        turns = [np.roll(other, turn, axis=0) for other in kept for turn in range(4)]
        if all(float(np.abs(quad - other).max()) > 0.015 * size for other in turns):
            kept.append(quad)
    return kept[:MAX_QUADS]
