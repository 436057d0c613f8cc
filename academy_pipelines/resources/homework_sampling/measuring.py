"""One homework video from the file to what is said of it, and its contact sheet."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from academy_pipelines.imaging import encode_jpeg, one_thread_each
from academy_pipelines.resources.homework_sampling.clip import opened, scan
from academy_pipelines.resources.homework_sampling.sampling import Sampler, SampleSize
from academy_pipelines.video.admission import AdmissionPolicy
from academy_pipelines.video.contact_sheet import SheetPolicy, Tile, contact_sheet, draw_tile, on_sheet
from academy_pipelines.video.frame_plan import SamplingPolicy, plan_samples
from academy_pipelines.video.homework import (
    ClipFacts,
    FrameWriting,
    HomeworkActivity,
    HomeworkPolicy,
    frame_writing,
    homework_activity,
)
from academy_pipelines.video.paper_ink import paper_ink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from academy_pipelines.resources.homework_sampling.sampling import Sample


@dataclass(frozen=True, slots=True)
class HomeworkRequest:
    """What to look at: a local file, one picture in `frame_stride` at most; see `ClipFacts` for `min_frame_count`."""

    path: str
    frame_stride: int = 10
    min_frame_count: int = 30


@dataclass(frozen=True, slots=True)
class MeasuringPolicy:
    """How it is looked at."""

    limits: AdmissionPolicy = field(default_factory=AdmissionPolicy)
    sampling: SamplingPolicy = field(default_factory=SamplingPolicy)
    homework: HomeworkPolicy = field(default_factory=HomeworkPolicy)
    sheet: SheetPolicy = field(default_factory=SheetPolicy)


def measure_homework(
    request: HomeworkRequest, policy: MeasuringPolicy = MeasuringPolicy()
) -> tuple[HomeworkActivity, bytes]:
    """Return what a video shows, and a JPEG with some of its pictures. Decodes in this process.

    Raises:
        UnsupportedMediaError: the file is no video, or larger or longer than is accepted.
        OSError: there is no such file.
    """
    one_thread_each()
    with opened(Path(request.path), policy.limits) as (container, video):
        found = scan(container, video, policy.limits)
        plan = plan_samples(found.pictures, replace(policy.sampling, every=request.frame_stride))
        sampler = Sampler(found, plan, SampleSize(policy.homework.paper.long_side_px, policy.limits))
        frames, tiles = _looked_at(sampler.samples(container, video), on_sheet(plan.samples, policy.sheet), policy)
    damaged = [f"{sampler.damaged} pictures are damaged and were left out"] if sampler.damaged else []
    clip = ClipFacts(
        total_frames=len(found.ticks),
        duration_s=found.duration_s,
        sampling=plan.sampling,
        least_frames=request.min_frame_count,
        notes=(*found.notes, *damaged),
    )
    return homework_activity(clip, frames, policy.homework), encode_jpeg(contact_sheet(tiles, policy.sheet))


def _looked_at(
    samples: "Iterable[Sample]", shown: frozenset[int], policy: MeasuringPolicy
) -> tuple[list[FrameWriting], list[Tile]]:
    frames: list[FrameWriting] = []
    tiles: list[Tile] = []
    for place, sample in enumerate(samples):
        seen = paper_ink(sample.picture, policy.homework.paper)
        frame = frame_writing(sample.index, sample.time_s, seen, policy.homework)
        frames.append(frame)
        if place in shown:
            found = f"{frame.writing_score:.2f}" if frame.view == "paper" else frame.view
            tiles.append(draw_tile(sample.picture, seen, f"{frame.time_s:.1f} s   {found}", policy.sheet))
    return frames, tiles
