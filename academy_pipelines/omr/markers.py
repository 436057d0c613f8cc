"""The page by its printed registration marks: four corner marks in any of four rotations.

Candidates for each corner come from the shapes of the picture; every combination that keeps the
marks' order, is convex and agrees with their printed sizes under its own perspective is a
hypothesis, best first. Whether it is right is decided by the rings, not here.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.blobs import Blobs
from academy_pipelines.omr.geometry import Matrix, scales_at
from academy_pipelines.omr.template import Marker, SheetTemplate, remembered

MAX_QUADS = 150
POOLS = (5, 8, 16)
"""Candidates tried for each corner: the likeliest first, more of them only when those fail."""
MAX_SIZE_RATIO = 2.6
"""Largest ratio of the sides of like marks in one picture: perspective of a sheet held askew."""
MIN_PICTURE_SHARE = 0.04
"""Smallest area of the four marks' quadrilateral, as a share of the picture."""
MISSING_EXTRA_PENALTY = 1.0
"""What an absent orientation mark costs, in the unit of `_misfit` (logarithm of sizes)."""

SMALL_PENALTY = 0.1
"""What a quadrilateral costs per e-fold by which it is smaller than the picture."""

TRIED = 24
"""Hypotheses for which the orientation mark is looked for."""


@dataclass(frozen=True)
class MarkerFit:
    """One hypothesis: `blob_index` of the corner marks in template order, and what it implies."""

    matrix: Matrix
    blob_index: tuple[int, int, int, int]
    misfit: float
    extras_found: bool


@remembered
def corner_markers(template: SheetTemplate) -> tuple[Marker, ...]:
    """Return the marks nearest to the corners: top left, then clockwise; empty if they are not four."""
    if len(template.markers) < 4:  # noqa: PLR2004 - corners of a page
        return ()
    turns = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    found = tuple(
        max(template.markers, key=lambda mark: sx * mark.center.x_mm + sy * mark.center.y_mm) for sx, sy in turns
    )
    return found if len({mark.id for mark in found}) == 4 else ()  # noqa: PLR2004 - as above


@remembered
def extra_markers(template: SheetTemplate) -> tuple[Marker, ...]:
    """Return the marks that are not at the corners: they tell which way up the page is."""
    corners = {mark.id for mark in corner_markers(template)}
    return tuple(mark for mark in template.markers if mark.id not in corners)


def printed_side_mm(marker: Marker) -> float | None:
    """Return the side that the mark's kind names ("square 6mm centre"), or None."""
    found = re.search(r"(\d+(?:\.\d+)?)\s*mm", marker.kind)
    return float(found[1]) if found else None


def candidates_for(marker: Marker, blobs: Blobs, pool: int) -> NDArray[np.intp]:
    """Return the indices of the shapes that may be `marker`, likeliest first, at most `pool`."""
    kind = marker.kind.lower()
    if "target" in kind or "ring" in kind:
        fits = (blobs.solidity > 0.85) & (blobs.extent > 0.65) & (blobs.extent < 0.92) & (blobs.hollow > 0.05)  # noqa: PLR2004 - a disc has 0.79
        rank = blobs.side_px
    elif kind.startswith("l "):
        fits = (blobs.solidity > 0.7) & (blobs.solidity < 0.95) & (blobs.extent > 0.55) & (blobs.hollow < 0.15)  # noqa: PLR2004 - an L has 0.86 and 0.75
        rank = blobs.side_px
    else:
        fits = (blobs.solidity > 0.85) & (blobs.extent > 0.7) & (blobs.hollow < 0.15)  # noqa: PLR2004 - a square has 1
        rank = blobs.side_px * blobs.extent**4
    chosen = np.flatnonzero(fits)
    return chosen[np.argsort(-rank[chosen])][:pool]


def fit_markers(template: SheetTemplate, blobs: Blobs, picture_area_px: float, pool: int) -> list[MarkerFit]:
    """Return hypotheses about where the page lies, from `pool` shapes a corner, best first."""
    corners = corner_markers(template)
    kinds = {marker.kind: marker for marker in corners}
    by_kind = {kind: candidates_for(marker, blobs, pool) for kind, marker in kinds.items()}
    pools = [by_kind[marker.kind] for marker in corners]
    if not corners or not all(len(pool) for pool in pools):
        return []
    quads = _plausible_quads(corners, pools, blobs, picture_area_px)
    if not len(quads):
        return []
    places_mm = np.array([(mark.center.x_mm, mark.center.y_mm) for mark in corners])
    matrices = homographies(places_mm, blobs.centers_px[quads])
    misfits = _size_misfits(corners, blobs.side_px[quads], matrices, places_mm)
    misfits += SMALL_PENALTY * np.log(picture_area_px / quad_areas(blobs.centers_px[quads]))
    likeliest = np.argsort(misfits)[:TRIED]
    has_extras = bool(extra_markers(template))
    found = extras_are_there(template, blobs, matrices[likeliest])
    misfits[likeliest] += np.where(found, 0.0, MISSING_EXTRA_PENALTY)
    there = dict(zip(likeliest.tolist(), (found & has_extras).tolist(), strict=True))
    best_first = sorted(there, key=lambda index: misfits[index])
    return [MarkerFit(matrices[i], _four(quads[i]), float(misfits[i]), there[i]) for i in best_first]


def _plausible_quads(
    corners: tuple[Marker, ...], pools: list[NDArray[np.intp]], blobs: Blobs, picture_area_px: float
) -> NDArray[np.intp]:
    """Return (Q, 4) blob indices: distinct, clockwise, convex, large, like marks of like size; at most MAX_QUADS."""
    quads = _clockwise(_choices(pools), blobs.centers_px)
    area = quad_areas(blobs.centers_px[quads])
    size = np.log(blobs.side_px[quads])
    spread = np.zeros(len(quads))
    for kind in {mark.kind for mark in corners}:
        like = size[:, [mark.kind == kind for mark in corners]]
        spread = np.maximum(spread, like.max(axis=1) - like.min(axis=1))
    fits = np.flatnonzero((area > MIN_PICTURE_SHARE * picture_area_px) & (spread < np.log(MAX_SIZE_RATIO)))
    cost = spread[fits] - 0.5 * size[fits].mean(axis=1) - np.log(area[fits]) * 0.25
    return quads[fits[np.argsort(cost)[:MAX_QUADS]]]


def _choices(pools: list[NDArray[np.intp]]) -> NDArray[np.intp]:
    """Return every way to take one of each of the four `pools`, (Q, 4); without repetition where they are alike."""
    if all(np.array_equal(pool, pools[0]) for pool in pools[1:]):
        return pools[0][_permutations(len(pools[0]))]
    return np.stack(np.meshgrid(*pools, indexing="ij"), axis=-1).reshape(-1, 4)


@cache
def _permutations(count: int) -> NDArray[np.intp]:
    return np.array(list(permutations(range(count), 4)), np.intp).reshape(-1, 4)


def _clockwise(quads: NDArray[np.intp], centers_px: Points) -> NDArray[np.intp]:
    """Return those of (Q, 4) `quads` that are convex and run clockwise: every corner turns right."""
    points = centers_px[quads]
    edges = points[:, (1, 2, 3, 0)] - points
    following = edges[:, (1, 2, 3, 0)]
    turns = edges[:, :, 0] * following[:, :, 1] - edges[:, :, 1] * following[:, :, 0]
    return quads[(turns > 0).all(axis=1)]


def homographies(places_mm: Points, quads_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (Q, 3, 3) matrices that take four page points to each of `quads_px` ((Q, 4, 2)).

    The direct linear transform with the last element fixed to 1, as in Hartley and Zisserman,
    Multiple View Geometry, section 4.1.
    """
    count = len(quads_px)
    system = np.zeros((count, 8, 8))
    x, y = places_mm[:, 0], places_mm[:, 1]
    for axis, rows in ((0, slice(0, 4)), (1, slice(4, 8))):
        target = quads_px[:, :, axis]
        system[:, rows, 3 * axis] = x
        system[:, rows, 3 * axis + 1] = y
        system[:, rows, 3 * axis + 2] = 1
        system[:, rows, 6] = -x * target
        system[:, rows, 7] = -y * target
    aim = np.concatenate([quads_px[:, :, 0], quads_px[:, :, 1]], axis=1)
    solved = np.linalg.solve(system, aim[:, :, None])[:, :, 0]
    return np.asarray(np.concatenate([solved, np.ones((count, 1))], axis=1).reshape(-1, 3, 3), np.float64)


def _four(quad: NDArray[np.intp]) -> tuple[int, int, int, int]:
    return int(quad[0]), int(quad[1]), int(quad[2]), int(quad[3])


def _size_misfits(
    corners: tuple[Marker, ...], sides_px: NDArray[np.float64], matrices: NDArray[np.float64], places_mm: Points
) -> NDArray[np.float64]:
    """Return how far each quad's marks are from their printed size, or from each other: mean |log ratio|, (Q,)."""
    scales = scales_at(matrices, places_mm)
    logs = np.log(np.maximum(sides_px / np.maximum(scales, 1e-6), 1e-6))
    misfits = np.zeros_like(logs)
    for kind in {mark.kind for mark in corners}:
        like = [role for role in range(4) if corners[role].kind == kind]
        side_mm = printed_side_mm(corners[like[0]])
        expected = logs[:, like].mean(axis=1, keepdims=True) if side_mm is None else np.log(side_mm)
        misfits[:, like] = np.abs(logs[:, like] - expected)
    return np.asarray(misfits.mean(axis=1), np.float64)


def extras_are_there(template: SheetTemplate, blobs: Blobs, matrices: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each of (Q, 3, 3) `matrices` whether every mark that is not at a corner is there, (Q,)."""
    there = np.ones(len(matrices), np.bool_)
    for marker in extra_markers(template):
        there &= _is_there(marker, blobs, matrices)
    return there


def _is_there(marker: Marker, blobs: Blobs, matrices: NDArray[np.float64]) -> NDArray[np.bool_]:
    place_mm = np.array([[marker.center.x_mm, marker.center.y_mm]])
    side_mm = printed_side_mm(marker) or 3.0
    homogeneous = matrices @ np.array([marker.center.x_mm, marker.center.y_mm, 1.0])
    places_px = homogeneous[:, None, :2] / homogeneous[:, None, 2:]
    scale = np.maximum(scales_at(matrices, place_mm), 1e-9)
    distance_mm = np.sqrt(((blobs.centers_px[None, :, :] - places_px) ** 2).sum(axis=2)) / scale
    ratio = blobs.side_px[None, :] / scale / side_mm
    return ((distance_mm < 0.6 * side_mm) & (ratio > 0.55) & (ratio < 1.6)).max(axis=1, initial=False)  # noqa: PLR2004 - shares of the mark's side


def quad_areas(quads_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signed areas of (Q, 4, 2) quadrilaterals: positive when clockwise in the picture."""
    first, second = quads_px[:, 2] - quads_px[:, 0], quads_px[:, 3] - quads_px[:, 1]
    return np.asarray(0.5 * (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]), np.float64)
