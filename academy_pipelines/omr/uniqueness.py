"""Would the sheet fit in another place as well? Grids repeat, and sheets look alike upside down."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.alignment import Alignment, RingTargets, proved
from academy_pipelines.omr.geometry import Matrix

SAME_LINE_MM = 0.8
"""Bubbles whose places across a line differ by less stand in one line."""
BLOCKS = 2
MIN_BLOCK = 0.12
"""Of all bubbles: smaller blocks would not carry a sheet's place."""
SAME_PITCH = 0.06
"""Pitches this near, as natural logarithms, are one."""
LOOKED_AT = 200
"""Bubbles from which steps are counted."""
REPEATED = 0.45
"""Share of bubbles that must lie on others after a step for it to count: two blocks of like bubbles have a half."""
BLOCK_STEPS = 2
"""Steps looked at along each axis, besides those to the next bubble."""
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


def block_pitches_mm(places_mm: Points) -> tuple[tuple[float, float], ...]:
    """Return the pitches along x and y of the commonest blocks of bubbles, at most `BLOCKS`, the sheet's own first.

    Empty when no bubbles stand in lines along both axes.
    """
    own = tuple(_pitch(places_mm, axis) or 0.0 for axis in (0, 1))
    if not all(own):
        return ()
    pairs = np.stack([_to_next(places_mm, axis) for axis in (0, 1)], axis=1)
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    found: list[tuple[float, float]] = [(own[0], own[1])]
    while len(found) < BLOCKS and len(pairs):
        unlike = np.min([np.abs(np.log(pairs / one)).max(axis=1) for one in found], axis=0) > SAME_PITCH
        pairs = pairs[unlike]
        if len(pairs) < MIN_BLOCK * len(places_mm):
            break
        alike = np.abs(np.log(pairs[:, None, :] / pairs[None, :, :])).max(axis=2) < SAME_PITCH / 2
        x_mm, y_mm = np.median(pairs[alike[alike.sum(axis=1).argmax()]], axis=0).tolist()
        found.append((x_mm, y_mm))
    return tuple(found)


def _to_next(places_mm: Points, axis: int) -> NDArray[np.float64]:
    """Return how far along `axis` the nearest other bubble of the same line is, (N,); infinite without."""
    gaps = np.abs(places_mm[None, :, :] - places_mm[:, None, :])
    in_line = (gaps[:, :, axis] > SAME_LINE_MM) & (gaps[:, :, 1 - axis] < SAME_LINE_MM)
    return np.asarray(np.where(in_line, gaps[:, :, axis], np.inf).min(axis=1), np.float64)


def rival_steps_mm(places_mm: Points) -> list[tuple[float, float]]:
    """Return the steps (dx, dy) that take many bubbles onto others: to the next one, and to the next block of them."""
    steps = grid_steps_mm(places_mm)
    some = places_mm[:: max(1, len(places_mm) // LOOKED_AT)]
    gaps = (places_mm[None, :, :] - some[:, None, :]).reshape(-1, 2)
    for axis in (0, 1):
        pitch = max((abs(step[axis]) for step in steps), default=0.0)
        along = gaps[(np.abs(gaps[:, 1 - axis]) < SAME_LINE_MM) & (gaps[:, axis] > SAME_LINE_MM), axis]
        between = [far for far in _common(along, REPEATED * len(some)) if pitch and _is_between(far, pitch)]
        for far in between[:BLOCK_STEPS]:
            steps += [(far, 0.0), (-far, 0.0)] if axis == 0 else [(0.0, far), (0.0, -far)]
    return steps


def _is_between(far_mm: float, pitch_mm: float) -> bool:
    return abs(far_mm / pitch_mm - round(far_mm / pitch_mm)) * pitch_mm > SAME_LINE_MM


def _common(values: NDArray[np.float64], least: float) -> list[float]:
    """Return the middles of the runs of like `values` that have at least `least` members, longest run first."""
    order = np.sort(values)
    runs = np.split(order, np.flatnonzero(np.diff(order) > SAME_LINE_MM / 2) + 1)
    long_ones = sorted((run for run in runs if len(run) >= least), key=len, reverse=True)
    return [float(np.median(run)) for run in long_ones]


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
