"""Which picture of a video stands for it."""

from collections.abc import Callable, Sequence

import numpy as np

from academy_pipelines.imaging import Gray

DULL_SPREAD = 4.0
"""Grey levels (of 255), one standard deviation: black, white and fades have less, a drawn line on a board has more."""
NEIGHBOURING_SEGMENTS = 3
"""So far on either side of the wanted picture another one is looked for."""


def is_dull(picture: Gray) -> bool:
    """Whether there is next to nothing to see, as in a black picture."""
    return float(np.std(picture)) < DULL_SPREAD


def choose_poster(count: int, wanted: int, look: Callable[[int], Gray]) -> int:
    """Return which of `count` pictures is nearest to `wanted` and not dull; the most varied where all are.

    `look` shows one of them; as few as possible are asked for.
    """
    spreads: dict[int, float] = {}
    for index in sorted(range(count), key=lambda one: abs(one - wanted)):
        picture = look(index)
        if not is_dull(picture):
            return index
        spreads[index] = float(np.std(picture))
    return max(spreads, key=lambda one: spreads[one])


def neighbours(segment: int, segments: int) -> Sequence[int]:
    """Return the numbers of the segments around one."""
    return range(max(0, segment - NEIGHBOURING_SEGMENTS), min(segments, segment + NEIGHBOURING_SEGMENTS + 1))
