"""Votes for a shift: which displacement takes most expected points onto seen ones, and what chance alone would give."""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.shapes import Shapes

MIN_VOTES = 8
"""Fewer agreeing points are no shift."""


def chance(shapes: Shapes, reach_px: float) -> float:
    """Return how likely a random place has one of `shapes` within `reach_px`: for evenly scattered ones."""
    spread = np.ptp(shapes.centers_px, axis=0) + 1.0
    return float(1 - np.exp(-len(shapes) / spread.prod() * np.pi * reach_px**2))


def peaks_of(seen: Points, expected: Points, bin_size: float, count: int) -> list[tuple[float, NDArray[np.float64]]]:
    """Return the shifts that take most of `expected` onto `seen` ((N, 2) each), with their votes, most first."""
    shifts = (seen[None, :, :] - expected[:, None, :]).reshape(-1, 2)
    cells = np.floor(shifts / bin_size).astype(np.int32)
    cells -= cells.min(axis=0) - 1
    width, height = (int(size) + 2 for size in cells.max(axis=0))
    flat = cells[:, 1] * width + cells[:, 0]
    table = np.bincount(flat, minlength=width * height).reshape(height, width).astype(np.float32)
    pairs = table[:-1, :-1] + table[1:, :-1] + table[:-1, 1:] + table[1:, 1:]
    found: list[tuple[float, NDArray[np.float64]]] = []
    for _ in range(count):
        row, column = divmod(int(pairs.argmax()), width - 1)
        votes = float(pairs[row, column])
        if votes < MIN_VOTES:
            break
        beyond = flat - (row * width + column)
        voted = ((beyond >= 0) & (beyond <= 1)) | ((beyond >= width) & (beyond <= width + 1))
        found.append((votes, np.median(shifts[voted], axis=0)))
        pairs[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = 0
    return found
