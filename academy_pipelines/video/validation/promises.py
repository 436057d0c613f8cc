"""What a package was meant to be, and whether it is as long as its plan and its source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from academy_pipelines.video.validation.facts import SourceFacts
from academy_pipelines.video.validation.faults import Fault, FaultCode
from academy_pipelines.video.validation.layout import MASTER_NAME
from academy_pipelines.video.validation.measured import MeasuredRendition

LENGTH_TOLERANCE_S = 0.25
"""Besides two frames: the last frame of a variable rate has no length of its own."""


@dataclass(frozen=True, slots=True)
class PackagePromise:
    """What the plan of an encode promised.

    `frames` at `frame_rate` a second in every rung; `sizes_px` (width, height) of the rungs in the order of the
    master; `least_segments` of `segment_s` each, or what the duration allows.
    """

    frames: int
    frame_rate: Fraction
    sizes_px: tuple[tuple[int, int], ...]
    sound: bool
    segment_s: float
    least_segments: int = 3


def check_promise(videos: Sequence[MeasuredRendition], promise: PackagePromise) -> Iterator[Fault]:
    """Yield where the rungs are not those of the plan, or have more or fewer frames by more than one."""
    sizes = tuple((one.picture.width_px, one.picture.height_px) for one in videos if one.picture is not None)
    if len(sizes) == len(videos) and set(sizes) != set(promise.sizes_px):
        message = f"the rungs are {_written(sizes)}, the plan has {_written(promise.sizes_px)}"
        yield Fault(FaultCode.RUNGS, MASTER_NAME, message)
    for video in videos:
        frames = sum(fact.video.packets for fact in video.present if fact.video is not None)
        if len(video.present) == len(video.facts) and abs(frames - promise.frames) > 1:
            message = f"{frames} frames, the plan has {promise.frames} at {float(promise.frame_rate):.3f} a second"
            yield Fault(FaultCode.FRAME_COUNT, video.path, message)


def check_length(video: MeasuredRendition, start_s: float, source: SourceFacts) -> Iterator[Fault]:
    """Yield whether `video` is shorter than the source's pictures, or longer than its pictures and sound."""
    if video.end_s is None:
        return
    tolerance_s = LENGTH_TOLERANCE_S + 2 * video.frame_s
    lasts_s = video.end_s - start_s
    if lasts_s < source.video_end_s - tolerance_s:
        message = f"it lasts {lasts_s:.2f} s, the source's pictures {source.video_end_s:.2f} s"
        yield Fault(FaultCode.SHORTER_THAN_SOURCE, video.path, message)
    most_s = max(source.video_end_s, source.audio_end_s or 0.0)
    if lasts_s > most_s + tolerance_s:
        message = f"it lasts {lasts_s:.2f} s, the source {most_s:.2f} s"
        yield Fault(FaultCode.LONGER_THAN_SOURCE, video.path, message)


def _written(sizes: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{width}x{height}" for width, height in sorted(sizes)) or "none"
