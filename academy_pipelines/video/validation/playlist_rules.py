"""Rules of one media playlist by itself (RFC 8216, and Apple's authoring specification)."""

import math
from collections.abc import Iterator

from academy_pipelines.video.playlists import MasterPlaylist, MediaPlaylist
from academy_pipelines.video.validation.faults import Fault, FaultCode

VERSION_OF_DECIMAL_DURATIONS = 3
VERSION_OF_BYTE_RANGES = 4
VERSION_OF_INITIALISATIONS = 6
"""Protocol versions that RFC 8216, section 7 asks for (EXT-X-MAP in a playlist that is not of I-frames: 6)."""
SEGMENTS_THAT_SHOW_THE_TARGET = 3
"""With fewer, the longest segment may fall short of the target although nothing is wrong."""
TARGET_SLACK_S = 1.0
"""By how much a target may exceed the longest segment."""


def check_playlist(playlist: MediaPlaylist) -> Iterator[Fault]:
    """Yield what breaks a rule of on-demand playlists in `playlist`."""
    if not playlist.ended:
        message = "EXT-X-ENDLIST is missing: players wait for more, as in a live stream"
        yield Fault(FaultCode.PLAYLIST_NOT_ENDED, playlist.path, message)
    yield from _check_target(playlist)
    least = _least_version(playlist)
    if playlist.version < least:
        message = f"EXT-X-VERSION is {playlist.version}, but what it uses asks for {least}"
        yield Fault(FaultCode.PLAYLIST_VERSION, playlist.path, message)


def check_independence(master: MasterPlaylist, playlists: list[MediaPlaylist]) -> Iterator[Fault]:
    """Yield the playlists whose segments nobody calls independent (in the master, or in the playlist itself)."""
    for playlist in playlists:
        if not master.independent_segments and not playlist.independent_segments:
            message = "EXT-X-INDEPENDENT-SEGMENTS is neither here nor in the master"
            yield Fault(FaultCode.INDEPENDENT_SEGMENTS, playlist.path, message)


def check_segment_count(playlist: MediaPlaylist, least: int, segment_s: float) -> Iterator[Fault]:
    """Yield a fault for fewer than `least` segments, or than the duration allows at `segment_s` each."""
    allowed = max(1, min(least, math.floor(playlist.duration_s / segment_s)))
    count = len(playlist.segments)
    if count < allowed:
        message = f"{count} segments, at least {allowed} are needed for {playlist.duration_s:.1f} s"
        yield Fault(FaultCode.TOO_FEW_SEGMENTS, playlist.path, message)


def _check_target(playlist: MediaPlaylist) -> Iterator[Fault]:
    target = playlist.target_duration_s
    longest = max(segment.duration_s for segment in playlist.segments)
    if target is None:
        yield Fault(FaultCode.TARGET_DURATION, playlist.path, "EXT-X-TARGETDURATION is missing")
    elif math.floor(longest + 0.5) > target:
        message = f"EXT-X-TARGETDURATION is {target} s, but a segment lasts {longest:.3f} s"
        yield Fault(FaultCode.TARGET_DURATION, playlist.path, message)
    elif len(playlist.segments) >= SEGMENTS_THAT_SHOW_THE_TARGET and target > math.ceil(longest) + TARGET_SLACK_S:
        message = f"EXT-X-TARGETDURATION is {target} s, but no segment lasts more than {longest:.3f} s"
        yield Fault(FaultCode.TARGET_DURATION, playlist.path, message)


def _least_version(playlist: MediaPlaylist) -> int:
    least = 1
    if any(segment.duration_s != round(segment.duration_s) for segment in playlist.segments):
        least = VERSION_OF_DECIMAL_DURATIONS
    if playlist.iframes_only or any(segment.resource.length_bytes is not None for segment in playlist.segments):
        least = VERSION_OF_BYTE_RANGES
    if not playlist.iframes_only and any(segment.initialisation is not None for segment in playlist.segments):
        least = VERSION_OF_INITIALISATIONS
    return least
