"""What a video file is: the facts of one strict probe, as values.

Times are seconds on the file's own clock, whose zero is the earliest time stamp of the tracks that are used, as in
ffmpeg without `-copyts`.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
Transfer = Literal["sdr", "pq", "hlg"]
"""How light is coded: as on ordinary screens, or as high dynamic range (SMPTE ST 2084, ARIB STD-B67)."""

QUARTER_TURN_DEG = 90
UNKNOWN_CODEC = "unknown"


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The track of moving pictures that is published.

    `width_px` and `height_px` are stored pixels, before `rotation_deg` (clockwise, 0 to 359) and `pixel_aspect` (width
    of a pixel by its height). `frames` counts packets that are shown; `frame_rate` is what most of their distances say;
    `longest_gop_s` is the longest time without a key frame.
    """

    stream: int
    codec: str
    width_px: int
    height_px: int
    pixel_aspect: Fraction
    rotation_deg: int
    pixel_format: str
    matrix: str | None
    transfer: Transfer
    interlaced: bool
    frame_rate: Fraction
    frames: int
    longest_gop_s: float
    start_s: float
    end_s: float

    @property
    def displayed_px(self) -> tuple[int, int]:
        """Width and height as a person sees them: pixels made square without losing any, then rotated."""
        wide, high = Fraction(self.width_px), Fraction(self.height_px)
        if self.pixel_aspect >= 1:
            wide *= self.pixel_aspect
        else:
            high /= self.pixel_aspect
        size = round(wide), round(high)
        return (size[1], size[0]) if self.rotation_deg % (2 * QUARTER_TURN_DEG) == QUARTER_TURN_DEG else size


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One track of sound."""

    stream: int
    codec: str
    channels: int
    sample_rate_hz: int
    is_default: bool
    packets: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Media:
    """A video file.

    `container` is ffprobe's name of the format. `header_s` is the duration that the header promises, None where the
    container has none of its own; `readable_s` is where what could be read ends. `longest_pause_s` is the longest time
    without a new packet of pictures or sound. `streams` counts all streams, of any kind.
    """

    container: str
    size_bytes: int
    streams: int
    header_s: float | None
    readable_s: float
    longest_pause_s: float
    damaged_packets: int
    video: VideoTrack
    audio: tuple[AudioTrack, ...]

    @property
    def end_s(self) -> float:
        """Where the pictures and the chosen sound end."""
        sound = self.sound
        return self.video.end_s if sound is None else max(self.video.end_s, sound.end_s)

    @property
    def sound(self) -> AudioTrack | None:
        """The track of sound that is published: the one marked as the default, else the first that has anything."""
        heard = [track for track in self.audio if track.packets and track.channels and track.codec != UNKNOWN_CODEC]
        return next((track for track in heard if track.is_default), heard[0] if heard else None)
