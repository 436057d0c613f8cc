"""Would the sheet fit in another place as well? Grids repeat, and sheets look alike upside down."""

from dataclasses import replace

import numpy as np

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.alignment import Alignment, RingTargets, proved
from academy_pipelines.omr.geometry import Matrix

SAME_LINE_MM = 0.8
"""Bubbles whose places across a line differ by less stand in one line."""
SAME_PLACE_RADII = 0.6
"""A ring this far from its place, in its radii, may still be taken for it."""


def half_turn(size_mm: tuple[float, float]) -> Matrix:
    """Return the matrix that turns the page by 180 degrees about its middle."""
    return np.array([[-1, 0, size_mm[0]], [0, -1, size_mm[1]], [0, 0, 1]], np.float64)


def upside_down_share(page: Gray, targets: RingTargets, alignment: Alignment) -> float:
    """Return the share of rings found when the page is taken upside down."""
    turned = replace(alignment, matrix=alignment.matrix @ half_turn(targets.size_mm), bend=())
    return proved(page, targets, turned).share


def grid_steps_mm(places_mm: Points) -> list[tuple[float, float]]:
    """Return the commonest steps (dx, dy) to the next bubble along x and along y, both ways."""
    steps: list[tuple[float, float]] = []
    for axis in (0, 1):
        pitch = _pitch(places_mm, axis)
        if pitch:
            one = (pitch, 0.0) if axis == 0 else (0.0, pitch)
            steps += [one, (-one[0], -one[1])]
    return steps


def expected_loss(targets: RingTargets, step_mm: tuple[float, float]) -> float:
    """Return the share of bubbles that have no other bubble one step further: what a shifted page would miss."""
    moved = targets.places_mm + np.array(step_mm)
    distance = np.hypot(*(moved[:, None, :] - targets.places_mm[None, :, :]).transpose(2, 0, 1))
    return float((distance.min(axis=1) > SAME_PLACE_RADII * targets.radii_mm.min(axis=1)).mean())


def shifted(alignment: Alignment, step_mm: tuple[float, float]) -> Alignment:
    """Return `alignment` with the page moved by `step_mm`."""
    move = np.array([[1, 0, step_mm[0]], [0, 1, step_mm[1]], [0, 0, 1]], np.float64)
    return replace(alignment, matrix=alignment.matrix @ move)


def _pitch(places_mm: Points, axis: int) -> float | None:
    gaps = places_mm[None, :, :] - places_mm[:, None, :]
    along, across = gaps[:, :, axis], np.abs(gaps[:, :, 1 - axis])
    ahead = np.where((along > SAME_LINE_MM) & (across < SAME_LINE_MM), along, np.inf).min(axis=1)
    known = ahead[np.isfinite(ahead)]
    return float(np.median(known)) if len(known) else None
