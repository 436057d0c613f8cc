"""Bit rates as RFC 8216 defines them (section 4.3.4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.video.playlists import MediaPlaylist
from academy_pipelines.video.validation.facts import SegmentFacts

LEAST_WINDOW_TARGETS = 0.5
MOST_WINDOW_TARGETS = 1.5
"""Of the target duration: the stretches of segments whose rate may be the peak."""


@dataclass(frozen=True, slots=True)
class Rates:
    """In bits per second."""

    peak: float
    average: float


def measure_rates(playlist: MediaPlaylist, facts: Sequence[SegmentFacts]) -> Rates:
    """Return the rates of a rendition, from the bytes of its segments and their durations.

    The peak is the highest rate of any contiguous segments that last between 0.5 and 1.5 target durations together;
    of all of them, where none do.
    """
    bits = [8 * fact.size_bytes for fact in facts]
    seconds = [segment.duration_s for segment in playlist.segments]
    target_s = playlist.target_duration_s or max(seconds)
    average = sum(bits) / max(sum(seconds), 1e-9)
    return Rates(max(_window_rates(bits, seconds, target_s), default=average), average)


def _window_rates(bits: list[int], seconds: list[float], target_s: float) -> list[float]:
    rates: list[float] = []
    for start in range(len(bits)):
        lasts_s, size = 0.0, 0
        for end in range(start, len(bits)):
            lasts_s, size = lasts_s + seconds[end], size + bits[end]
            if lasts_s > MOST_WINDOW_TARGETS * target_s:
                break
            if lasts_s >= LEAST_WINDOW_TARGETS * target_s:
                rates.append(size / lasts_s)
    return rates
