"""How many pictures a second a track has, from the times of its packets, and how many the published video gets."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.video.media import Seconds

NTSC_BASES = (24, 30, 48, 60, 120)
"""Whole rates whose neighbour n / 1.001 is as usual as they are."""
NTSC_IS_NEARER = 3
"""By this factor, or jitter makes it of a whole rate."""
FASTEST_SNAPPED = 240
SNAP_SHARE = 0.015
"""Rates this near to a usual one are meant to be it: containers round times to milliseconds, phones drift."""
SHORTEST_STEP_S = 1e-4
"""Nearer time stamps are one picture's."""
REGULAR_STEPS = (0.5, 1.5)
"""Of the median: steps that are not a pause and not a burst."""


def measured_rate(times_s: Seconds) -> Fraction | None:
    """Return the rate at which pictures follow each other where they do so regularly; None for fewer than two.

    The header's rate is not asked: recordings of browsers claim 1000. Pauses of a variable rate do not count.
    """
    steps = _steps(times_s)
    if not steps.size:
        return None
    shortest, longest = (share * float(np.median(steps)) for share in REGULAR_STEPS)
    regular = steps[(steps >= shortest) & (steps <= longest)]
    return usual_rate(1 / float(regular.mean()))


def usual_rate(rate: float) -> Fraction:
    """Return the usual rate that `rate` is meant to be, or `rate` itself as a fraction of small numbers."""
    whole = min(map(Fraction, range(1, FASTEST_SNAPPED + 1)), key=lambda one: abs(one - rate))
    ntsc = min((Fraction(1000 * base, 1001) for base in NTSC_BASES), key=lambda one: abs(one - rate))
    nearest = ntsc if abs(ntsc - rate) * NTSC_IS_NEARER < abs(whole - rate) else whole
    if abs(nearest - rate) <= SNAP_SHARE * rate:
        return nearest
    return max(Fraction(rate).limit_denominator(10), Fraction(1, 10))


def published_rate(rate: Fraction, least: int, most: int) -> Fraction:
    """Return `rate`, divided by a whole number where it is above `most`: every k-th picture is kept."""
    return max(Fraction(least), rate / math.ceil(rate / most))


def longest_pause_s(times_s: Seconds) -> float:
    """Return the longest time between neighbours."""
    return float(np.diff(np.sort(times_s)).max(initial=0.0))


def _steps(times_s: Seconds) -> NDArray[np.float64]:
    steps = np.diff(np.unique(np.asarray(times_s, np.float64)))
    return steps[steps > SHORTEST_STEP_S]
