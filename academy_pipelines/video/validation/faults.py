"""What can be wrong with an HLS package, by name."""

from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override


class FaultCode(StrEnum):
    """The kinds of fault; the value is what machines match on and never changes."""

    MISSING_MASTER = "missing_master"
    MISSING_PLAYLIST = "missing_playlist"
    MISSING_SEGMENT = "missing_segment"
    MISSING_INITIALISATION = "missing_initialisation"
    EMPTY_FILE = "empty_file"
    UNREFERENCED_FILE = "unreferenced_file"

    MALFORMED_PLAYLIST = "malformed_playlist"
    EMPTY_PLAYLIST = "empty_playlist"
    PLAYLIST_NOT_ENDED = "playlist_not_ended"
    PLAYLIST_VERSION = "playlist_version"
    TARGET_DURATION = "target_duration"
    INDEPENDENT_SEGMENTS = "independent_segments"
    TOO_FEW_SEGMENTS = "too_few_segments"
    IFRAME_PLAYLIST = "iframe_playlist"

    SEGMENT_UNREADABLE = "segment_unreadable"
    SEGMENT_TRUNCATED = "segment_truncated"
    SEGMENT_REPEATED = "segment_repeated"
    SEGMENT_ORDER = "segment_order"
    SEGMENT_DURATION = "segment_duration"
    SEGMENT_START = "segment_start"
    INITIALISATION_MISMATCH = "initialisation_mismatch"
    CONTINUITY_COUNTER = "continuity_counter"
    DECODE_ERROR = "decode_error"
    TIMESTAMP_GAP = "timestamp_gap"
    TIMESTAMP_OVERLAP = "timestamp_overlap"
    UNEVEN_FRAMES = "uneven_frames"

    CODEC = "codec"
    PIXEL_FORMAT = "pixel_format"
    PIXEL_ASPECT = "pixel_aspect"

    CODECS_ATTRIBUTE = "codecs_attribute"
    RESOLUTION_ATTRIBUTE = "resolution_attribute"
    FRAME_RATE_ATTRIBUTE = "frame_rate_attribute"
    BANDWIDTH_ATTRIBUTE = "bandwidth_attribute"
    AVERAGE_BANDWIDTH_ATTRIBUTE = "average_bandwidth_attribute"

    EDIT_LIST = "edit_list"

    VARIANT_START = "variant_start"
    VARIANT_DURATION = "variant_duration"
    VARIANT_BOUNDARIES = "variant_boundaries"
    VARIANT_PICTURE = "variant_picture"

    RUNGS = "rungs"
    FRAME_COUNT = "frame_count"
    SHORTER_THAN_SOURCE = "shorter_than_source"
    LONGER_THAN_SOURCE = "longer_than_source"
    PICTURE_DIFFERS = "picture_differs"
    VIDEO_BLACK = "video_black"
    VIDEO_FROZEN = "video_frozen"
    AUDIO_MISSING = "audio_missing"
    AUDIO_SILENT = "audio_silent"
    AUDIO_SHIFTED = "audio_shifted"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: what kind, where (a path of the package), and what was found against what must be."""

    code: FaultCode
    where: str
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.code} at {self.where}: {self.message}"
