"""The sheet as a flat upright picture, for people to look at: nothing is read from it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, as_gray
from academy_pipelines.omr.geometry import bent, project
from academy_pipelines.omr.registration import Registration
from academy_pipelines.omr.template import SheetTemplate

_MAP_STEP_PX = 16
NEARLY = 0.1
"""A page of 5.8 px/mm may be halved for a picture of 3 px/mm."""


def align_page(page: Gray, registration: Registration, template: SheetTemplate, px_per_mm: float = 6.0) -> Gray:
    """Return the sheet flat and upright at `px_per_mm`, white where the picture does not reach."""
    size = (round(template.width_mm * px_per_mm), round(template.height_mm * px_per_mm))
    times = max(1, int(registration.px_per_mm / px_per_mm + NEARLY))
    shrunk = _shrunk(page, times)
    if registration.bend:
        x, y = (_shrunk_places(places, times) for places in _bent_map(registration, template, size, px_per_mm))
        return as_gray(cv2.remap(shrunk, x, y, cv2.INTER_LINEAR, borderValue=(255,)))
    to_mm = np.array([[1 / px_per_mm, 0, 0.5 / px_per_mm], [0, 1 / px_per_mm, 0.5 / px_per_mm], [0, 0, 1]])
    to_shrunk = np.array([[1, 0, (1 - times) / 2], [0, 1, (1 - times) / 2], [0, 0, times]])
    to_page = to_shrunk @ registration.matrix @ to_mm
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return as_gray(cv2.warpPerspective(shrunk, to_page, size, flags=flags, borderValue=(255,)))


def _shrunk(page: Gray, times: int) -> Gray:
    """Return the means of blocks of `times` by `times` pixels: sampling alone would skip pixels, and thin lines."""
    if times == 1:
        return page
    height, width = (side // times for side in page.shape)
    blocks = page[: height * times, : width * times]
    return as_gray(cv2.resize(blocks, (width, height), interpolation=cv2.INTER_AREA))


def _shrunk_places(places: NDArray[np.float32], times: int) -> NDArray[np.float32]:
    """Return where pixels' centres lie in a page that is shrunk."""
    return (places - np.float32((times - 1) / 2)) / np.float32(times)


def _bent_map(
    registration: Registration, template: SheetTemplate, size: tuple[int, int], px_per_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the picture's x and y for every pixel of the flat page, exact every `_MAP_STEP_PX` and linear between."""
    columns, rows = (-(-side // _MAP_STEP_PX) + 2 for side in size)
    u, v = np.meshgrid(np.arange(columns) - 0.5, np.arange(rows) - 0.5)
    points_mm = np.asarray(np.stack([u.ravel(), v.ravel()], axis=1) * (_MAP_STEP_PX / px_per_mm), np.float64)
    moved = bent(points_mm, registration.bend, (template.width_mm, template.height_mm))
    coarse = project(registration.matrix, moved).astype(np.float32).reshape(rows, columns, 2)
    fine = cv2.resize(coarse, (columns * _MAP_STEP_PX, rows * _MAP_STEP_PX), interpolation=cv2.INTER_LINEAR)
    inner = np.asarray(fine, np.float32)[_MAP_STEP_PX:, _MAP_STEP_PX:][: size[1], : size[0]]
    return np.ascontiguousarray(inner[..., 0]), np.ascontiguousarray(inner[..., 1])
