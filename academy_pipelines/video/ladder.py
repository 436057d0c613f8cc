"""What a video becomes: its rungs, its frame grid, its segments. Everything is counted in frames of a constant rate."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from academy_pipelines.video.frame_rates import published_rate
from academy_pipelines.video.media import Media, Transfer, VideoTrack

SegmentType = Literal["fmp4", "ts"]

NEAR_SHARE = 0.9
"""A picture whose short side has at least this share of a rung's gets the rung, at its own size (1278x718: 718)."""
USUAL_ASPECT = Fraction(16, 9)
"""Ceilings of rates are meant for this shape."""
USUAL_FRAMES_PER_S = 30
FAST_CEILING_FACTOR = 1.5
"""Above the usual rate of frames: half of them look like their neighbours and cost little."""
FIRST_HD_LINES = 720
"""Players take pictures that name no colour matrix for BT.709 from this height on, and for BT.601 below."""


@dataclass(frozen=True, slots=True)
class RungPolicy:
    """One rung that a video may get: `most_bits_per_s` is for 16:9 at 30 pictures a second."""

    folder: str
    short_side_px: int
    most_bits_per_s: int


USUAL_RUNGS = (
    RungPolicy("v1", 240, 600_000),
    RungPolicy("v2", 360, 1_200_000),
    RungPolicy("v3", 720, 4_500_000),
)
RUNG_1080 = RungPolicy("v4", 1080, 7_800_000)


@dataclass(frozen=True, slots=True)
class LadderPolicy:
    """How videos are published; what is here decides the bytes of a package.

    `crf`, `preset` and `small_preset` are x264's; the last is of all rungs but the largest, which together would cost a
    third of it. At `crf` 20, a camera's noise takes most of the bytes, for half a point of VMAF. Key frames are
    `gop_s` apart, segments last `segment_s`, both to the nearest frame and GOP. Frame rates are brought between
    `least_frames_per_s` and `most_frames_per_s`.
    """

    rungs: tuple[RungPolicy, ...] = USUAL_RUNGS
    segment_type: SegmentType = "fmp4"
    gop_s: float = 2.0
    segment_s: float = 4.0
    least_frames_per_s: int = 5
    most_frames_per_s: int = 60
    preset: str = "faster"
    small_preset: str = "veryfast"
    crf: float = 22.0
    audio_bits_per_s: int = 128_000
    loudness_lufs: float = -16.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One size of the picture, in square pixels; `folder` is its name in the package ("v1").

    `matrix` is what its colours must be called (a name of ffmpeg's); None where players know or guess it.
    """

    folder: str
    width_px: int
    height_px: int
    most_bits_per_s: int
    matrix: str | None = None


@dataclass(frozen=True, slots=True)
class PicturePlan:
    """How frames of the source become frames of the grid: which stream, and what has to be put right.

    `is_rgb` when colours are not coded as brightness and difference. `held_frames` is for how long the last picture
    stays when the sound goes on after it.
    """

    stream: int
    deinterlaced: bool
    transfer: Transfer
    is_rgb: bool
    held_frames: int


@dataclass(frozen=True, slots=True)
class EncodePlan:
    """A package before it is made: `frames` at `frame_rate` a second, in every rung, smallest rung first.

    Key frames are `gop_frames` apart, segments `segment_frames` long (a whole number of GOPs). `sound` is the stream
    that is heard.
    """

    frame_rate: Fraction
    frames: int
    gop_frames: int
    segment_frames: int
    picture: PicturePlan
    sound: int | None
    rungs: tuple[Rung, ...]

    @property
    def duration_s(self) -> Fraction:
        """How long every rung lasts."""
        return self.frames / self.frame_rate

    @property
    def segment_s(self) -> Fraction:
        """How long every segment but the last is."""
        return self.segment_frames / self.frame_rate

    @property
    def lengths_frames(self) -> tuple[int, ...]:
        """How many frames each segment has."""
        whole, rest = divmod(self.frames, self.segment_frames)
        return (self.segment_frames,) * whole + ((rest,) if rest else ())


def plan_ladder(media: Media, policy: LadderPolicy) -> EncodePlan:
    """Return what `media` becomes; every accepted file becomes something."""
    video, sound = media.video, media.sound
    rate = published_rate(video.frame_rate, policy.least_frames_per_s, policy.most_frames_per_s)
    gop_frames = max(1, round(policy.gop_s * rate))
    frames = max(1, round(Fraction(media.end_s) * rate))
    return EncodePlan(
        frame_rate=rate,
        frames=frames,
        gop_frames=gop_frames,
        segment_frames=gop_frames * max(1, round(policy.segment_s / policy.gop_s)),
        picture=PicturePlan(
            stream=video.stream,
            deinterlaced=video.interlaced,
            transfer=video.transfer,
            is_rgb=video.matrix == "gbr",
            held_frames=max(0, frames - math.floor(Fraction(video.end_s) * rate)),
        ),
        sound=None if sound is None else sound.stream,
        rungs=_rungs(video, rate, policy),
    )


def _rungs(video: VideoTrack, rate: Fraction, policy: LadderPolicy) -> tuple[Rung, ...]:
    """Return the rungs that are not above the picture; the smallest at the picture's own size where all are."""
    short_px = min(video.displayed_px)
    wanted = [one for one in policy.rungs if one.short_side_px * NEAR_SHARE <= short_px] or [policy.rungs[0]]
    return tuple(_rung(one, video, rate) for one in wanted)


def _rung(wanted: RungPolicy, video: VideoTrack, rate: Fraction) -> Rung:
    width_px, height_px = scaled_px(video.displayed_px, wanted.short_side_px)
    shape = width_px * height_px / (wanted.short_side_px**2 * USUAL_ASPECT)
    hurry = FAST_CEILING_FACTOR if rate > USUAL_FRAMES_PER_S else 1.0
    ceiling = round(wanted.most_bits_per_s * float(shape) * hurry)
    guessed_wrongly = video.matrix is None and height_px < FIRST_HD_LINES <= video.displayed_px[1]
    return Rung(wanted.folder, width_px, height_px, ceiling, "bt709" if guessed_wrongly else None)


def scaled_px(displayed_px: tuple[int, int], short_side_px: int) -> tuple[int, int]:
    """Return the even width and height of a picture whose short side is scaled down to `short_side_px`."""
    short_px, long_px = sorted(displayed_px)
    scaled_short_px = min(short_side_px, short_px) // 2 * 2
    scaled_long_px = min(round(Fraction(long_px * scaled_short_px, short_px) / 2) * 2, long_px // 2 * 2)
    upright = displayed_px[0] < displayed_px[1]
    return (scaled_short_px, scaled_long_px) if upright else (scaled_long_px, scaled_short_px)
