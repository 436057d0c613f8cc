"""Votes for a shift: which displacement takes most expected points onto seen ones, and what chance alone would give."""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.shapes import Shapes

MIN_VOTES = 8
"""Fewer agreeing points are no shift."""
MAX_SHIFTS = 600_000
MIN_VOTERS = 40


def chance(shapes: Shapes, reach_px: float) -> float:
    """Return how likely a random place has one of `shapes` within `reach_px`: for evenly scattered ones."""
    spread = np.ptp(shapes.centers_px, axis=0) + 1.0
    return float(1 - np.exp(-len(shapes) / spread.prod() * np.pi * reach_px**2))


def peaks_of(seen: Points, expected: Points, bin_size: float, count: int) -> list[tuple[float, NDArray[np.float64]]]:
    """Return the shifts that take most of `expected` onto `seen` ((N, 2) each), with their votes, most first.

    Of many points, only as many of `expected` vote as `MAX_SHIFTS` allows, evenly chosen.
    """
    most = max(MIN_VOTERS, MAX_SHIFTS // max(len(seen), 1))
    expected = expected[:: -(-len(expected) // most)]
    shifts = (seen[None, :, :] - expected[:, None, :]).reshape(-1, 2)
    cells = np.floor(shifts / bin_size).astype(np.int32)
    cells -= cells.min(axis=0) - 1
    width, height = (int(size) + 2 for size in cells.max(axis=0))
    flat = cells[:, 1] * width + cells[:, 0]
    votes, along_x, along_y = (_by_fours(flat, weights, (height, width)) for weights in (None, *shifts.T))
    found: list[tuple[float, NDArray[np.float64]]] = []
    for _ in range(count):
        row, column = divmod(int(votes.argmax()), width - 1)
        most_votes = float(votes[row, column])
        if most_votes < MIN_VOTES:
            break
        found.append((most_votes, np.array([along_x[row, column], along_y[row, column]]) / most_votes))
        votes[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = 0
    return found


def _by_fours(
    cells: NDArray[np.int32], weights: NDArray[np.float64] | None, size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the sum of `weights`, or the count, in each square of four neighbouring cells of a table of `size`."""
    table = np.bincount(cells, weights, minlength=size[0] * size[1]).reshape(size).astype(np.float64)
    pairs = table[:-1] + table[1:]
    return pairs[:, :-1] + pairs[:, 1:]
