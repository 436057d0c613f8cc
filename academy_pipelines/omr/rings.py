"""Proof of alignment: are the printed outlines of the bubbles where the template says?

A ring is found when it is darker than the paper just outside at most angles around the bubble: a
sign test, so neither contrast nor brightness matters, and neither does what was written inside.
On 45 drawn sheets of known truth, right placements on flat paper showed at least 0.97 of their rings,
bent ones as little as a third before the bend was fitted, and wrong sets of marks at most 0.2. A grid
moved by one row still shows most of its rings: see `uniqueness`.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.geometry import Matrix, jacobians, project
from academy_pipelines.omr.sampling import Ellipses, Samples, circle_points, sample_around

ANGLES = 24
RING_RADII = np.array([0.7, 0.78, 0.86, 0.93, 1.0, 1.07, 1.14, 1.22])
"""Where the printed line may lie, in radii: templates are measured by hand."""
OUTSIDE_RADII = np.array([1.36, 1.44, 1.52])
DARKER_BY = 0.015
"""A ring pixel counts when it is darker than the paper outside by this share."""
MAX_OFFSETS = 120
CLEARLY_ROUND = 0.9
"""With this share of rings found as circles, squares are not looked for."""
MIN_ANGLE_SHARE = 0.75
"""18 of 24 angles: chance alone reaches that once in ninety bubbles."""


_RADII = np.concatenate([RING_RADII, OUTSIDE_RADII])
_ROUND_POINTS = circle_points(_RADII, ANGLES)
_SQUARE_POINTS = circle_points(_RADII, ANGLES, square=True)
_EACH_ANGLE = np.ones(ANGLES, np.float32)
_MEAN_OF_ANGLES = 2 / ANGLES * circle_points(np.ones(1), ANGLES)
"""Takes the reach of an outline at every angle to its middle: the first harmonic, (ANGLES, 2)."""


def _no_offsets() -> NDArray[np.float64]:
    return np.zeros((0, 2))


@dataclass(frozen=True)
class RingProof:
    """How many of the expected rings were found, and what they look like on this sheet."""

    share: float
    found: NDArray[np.bool_]
    radius: float
    """Of the line's middle, in the template's radii."""
    square: bool
    offsets: NDArray[np.float64] = field(default_factory=_no_offsets)
    """How far the found rings' darkest lines lie beside their places, in radii along the page's axes, (F, 2)."""


def ellipses_at(matrix: Matrix, places_mm: NDArray[np.float64], radii_mm: NDArray[np.float64]) -> Ellipses:
    """Return the bubbles at `places_mm` with `radii_mm` ((N, 2) each) as they lie in the picture."""
    return Ellipses(project(matrix, places_mm), jacobians(matrix, places_mm) * radii_mm[:, None, :])


def prove_rings(page: Gray, ellipses: Ellipses) -> RingProof:
    """Return the share of `ellipses` that are printed in `page`, for the outline that fits most of them."""
    round_ones = _prove_shape(page, ellipses, square=False)
    if round_ones.share >= CLEARLY_ROUND:
        return round_ones
    return max(round_ones, _prove_shape(page, ellipses, square=True), key=lambda proof: proof.share)


def _prove_shape(page: Gray, ellipses: Ellipses, *, square: bool) -> RingProof:
    samples = sample_around(page, ellipses, _SQUARE_POINTS if square else _ROUND_POINTS)
    by_radius: Samples = samples.reshape(-1, len(RING_RADII) + len(OUTSIDE_RADII), ANGLES)
    lines = by_radius[:, : len(RING_RADII)]
    bands = lines[:, :-2] + lines[:, 1:-1]
    bands += lines[:, 2:]
    outside = by_radius[:, len(RING_RADII) :].sum(axis=1) * np.float32(3 / len(OUTSIDE_RADII))
    darker = bands < (outside * np.float32(1 - DARKER_BY))[:, None, :]
    found = darker.astype(np.float32) @ _EACH_ANGLE >= MIN_ANGLE_SHARE * ANGLES
    depth = 1 - bands @ _EACH_ANGLE / np.maximum(outside @ _EACH_ANGLE, 3 * ANGLES)[:, None]
    typical = np.sort(np.nan_to_num(depth, copy=False), axis=0)[len(depth) // 2]
    best = int((found.mean(axis=0) + typical).argmax())
    seen = found[:, best]
    offsets = _no_offsets() if square else _offsets(lines[np.flatnonzero(seen)[:MAX_OFFSETS]])
    return RingProof(float(seen.mean()), seen, float(RING_RADII[best + 1]), square, offsets)


def _offsets(lines: Samples) -> NDArray[np.float64]:
    """Return where the outlines' middles lie, from the radius at which each of the angles is darkest, (F, 2)."""
    return np.asarray(RING_RADII[lines.argmin(axis=1)] @ _MEAN_OF_ANGLES, np.float64)
