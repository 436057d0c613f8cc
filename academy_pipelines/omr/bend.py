"""Paper that is not flat: rings are searched near their expected places, and a smooth bend fitted.

Every ring votes with the displacement at which its outline is darkest against the paper outside
it. A cubic polynomial of the page takes the votes by iteratively reweighted least squares with a
small ridge; registration marks, where known, pin it down. Single rings that were overdrawn or
missed are outvoted.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.geometry import BEND_TERMS, bend_basis
from academy_pipelines.omr.rings import RingProof
from academy_pipelines.omr.sampling import Ellipses, row_percentile, sample_around

STEPS_PER_RADIUS = 9
PAPER_STRIDE = 5
"""Every how many-th sample is looked at for the paper's brightness."""
KERNEL_RADII = 1.5
LINE_RADII = 0.11
"""Half the width of the band in which the printed line is looked for."""
MAX_SEARCH_MM = 1.4
"""Further off, the nearest ring is as likely a neighbour's; the worst bent sheet measured was off by 1.2 mm."""
MAX_SEARCH_PITCH = 0.3
"""Never search further than this share of the distance to the nearest other bubble."""
MIN_STRENGTH = 0.4
"""Votes weaker than this share of the typical one are not heard."""
OUTLIER_MM = 0.4
RIDGE = 0.02
PIN_WEIGHT = 5.0


@dataclass(frozen=True)
class RingVotes:
    """Displacement in mm ((N, 2), page axes) and weight 0..1 of every ring."""

    offsets_mm: NDArray[np.float64]
    weights: NDArray[np.float64]


def search_rings(
    page: Gray, ellipses: Ellipses, radii_mm: NDArray[np.float64], reach_mm: float, look: RingProof
) -> RingVotes:
    """Return where each ring is found within `reach_mm` of its expected place."""
    reach = float(reach_mm / np.median(radii_mm))
    half = int(np.ceil((KERNEL_RADII + reach) * STEPS_PER_RADIUS))
    line = np.arange(-half, half + 1) / STEPS_PER_RADIUS
    x, y = np.meshgrid(line, line)
    samples = sample_around(page, ellipses, np.stack([x.ravel(), y.ravel()], axis=1))
    samples /= np.maximum(row_percentile(samples[:, ::PAPER_STRIDE], 75), 1).astype(np.float32)[:, None]
    relative = np.nan_to_num(samples, copy=False, nan=1.0).clip(0, 1.1, out=samples)
    steps, heights = _peaks(relative @ _shifted_kernels(half, look.radius, square=look.square))
    strength = heights / max(float(np.median(heights)), 1e-6)
    weights = np.where(strength >= MIN_STRENGTH, np.minimum(strength, 1.0), 0.0)
    return RingVotes(steps / STEPS_PER_RADIUS * radii_mm, weights)


def fit_bend(
    places_mm: Points, votes: RingVotes, pins_mm: Points, size_mm: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (20 coefficients, which rings agree): places may not move at `pins_mm`."""
    basis = bend_basis(np.vstack([places_mm, pins_mm]), *size_mm)
    aim = np.vstack([votes.offsets_mm, np.zeros_like(pins_mm)])
    base = np.concatenate([votes.weights, np.full(len(pins_mm), PIN_WEIGHT)])
    weights = base.copy()
    coefficients = np.zeros((BEND_TERMS, 2))
    residual = np.zeros(len(base))
    ridge = RIDGE * np.eye(BEND_TERMS) * max(float(base.sum()), 1.0) / 10
    for cut_mm in (1.2, 0.8, 0.6, OUTLIER_MM, OUTLIER_MM):
        weighted = basis * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ aim)
        residual = np.hypot(*(aim - basis @ coefficients).T)
        weights = base * (residual < cut_mm) / (1 + (residual / 0.15) ** 2)
    agree = (residual < OUTLIER_MM) & (base > 0)
    return np.asarray(coefficients.T.reshape(-1), np.float64), agree[: len(places_mm)]


def reach_mm(places_mm: Points) -> float:
    """Return how far rings may be searched without meeting a neighbour."""
    if len(places_mm) < 2:  # noqa: PLR2004 - a neighbour needs two
        return MAX_SEARCH_MM
    gaps = np.hypot(*(places_mm[:, None, :] - places_mm[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    return min(MAX_SEARCH_MM, MAX_SEARCH_PITCH * float(gaps.min()))


@lru_cache(maxsize=32)
def _shifted_kernels(half: int, radius: float, *, square: bool) -> NDArray[np.float32]:
    """Return the ring's kernel at every shift, over patches of 2 `half` + 1 steps a side: (steps, shifts).

    Multiplied by a patch it tells how much darker the ring's line is than the paper outside it, for each shift.
    """
    kernel = _ring_kernel(radius, square=square)
    side, shifts = len(kernel), 2 * half + 2 - len(kernel)
    shifted = np.zeros((shifts, shifts, 2 * half + 1, 2 * half + 1), np.float32)
    for row, column in np.ndindex(shifts, shifts):
        shifted[row, column, row : row + side, column : column + side] = kernel
    return np.ascontiguousarray(shifted.reshape(shifts**2, -1).T)


def _ring_kernel(radius: float, *, square: bool) -> NDArray[np.float32]:
    half = int(KERNEL_RADII * STEPS_PER_RADIUS)
    line = np.arange(-half, half + 1) / STEPS_PER_RADIUS
    x, y = np.meshgrid(line, line)
    distance = np.maximum(np.abs(x), np.abs(y)) if square else np.hypot(x, y)
    ring = np.abs(distance - radius) < LINE_RADII
    outside = (distance > radius + 0.3) & (distance < radius + 0.6)
    return (outside / outside.sum() - ring / ring.sum()).astype(np.float32)


def _peaks(responses: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where (N, S * S) responses peak and how high: (dx, dy) in steps from the middle, (N, 2), and (N,)."""
    side = round(responses.shape[1] ** 0.5)
    maps = responses.reshape(-1, side, side).astype(np.float64)
    every = np.arange(len(maps))
    row, column = np.divmod(responses.argmax(axis=1), side)
    along_x = _parabola(maps[every, row], column)
    along_y = _parabola(maps[every, :, column], row)
    steps = np.stack([column + along_x, row + along_y], axis=1) - side // 2
    return steps, maps[every, row, column]


def _parabola(values: NDArray[np.float64], index: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return where the parabola through (N, S) `values` around `index` has its top, in steps from there, (N,)."""
    every, last = np.arange(len(values)), values.shape[1] - 1
    left, top, right = (values[every, np.clip(index + step, 0, last)] for step in (-1, 0, 1))
    curve = left - 2 * top + right
    is_inside = (index > 0) & (index < last) & (curve < 0)
    return np.where(is_inside, 0.5 * (left - right) / np.where(is_inside, curve, 1.0), 0.0)
