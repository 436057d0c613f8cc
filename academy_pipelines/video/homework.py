"""How much is written on the paper that a homework video shows, from some of its pictures.

Print counts as ink too: a single picture cannot tell it from handwriting. What grew from the first pictures to the
last ones was written in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from academy_pipelines.video.frame_plan import Sampling
from academy_pipelines.video.paper_ink import PaperInk, PaperPolicy, View


@dataclass(frozen=True, slots=True)
class HomeworkPolicy:
    """What the scores' 1 stands for, and when a picture counts as written on."""

    paper: PaperPolicy = field(default_factory=PaperPolicy)
    full_ink_share: float = 0.12
    """Of the paper under ink: a page full of writing, whose strokes are two or three pixels wide in such a picture."""
    least_ink_share: float = 0.004
    """Of the paper under ink in a picture with writing: more than a pen that lies on it."""
    least_pictures: int = 2
    """With paper at the start and at the end, for a growth to be stated."""


@dataclass(frozen=True, slots=True)
class FrameWriting:
    """One picture: `index` counts from 0 in order of display; the score and the shares are 0..1."""

    index: int
    time_s: float
    view: View
    paper_share: float
    ink_share: float
    writing_score: float
    has_writing: bool


@dataclass(frozen=True, slots=True)
class HomeworkActivity:
    """What a homework video shows.

    `avg_writing_score` is the mean over all sampled pictures, `filled_ratio` the share of them with writing; both 0
    where `status` is "unknown", for `reason`. `ink_growth` is how much more of the paper is under ink in the last
    third of the pictures with paper than in the first, None where there are too few.
    """

    total_frames: int
    duration_s: float
    sampling: Sampling
    frames: tuple[FrameWriting, ...]
    too_short: bool
    status: Literal["known", "unknown"]
    reason: str | None = None
    ink_growth: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def avg_writing_score(self) -> float:
        """The mean score of the sampled pictures, 0..1."""
        return float(np.mean([frame.writing_score for frame in self.frames])) if self.frames else 0.0

    @property
    def filled_ratio(self) -> float:
        """The share (0..1) of the sampled pictures with writing."""
        return float(np.mean([frame.has_writing for frame in self.frames])) if self.frames else 0.0


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What is known of a clip before its pictures are looked at; it is too short below `least_frames` pictures."""

    total_frames: int
    duration_s: float
    sampling: Sampling
    least_frames: int = 30
    notes: tuple[str, ...] = ()


def frame_writing(index: int, time_s: float, seen: PaperInk, policy: HomeworkPolicy = HomeworkPolicy()) -> FrameWriting:
    """Return what one picture says of the writing."""
    return FrameWriting(
        index,
        time_s,
        seen.view,
        seen.paper_share,
        seen.ink_share,
        min(1.0, seen.ink_share / policy.full_ink_share),
        seen.ink_share >= policy.least_ink_share,
    )


def homework_activity(
    clip: ClipFacts, frames: Sequence[FrameWriting], policy: HomeworkPolicy = HomeworkPolicy()
) -> HomeworkActivity:
    """Sum up a clip from its sampled pictures, in order of display."""
    reason = _why_unknown(frames)
    return HomeworkActivity(
        total_frames=clip.total_frames,
        duration_s=clip.duration_s,
        sampling=clip.sampling,
        frames=tuple(frames),
        too_short=clip.total_frames < clip.least_frames,
        status="known" if reason is None else "unknown",
        reason=reason,
        ink_growth=_growth(frames, policy),
        notes=clip.notes,
    )


def _why_unknown(frames: Sequence[FrameWriting]) -> str | None:
    if not frames:
        return "none of the pictures can be decoded"
    if any(frame.view == "paper" for frame in frames):
        return None
    if all(frame.view == "dark" for frame in frames):
        return "every picture is too dark to see anything"
    return "no paper can be seen in any picture"


def _growth(frames: Sequence[FrameWriting], policy: HomeworkPolicy) -> float | None:
    shares = [frame.ink_share for frame in frames if frame.view == "paper"]
    third = len(shares) // 3
    if third < policy.least_pictures:
        return None
    return float(np.median(shares[-third:]) - np.median(shares[:third]))
