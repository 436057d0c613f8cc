"""What a video becomes: its rungs, its frame grid, its segments. Everything is counted in frames of a constant rate."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from academy_pipelines.video.media import Transfer

SegmentType = Literal["fmp4", "ts"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One size of the picture, in square pixels; `folder` is its name in the package ("v1")."""

    folder: str
    width_px: int
    height_px: int
    crf: float
    most_bits_per_s: int


@dataclass(frozen=True, slots=True)
class PicturePlan:
    """How frames of the source become frames of the grid: which stream, and what has to be put right.

    `held_frames` is for how long the last picture stays when the sound goes on after it.
    """

    stream: int
    deinterlaced: bool
    transfer: Transfer
    matrix: str
    held_frames: int


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """The one track of sound: stereo AAC at 48 kHz."""

    stream: int
    bits_per_s: int


@dataclass(frozen=True, slots=True)
class EncodePlan:
    """A package before it is made: `frames` at `frame_rate` a second, in every rung, smallest rung first.

    Key frames are `gop_frames` apart, segments `segment_frames` long (a whole number of GOPs).
    """

    frame_rate: Fraction
    frames: int
    gop_frames: int
    segment_frames: int
    picture: PicturePlan
    sound: SoundPlan | None
    rungs: tuple[Rung, ...]
    segment_type: SegmentType

    @property
    def duration_s(self) -> Fraction:
        """How long every rung lasts."""
        return self.frames / self.frame_rate

    @property
    def segment_s(self) -> Fraction:
        """How long every segment but the last is."""
        return self.segment_frames / self.frame_rate
