"""Bit rates as RFC 8216 defines them (section 4.3.4.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LEAST_WINDOW_TARGETS = 0.5
MOST_WINDOW_TARGETS = 1.5
"""Of the target duration: the stretches of segments whose rate may be the peak."""


@dataclass(frozen=True, slots=True)
class Rates:
    """In bits per second."""

    peak: float
    average: float


def rates_of(sizes_bytes: Sequence[int], seconds: Sequence[float], target_s: float) -> Rates:
    """Return the rates of segments with these sizes and durations.

    The peak is the highest rate of any contiguous segments that last between 0.5 and 1.5 target durations together;
    of all of them, where none do.
    """
    bits = [8 * size for size in sizes_bytes]
    average = sum(bits) / max(sum(seconds), 1e-9)
    return Rates(max(_window_rates(bits, seconds, target_s), default=average), average)


def _window_rates(bits: Sequence[int], seconds: Sequence[float], target_s: float) -> Iterator[float]:
    for start in range(len(bits)):
        lasts_s, size = 0.0, 0
        for end in range(start, len(bits)):
            lasts_s, size = lasts_s + seconds[end], size + bits[end]
            if lasts_s > MOST_WINDOW_TARGETS * target_s:
                break
            if lasts_s >= LEAST_WINDOW_TARGETS * target_s:
                yield size / lasts_s
