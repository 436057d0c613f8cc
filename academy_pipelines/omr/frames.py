"""How a grid may lie in a picture, turn and scale alone: its steps are common steps between neighbouring shapes."""

from collections.abc import Iterator, Sequence
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.shapes import Shapes

MIN_CLASS = 16
"""Shapes of like size needed to look for a grid among them."""
NEIGHBOURS = 8
TURN_BINS = 120
LENGTH_BINS = 64
LENGTH_RANGE = 1.6
"""Steps are compared from exp(-1.6) to exp(1.6) of their median."""
STEPS_TRIED = 10
MAX_STRETCH = 0.4
"""Largest |log| ratio of the scales along the page's axes."""
MIN_SINE = 0.85
"""Of the angle between the page's axes in the picture."""
SIZE_RANGE = (0.5, 1.9)
"""Printed outline over the template's diameter: templates are measured by hand."""
MAX_FRAMES = 12
"""Pairs of steps tried for one pitch and one class of sizes."""


def frames(
    pitches_mm: Sequence[tuple[float, float]], diameter_mm: float, members: Shapes
) -> Iterator[NDArray[np.float64]]:
    """Yield (2, 2) matrices from page mm to picture px that take one of `pitches_mm` to common steps of `members`.

    `members` are shapes of like size, taken for bubbles of `diameter_mm`.
    """
    steps = _common_steps(members.centers_px)
    size_px = float(np.median(members.side_px)) / diameter_mm
    pairs = sorted(np.ndindex(len(steps), len(steps)), key=sum)
    for pitch_mm in pitches_mm:
        sound = (linear for x, y in pairs if (linear := _frame(pitch_mm, steps[x], steps[y], size_px)) is not None)
        yield from islice(sound, MAX_FRAMES)


def _frame(
    pitch_mm: tuple[float, float], along_x: NDArray[np.float64], along_y: NDArray[np.float64], px_per_mm: float
) -> NDArray[np.float64] | None:
    lengths = float(np.hypot(*along_x)), float(np.hypot(*along_y))
    scales = lengths[0] / pitch_mm[0], lengths[1] / pitch_mm[1]
    ratio = px_per_mm / float(np.sqrt(scales[0] * scales[1]))
    is_square = along_x[0] * along_y[1] - along_x[1] * along_y[0] > MIN_SINE * lengths[0] * lengths[1]
    if is_square and abs(np.log(scales[0] / scales[1])) < MAX_STRETCH and SIZE_RANGE[0] < ratio < SIZE_RANGE[1]:
        return np.stack([along_x / pitch_mm[0], along_y / pitch_mm[1]], axis=1)
    return None


def _common_steps(centers_px: Points) -> list[NDArray[np.float64]]:
    """Return the commonest differences between neighbours, by a histogram of turn and length."""
    gaps = centers_px[None, :, :].astype(np.float32) - centers_px[:, None, :].astype(np.float32)
    distance = np.einsum("ijk,ijk->ij", gaps, gaps)
    np.fill_diagonal(distance, np.inf)
    count = min(NEIGHBOURS, len(centers_px) - 1)
    index = np.argpartition(distance, count - 1, axis=1)[:, :count]
    steps = np.take_along_axis(gaps, index[:, :, None], axis=1).reshape(-1, 2).astype(np.float64)
    lengths = np.hypot(*steps.T)
    steps = steps[lengths > 0]
    logs = np.log(lengths[lengths > 0] / max(float(np.median(lengths)), 1e-9))
    near = np.abs(logs) < LENGTH_RANGE
    steps, logs = steps[near], logs[near]
    turns = (np.arctan2(steps[:, 1], steps[:, 0]) % (2 * np.pi) / (2 * np.pi) * TURN_BINS).astype(int) % TURN_BINS
    rows = np.clip((logs + LENGTH_RANGE) / (2 * LENGTH_RANGE) * LENGTH_BINS, 0, LENGTH_BINS - 1).astype(int)
    table = np.zeros((TURN_BINS + 2, LENGTH_BINS), np.float32)
    np.add.at(table, (turns + 1, rows), 1)
    table[0], table[-1] = table[-2], table[1]
    smooth = cv2.boxFilter(table, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)[1:-1]
    found: list[NDArray[np.float64]] = []
    while len(found) < STEPS_TRIED and smooth.max() > MIN_CLASS / 4:
        turn, row = divmod(int(smooth.argmax()), LENGTH_BINS)
        apart = np.abs((turns - turn + TURN_BINS // 2) % TURN_BINS - TURN_BINS // 2)
        found.append(np.median(steps[(apart <= 1) & (np.abs(rows - row) <= 1)], axis=0))
        smooth[np.arange(turn - 3, turn + 4) % TURN_BINS, max(0, row - 3) : row + 4] = 0
    return found
