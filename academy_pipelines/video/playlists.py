"""HLS playlists as values (RFC 8216): what a master and a media playlist say.

Paths are relative to the package's folder, with forward slashes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of the package, or `length_bytes` of it from `offset_bytes` on (None: to its end)."""

    path: str
    offset_bytes: int = 0
    length_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One media segment, how long its playlist says it lasts, and the initialisation that it needs."""

    resource: Resource
    duration_s: float
    initialisation: Resource | None = None
    discontinuity: bool = False


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """The segments of one rendition; None or False where the playlist does not say."""

    path: str
    version: int
    target_duration_s: int | None
    ended: bool
    independent_segments: bool
    iframes_only: bool
    segments: tuple[Segment, ...]

    @property
    def duration_s(self) -> float:
        """How long the playlist says it lasts."""
        return sum(segment.duration_s for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Variant:
    """One choice of a player, as the master describes it; rates in bits per second, None where it does not say."""

    path: str
    bandwidth: int | None
    average_bandwidth: int | None
    codecs: tuple[str, ...]
    resolution: tuple[int, int] | None
    frame_rate: float | None
    audio_group: str | None = None

    @property
    def is_audio_only(self) -> bool:
        """Whether it says that it has sound and nothing else, for weak connections."""
        return bool(self.codecs) and all(codec.startswith("mp4a") for codec in self.codecs)


@dataclass(frozen=True, slots=True)
class Rendition:
    """An alternative track of a group; `path` is None when it is part of the variants' own segments."""

    kind: str
    group: str
    path: str | None


@dataclass(frozen=True, slots=True)
class MasterPlaylist:
    """What a player may choose from."""

    path: str
    version: int
    independent_segments: bool
    variants: tuple[Variant, ...]
    iframe_variants: tuple[Variant, ...]
    renditions: tuple[Rendition, ...]
