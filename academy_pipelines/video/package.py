"""What a finished HLS package consists of, and its playlists."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from academy_pipelines.video.ladder import SegmentType
from academy_pipelines.video.playlist_writer import write_master, write_media
from academy_pipelines.video.playlists import MasterPlaylist, MediaPlaylist, Rendition, Resource, Segment, Variant
from academy_pipelines.video.rates import Rates, rates_of

MASTER = "master.m3u8"
INDEX = "index.m3u8"
IFRAMES = "iframes.m3u8"
INITIALISATION = "init.mp4"
AUDIO_FOLDER = "audio"
THUMBNAIL = "thumbnail.jpg"
STORYBOARD = "storyboard.vtt"
AAC_LC = "mp4a.40.2"
VERSION = 7
"""Of the protocol: what fMP4 segments and EXT-X-MAP ask for, and then some."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment, or a key frame in one, with how long it is shown."""

    resource: Resource
    size_bytes: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class Track:
    """The pieces of one rendition in a folder; `codecs` by their names of RFC 6381.

    `keyframes` and `size_px` are those of its pictures; a track of sound has none. `initialisation` is needed before
    any segment, `keyframe_initialisation` before any key frame.
    """

    folder: str
    codecs: tuple[str, ...]
    segments: tuple[Piece, ...]
    keyframes: tuple[Piece, ...] = ()
    size_px: tuple[int, int] = (0, 0)
    initialisation: Resource | None = None
    keyframe_initialisation: Resource | None = None

    @property
    def target_s(self) -> int:
        """The target duration of its playlist."""
        return target_duration_s(self.segments)

    @property
    def rates(self) -> Rates:
        """Bit rates of its segments."""
        return _rates(self.segments)


@dataclass(frozen=True, slots=True)
class PackagedRung:
    """One variant as the master describes it, with the sound; rates in bits per second, measured from its segments."""

    folder: str
    width_px: int
    height_px: int
    bandwidth: int
    average_bandwidth: int
    codecs: str
    segments: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class HlsPackage:
    """A package in a folder: what it shows and how large it is.

    `files` are all paths of playlists, initialisations and segments, relative to the folder; thumbnails and storyboards
    are not among them. `warnings` are for people.
    """

    segment_type: SegmentType
    rungs: tuple[PackagedRung, ...]
    frame_rate: Fraction
    frames: int
    has_sound: bool
    size_bytes: int
    files: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return float(self.frames / self.frame_rate)


def target_duration_s(pieces: Sequence[Piece]) -> int:
    """Return the longest duration to the nearest second, at least 1."""
    return max(1, math.floor(max(piece.duration_s for piece in pieces) + 0.5))


def media_playlist(track: Track) -> str:
    """Return the playlist of a track's segments."""
    return write_media(_playlist(track, f"{track.folder}/{INDEX}", track.segments, track.initialisation))


def iframe_playlist(track: Track) -> str:
    """Return the playlist of a track's key frames, from which players show pictures while somebody searches."""
    path = f"{track.folder}/{IFRAMES}"
    return write_media(_playlist(track, path, track.keyframes, track.keyframe_initialisation))


def packaged_rungs(pictures: Sequence[Track], sound: Track | None) -> tuple[PackagedRung, ...]:
    """Return how the master describes tracks of pictures, beside the rendition of sound that they share."""
    return tuple(_packaged(track, sound) for track in pictures)


def master_playlist(pictures: Sequence[Track], sound: Track | None, frame_rate: Fraction) -> str:
    """Return the master of tracks of pictures, smallest first, with measured rates."""
    group = None if sound is None else AUDIO_FOLDER
    variants = [
        Variant(
            path=f"{rung.folder}/{INDEX}",
            bandwidth=rung.bandwidth,
            average_bandwidth=rung.average_bandwidth,
            codecs=tuple(rung.codecs.split(",")),
            resolution=(rung.width_px, rung.height_px),
            frame_rate=float(frame_rate),
            audio_group=group,
        )
        for rung in packaged_rungs(pictures, sound)
    ]
    renditions = () if sound is None else (Rendition("AUDIO", AUDIO_FOLDER, f"{sound.folder}/{INDEX}"),)
    searched = tuple(_iframe_variant(track) for track in pictures)
    return write_master(MasterPlaylist(MASTER, VERSION, True, tuple(variants), searched, renditions))  # noqa: FBT003


def _playlist(track: Track, path: str, pieces: Sequence[Piece], initialisation: Resource | None) -> MediaPlaylist:
    iframes = path.endswith(IFRAMES)
    return MediaPlaylist(
        path,
        version=VERSION,
        target_duration_s=target_duration_s(pieces) if iframes else track.target_s,
        ended=True,
        independent_segments=not iframes,
        iframes_only=iframes,
        segments=tuple(Segment(piece.resource, piece.duration_s, initialisation) for piece in pieces),
    )


def _packaged(track: Track, sound: Track | None) -> PackagedRung:
    parts = [track.rates, *([] if sound is None else [sound.rates])]
    return PackagedRung(
        folder=track.folder,
        width_px=track.size_px[0],
        height_px=track.size_px[1],
        bandwidth=math.ceil(sum(part.peak for part in parts)),
        average_bandwidth=math.ceil(sum(part.average for part in parts)),
        codecs=",".join((*track.codecs, *(() if sound is None else sound.codecs))),
        segments=len(track.segments),
        size_bytes=sum(piece.size_bytes for part in (track, sound) if part is not None for piece in part.segments),
    )


def _iframe_variant(track: Track) -> Variant:
    rates = _rates(track.keyframes)
    return Variant(
        path=f"{track.folder}/{IFRAMES}",
        bandwidth=math.ceil(rates.peak),
        average_bandwidth=math.ceil(rates.average),
        codecs=track.codecs[:1],
        resolution=track.size_px,
        frame_rate=None,
    )


def _rates(pieces: Sequence[Piece]) -> Rates:
    sizes_bytes, seconds = [piece.size_bytes for piece in pieces], [piece.duration_s for piece in pieces]
    return rates_of(sizes_bytes, seconds, target_duration_s(pieces))
