"""Which pictures of a long video to look at, so that most of it need not be decoded."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Sampling = Literal["every_nth", "keyframes", "keyframes_and_between"]
"""Every nth picture; pictures that can be decoded alone; those, and others where they lie too far apart."""


@dataclass(frozen=True, slots=True)
class SamplingPolicy:
    """How many pictures are looked at, and how far apart they may lie."""

    every: int = 10
    """Pictures from one sample to the next, at least."""
    most_samples: int = 240
    least_samples: int = 12
    decoded_whole: int = 300
    """A video of at most so many pictures is decoded from end to end: that costs little."""
    most_apart_s: float = 12.0


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a video in the order of their display: when each is shown, and which can be decoded alone."""

    times_s: tuple[float, ...]
    keyframes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What to take of the pictures from `keyframe` to the next one, in order of display."""

    keyframe: int
    wanted: tuple[int, ...]

    @property
    def is_keyframe_alone(self) -> bool:
        """Whether nothing but the keyframe has to be decoded."""
        return self.wanted == (self.keyframe,)


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """Stretches in order of display, and by which rule they were chosen."""

    sampling: Sampling
    stretches: tuple[Stretch, ...]

    @property
    def samples(self) -> int:
        """How many pictures are wanted."""
        return sum(len(stretch.wanted) for stretch in self.stretches)


def plan_samples(pictures: Pictures, policy: SamplingPolicy = SamplingPolicy()) -> SamplingPlan:
    """Return which pictures to take; none when there are none, or none that can be decoded first.

    Pictures before the first keyframe cannot be decoded, and are not wanted.
    """
    total = len(pictures.times_s)
    if not total or not pictures.keyframes:
        return SamplingPlan("every_nth", ())
    step = max(policy.every, math.ceil(total / policy.most_samples))
    if total <= policy.decoded_whole:
        return SamplingPlan("every_nth", _stretches(range(pictures.keyframes[0], total, step), pictures.keyframes))
    alone = _thinned(pictures.keyframes, step)
    between = list(_between(alone, pictures.times_s, step, policy))
    wanted = sorted({*alone, *between})
    sampling: Sampling = "keyframes_and_between" if between else "keyframes"
    return SamplingPlan(sampling, _stretches(wanted, pictures.keyframes))


def _thinned(keyframes: Sequence[int], step: int) -> list[int]:
    """Return the first keyframe of every `step` pictures."""
    first = {index // step: index for index in reversed(keyframes)}
    return sorted(first.values())


def _between(alone: Sequence[int], times_s: Sequence[float], step: int, policy: SamplingPolicy) -> Iterator[int]:
    """Yield pictures that break gaps between keyframes which are too long."""
    apart_s = min(policy.most_apart_s, (times_s[-1] - times_s[0]) / policy.least_samples)
    for start, end in zip(alone, [*alone[1:], len(times_s)], strict=True):
        end_s = times_s[end] if end < len(times_s) else times_s[-1]
        parts = math.ceil((end_s - times_s[start]) / apart_s - 0.1) if apart_s > 0 else 1
        parts = min(parts, (end - start) // step)
        for part in range(1, parts):
            at_s = times_s[start] + (end_s - times_s[start]) * part / parts
            yield min(bisect_left(times_s, at_s), end - 1)


def _stretches(wanted: Sequence[int], keyframes: Sequence[int]) -> tuple[Stretch, ...]:
    parts: dict[int, list[int]] = {}
    for index in wanted:
        parts.setdefault(keyframes[bisect_right(keyframes, index) - 1], []).append(index)
    return tuple(Stretch(keyframe, tuple(indexes)) for keyframe, indexes in parts.items())
