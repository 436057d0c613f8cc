"""What circled characters look like, and how much something within a circle looks like each of them."""

import functools
import itertools
import json
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from academy_pipelines import documents
from academy_pipelines.imaging import Gray

CHARACTERS = "①②③④⑤⑥⑦⑧⑨⑩㉠㉡㉢㉣㉤ⓐⓑⓒⓓⓔ"
"""Characters that are told apart; the first of each kind are "①㉠ⓐ"."""

SIDE_PX = 16
"""Side of the square to which the inside of a circle is brought."""

Likenesses = tuple[float, ...]
"""A probability for each of `CHARACTERS`; they add up to 1."""

FILE = "circled_shapes.json"
"""Made by `academy_pipelines.sandbox.circled_shapes`: each character's shapes, a hexadecimal digit a pixel."""

STEEPNESS = 14.0
"""How quickly a probability falls with the correlation: 0.1 less is 4 times less likely."""
LEAST_CORRELATION = 0.75
"""Closed strokes of syllables stay below 0.7, circled characters of bad scans above 0.9."""
SHIFTS_PX = (-1, 0, 1)


def likenesses(inside: Gray) -> Likenesses | None:
    """Return how much the inside of a circle looks like each character, None when it looks like none.

    `inside` is `SIDE_PX` square, 255 for ink, 0 beyond the circle. The likeness is the best correlation with any known
    shape of the character, moved by a pixel at most.
    """
    owners, shapes = _known()
    padded = np.pad(inside.astype(np.float32), 1)
    moved = [
        padded[1 + down : 1 + down + SIDE_PX, 1 + across : 1 + across + SIDE_PX].ravel()
        for down, across in itertools.product(SHIFTS_PX, repeat=2)
    ]
    correlations = (shapes @ _normalised(np.array(moved)).T).max(axis=1)
    best = np.full(len(CHARACTERS), -1.0)
    np.maximum.at(best, owners, correlations)
    if best.max() < LEAST_CORRELATION:
        return None
    weights = np.exp(STEEPNESS * (best - best.max()))
    return tuple((weights / weights.sum()).tolist())


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows with mean 0 and length 1, or all zeros where a row is flat."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return centred / np.where(lengths > 0, lengths, 1.0)


@functools.cache
def _known() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the place in `CHARACTERS` of every known shape, and the shapes, normalised, a row each."""
    stored: dict[str, list[str]] = json.loads((files(documents) / FILE).read_text())
    pairs = [(CHARACTERS.index(character), rows) for character, shapes in stored.items() for rows in shapes]
    darkness = np.array([[int(digit, 16) for digit in rows] for _, rows in pairs], np.float32)
    return np.array([owner for owner, _ in pairs]), _normalised(darkness)
