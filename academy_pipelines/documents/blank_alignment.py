"""Where a blank form lies in the picture of a page that somebody wrote on."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, as_gray

Matrix = NDArray[np.float64]
"""(3, 3) float64, a homography from pixels of one picture to pixels of another."""

TO_MIDDLE = 0.5
"""Boxes count edges of pixels, OpenCV their centres."""


@dataclass(frozen=True, slots=True)
class AlignmentPolicy:
    """How the blank form is looked for."""

    long_side_px: int = 1200
    """Size at which features are compared: a letter of 3 mm has 12 px on A4."""
    features: int = 4000
    most_alike: float = 0.8
    """A feature counts when its nearest match is that much nearer than the second (D. Lowe, "Distinctive image
    features from scale-invariant keypoints", IJCV 2004)."""
    tolerance_px: float = 4.0
    least_inliers: int = 25
    area_ratio: tuple[float, float] = (0.1, 4.0)
    """Of the form in the picture to the picture."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where the form lies: `matrix` leads from the blank's pixels to the page's; `inliers` features agree on it.

    `matrix` is None when it was not found, for `reason`.
    """

    matrix: Matrix | None
    inliers: int
    reason: str | None = None


def align(page: Gray, blank: Gray, policy: AlignmentPolicy = AlignmentPolicy()) -> Alignment:
    """Find the form `blank` on `page` by what is printed on it, turned by any angle.

    ORB features (E. Rublee et al., ICCV 2011) and a homography by RANSAC; the result is the same every time.
    """
    (seen, seen_scale), (known, known_scale) = (reduced(one, policy.long_side_px) for one in (page, blank))
    finder = cv2.ORB.create(policy.features, fastThreshold=10)
    page_points, page_words = finder.detectAndCompute(seen, None)  # pyright: ignore[reportCallIssue, reportArgumentType]
    points, words = finder.detectAndCompute(known, None)  # pyright: ignore[reportCallIssue, reportArgumentType]
    if len(points) < policy.least_inliers:
        return Alignment(None, 0, "too little is printed on the blank page to find it by")
    if len(page_points) < policy.least_inliers:
        return Alignment(None, 0, "nearly nothing is printed on the page")
    pairs = _pairs(np.asarray(words, np.uint8), np.asarray(page_words, np.uint8), policy)
    if len(pairs) < policy.least_inliers:
        return Alignment(None, 0, _few(len(pairs), policy))
    start = np.array([points[first].pt for first, _ in pairs], np.float64) / known_scale
    end = np.array([page_points[second].pt for _, second in pairs], np.float64) / seen_scale
    found, kept = cv2.findHomography(start, end, cv2.RANSAC, policy.tolerance_px / seen_scale, maxIters=4000)
    inliers = int(np.count_nonzero(kept))  # none when there is no homography at all, and then no mask either
    if inliers < policy.least_inliers:
        return Alignment(None, inliers, _few(inliers, policy))
    matrix = np.asarray(found, np.float64)
    if not _is_plausible(matrix, blank, page, policy):
        return Alignment(None, inliers, "the blank page would lie on the page in a way that no sheet of paper can")
    return Alignment(matrix, inliers)


def carried(blank: Gray, matrix: Matrix, size_px: tuple[int, int]) -> Gray:
    """Return `blank` as it lies in a picture of `size_px` (width, height), white around."""
    moved = cv2.warpPerspective(
        blank, matrix, size_px, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=(255.0,)
    )
    return as_gray(moved)


def corners_of(left: float, top: float, right: float, bottom: float, matrix: Matrix) -> Matrix:
    """Return where the corners of a box come to lie, (4, 2) float64 clockwise from its top left."""
    box = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64) - TO_MIDDLE
    moved = cv2.perspectiveTransform(box[None], matrix)[0]
    return np.asarray(moved, np.float64) + TO_MIDDLE


def _few(count: int, policy: AlignmentPolicy) -> str:
    return f"the blank page does not fit: {count} printed details agree, {policy.least_inliers} are needed"


def reduced(picture: Gray, long_side_px: int) -> tuple[Gray, float]:
    """Return `picture` with that long side, and the factor; a small picture stays as it is."""
    scale = long_side_px / max(picture.shape)
    if scale >= 1:
        return picture, 1.0
    return as_gray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)), scale


def _pairs(words: NDArray[np.uint8], page_words: NDArray[np.uint8], policy: AlignmentPolicy) -> list[tuple[int, int]]:
    matches = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(words, page_words, k=2)
    clear = [pair[0] for pair in matches if len(pair) > 1 and pair[0].distance < policy.most_alike * pair[1].distance]
    return [(match.queryIdx, match.trainIdx) for match in clear]


def _is_plausible(matrix: Matrix, blank: Gray, page: Gray, policy: AlignmentPolicy) -> bool:
    height_px, width_px = blank.shape
    box = np.array([(0, 0, 1), (width_px, 0, 1), (width_px, height_px, 1), (0, height_px, 1)], np.float64)
    if np.any((box @ matrix.T)[:, 2] <= 0):
        return False
    corners = corners_of(0, 0, width_px, height_px, matrix).astype(np.float32)
    low, high = policy.area_ratio
    is_mirrored = np.linalg.det(matrix[:2, :2]) <= 0
    return bool(cv2.isContourConvex(corners) and low < cv2.contourArea(corners) / page.size < high and not is_mirrored)
