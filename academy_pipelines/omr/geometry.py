"""Plane geometry between the page (millimetres) and the picture (pixels).

A homography is a (3, 3) float64 matrix that takes page millimetres to picture pixels; points
are (N, 2) float64, one (x, y) per row. A `Bend` is a smooth displacement on the page, in
millimetres, applied before the homography: paper that is not flat.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points

Matrix = NDArray[np.float64]
"""(3, 3) float64."""

HORIZON = 1e-9
"""Depth below which a point counts as lying on the horizon, to divide by something."""

BEND_TERMS = 10
"""Terms of a full cubic polynomial in two variables."""


def fit_homography(page_mm: Points, picture_px: Points) -> Matrix:
    """Return the least-squares matrix from `page_mm` to `picture_px` ((N, 2), N >= 4); zeros if there is none."""
    matrix = np.array(cv2.findHomography(page_mm, picture_px, 0)[0], np.float64)
    return matrix if matrix.shape == (3, 3) and np.isfinite(matrix).all() else np.zeros((3, 3))


def project(matrix: Matrix, points: Points) -> Points:
    """Return `points` ((N, 2)) taken through `matrix`; points on its horizon become very large."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    depth = homogeneous[:, 2:]
    return homogeneous[:, :2] / np.where(np.abs(depth) < HORIZON, HORIZON, depth)


def jacobians(matrix: Matrix, points: Points) -> NDArray[np.float64]:
    """Return the (N, 2, 2) derivatives of `project` at `points`: px per mm."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    depth = homogeneous[:, 2][:, None, None]
    place = (homogeneous[:, :2] / homogeneous[:, 2:])[:, :, None]
    return np.asarray((matrix[None, :2, :2] - place * matrix[None, 2:3, :2]) / depth, np.float64)


def scale_at(matrix: Matrix, points: Points) -> NDArray[np.float64]:
    """Return the local scale in px per mm at every point: the square root of the area ratio, |det| / depth^3."""
    depth = points @ matrix[2, :2] + matrix[2, 2]
    area = np.abs(np.linalg.det(matrix)) / np.maximum(np.abs(depth) ** 3, HORIZON)
    return np.asarray(np.sqrt(area), np.float64)


def scales_at(matrices: NDArray[np.float64], points: Points) -> NDArray[np.float64]:
    """Return `scale_at` of `points` ((N, 2)) for each of `matrices` ((Q, 3, 3)), (Q, N)."""
    depth = matrices[:, 2, :2] @ points.T + matrices[:, 2, 2:]
    area = np.abs(np.linalg.det(matrices))[:, None] / np.maximum(np.abs(depth) ** 3, HORIZON)
    return np.asarray(np.sqrt(area), np.float64)


def rotation_cw_deg(matrix: Matrix, center_mm: Points) -> int:
    """Return by which of 0, 90, 180, 270 degrees clockwise the page lies in the picture."""
    along_x = jacobians(matrix, center_mm)[0, :, 0]
    return round(float(np.degrees(np.arctan2(along_x[1], along_x[0]))) / 90) * 90 % 360


def corners_of(width: float, height: float) -> Points:
    """Return the corners of the rectangle from the origin: top left, then clockwise, (4, 2)."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def bend_basis(points_mm: Points, width_mm: float, height_mm: float) -> NDArray[np.float64]:
    """Return the (N, 10) cubic monomials at page points, with the page scaled to -1..1."""
    u = 2 * points_mm[:, 0] / width_mm - 1
    v = 2 * points_mm[:, 1] / height_mm - 1
    one = np.ones_like(u)
    return np.stack([one, u, v, u * u, u * v, v * v, u**3, u * u * v, u * v * v, v**3], axis=1)


def bent(points_mm: Points, bend: Sequence[float], size_mm: tuple[float, float]) -> Points:
    """Return page points moved by `bend` (20 coefficients in mm, x then y; empty: not moved)."""
    if not bend:
        return points_mm
    coefficients = np.asarray(bend, np.float64).reshape(2, BEND_TERMS)
    return points_mm + bend_basis(points_mm, *size_mm) @ coefficients.T
