"""What a reader measures in a package and in its source: facts, without a verdict.

Times are seconds on the timeline of the file (a source's begins with its first picture or sound). Sound levels are one
byte per `SOUND_HOP_S`, in half decibels above -100 dB of full scale; thumbnails are `THUMBNAIL_SIDE_PX` squared bytes
of luma, full range, the whole picture squeezed to a square. Both are hexadecimal, because facts travel as JSON.
"""

from dataclasses import dataclass

THUMBNAIL_SIDE_PX = 32
SOUND_HOP_S = 0.01


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """The packets of one track in one segment; `end_s` is where the last one shown ends."""

    codec: str
    packets: int
    start_s: float
    end_s: float
    first_dts_s: float
    last_dts_s: float
    frame_s: float
    longest_step_s: float
    backward_dts: int


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What the parameter sets say, and whether the first picture can be decoded without any before it.

    `codec_tag` is the RFC 6381 name ("avc1.64001f"); `pixel_aspect` (width, height) of one pixel.
    """

    codec_tag: str | None
    width_px: int
    height_px: int
    pixel_format: str
    pixel_aspect: tuple[int, int]
    starts_with_idr: bool
    has_parameter_sets: bool


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One decoded picture, small."""

    time_s: float
    luma_hex: str


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """How loud a stretch of sound is."""

    start_s: float
    levels_hex: str


@dataclass(frozen=True, slots=True)
class Keyframe:
    """Where a picture lies that can be decoded alone: its bytes in the segment's file."""

    time_s: float
    offset_bytes: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """One segment (with its initialisation before it, where it has one).

    `problem` says why nothing could be demuxed, `incomplete` that the container promises more bytes than there are;
    `continuity_breaks` counts steps of transport stream counters, since the segment before; `decoded_frames` come
    from `video.packets`, and `damage` is what the decoders complained about.
    """

    size_bytes: int
    digest: str
    container: str
    problem: str | None = None
    incomplete: bool = False
    continuity_breaks: int = 0
    video: TrackFacts | None = None
    audio: TrackFacts | None = None
    picture: PictureFacts | None = None
    decoded_frames: int = 0
    damage: tuple[str, ...] = ()
    keyframes: tuple[Keyframe, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
    sound: SoundFacts | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """The file a package was made from; times count from its first picture or sound, whichever is earlier.

    `video_end_s` and `audio_end_s` are what can be read, whatever its header says.
    """

    video_end_s: float
    audio_end_s: float | None
    high_dynamic_range: bool
    thumbnails: tuple[Thumbnail, ...]
    sound: SoundFacts | None


@dataclass(frozen=True, slots=True)
class StartFacts:
    """When the first packets of a rendition are shown.

    The `simple` times are what a player shows that knows only edit lists whose first entry has a media time.
    """

    video_s: float | None = None
    audio_s: float | None = None
    simple_video_s: float | None = None
    simple_audio_s: float | None = None


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What was measured: the segments of each media playlist by its path (None where the file is missing)."""

    segments: dict[str, tuple[SegmentFacts | None, ...]]
    starts: dict[str, StartFacts]
    initialisation_digests: dict[str, str]
    source: SourceFacts | None = None
