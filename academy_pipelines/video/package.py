"""What a finished HLS package consists of."""

from dataclasses import dataclass
from fractions import Fraction

MASTER = "master.m3u8"
AUDIO_FOLDER = "audio"
THUMBNAIL = "thumbnail.jpg"
STORYBOARD = "storyboard.vtt"


@dataclass(frozen=True, slots=True)
class PackagedRung:
    """One variant as the master describes it; rates in bits per second, with the sound, measured from its segments."""

    folder: str
    width_px: int
    height_px: int
    bandwidth: int
    average_bandwidth: int
    codecs: str
    segments: int


@dataclass(frozen=True, slots=True)
class HlsPackage:
    """A package in a folder: what it shows and how large it is.

    `files` are all paths of playlists, initialisations and segments, relative to the folder; thumbnails and storyboards
    are not among them. `warnings` are for people.
    """

    rungs: tuple[PackagedRung, ...]
    frame_rate: Fraction
    frames: int
    size_bytes: int
    files: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return float(self.frames / self.frame_rate)
