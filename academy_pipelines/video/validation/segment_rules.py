"""Rules of one rendition: each of its segments, and how they join."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from academy_pipelines.video.playlists import MediaPlaylist, Segment
from academy_pipelines.video.validation.facts import PictureFacts, SegmentFacts, TrackFacts
from academy_pipelines.video.validation.faults import Fault, FaultCode

PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
"""8-bit 4:2:0, the only pictures that every decoder of H.264 takes."""
TIMES_ARE_EQUAL_FRAMES = 0.6
"""Of a frame: times that differ by less are the same picture (rounded to another clock)."""
GAP_FRAMES = 1.5
"""Between two pictures' starts, from which on one is missing."""
EXTINF_TOLERANCE_FRAMES = 1.1

Measured = tuple[Segment, SegmentFacts]


def main_track(facts: SegmentFacts) -> TrackFacts | None:
    """The track that sets a segment's times: its pictures, or its sound where there are none."""
    return facts.video or facts.audio


def check_segments(playlist: MediaPlaylist, facts: Sequence[SegmentFacts | None], *, pictures: bool) -> Iterator[Fault]:
    """Yield what is wrong with the segments of `playlist`; `pictures` when they must have some."""
    measured = [(segment, fact) for segment, fact in zip(playlist.segments, facts, strict=True) if fact is not None]
    for segment, fact in measured:
        yield from _check_container(segment, fact, pictures=pictures)
        if fact.video is not None and fact.video.codec != "h264":
            message = f"its pictures are {fact.video.codec} instead of h264"
            yield Fault(FaultCode.CODEC, segment.resource.path, message)
        elif fact.picture is not None:
            yield from _check_picture(segment.resource.path, fact.picture)
    yield from _check_repeats(measured)
    yield from _check_order(measured)
    yield from _check_joints(playlist, facts)


def _check_container(segment: Segment, fact: SegmentFacts, *, pictures: bool) -> Iterator[Fault]:
    where = segment.resource.path
    if segment.initialisation is None and fact.container == "fmp4":
        yield Fault(FaultCode.MISSING_INITIALISATION, where, "it is fragmented MP4, but no EXT-X-MAP comes before it")
        return
    if fact.problem is not None:
        yield Fault(FaultCode.SEGMENT_UNREADABLE, where, fact.problem)
        return
    if fact.incomplete:
        message = f"it ends in the middle of what its container begins ({fact.size_bytes:,} bytes)"
        yield Fault(FaultCode.SEGMENT_TRUNCATED, where, message)
    if fact.continuity_breaks:
        message = f"{fact.continuity_breaks} transport stream counters jump"
        yield Fault(FaultCode.CONTINUITY_COUNTER, where, message)
    if pictures and fact.video is None:
        yield Fault(FaultCode.SEGMENT_UNREADABLE, where, "it has no pictures")
    if fact.damage:
        message = f"{len(fact.damage)} complaints of the decoder, first: {fact.damage[0]}"
        yield Fault(FaultCode.DECODE_ERROR, where, message)
    elif fact.video is not None and fact.decoded_frames != fact.video.packets:
        message = f"{fact.decoded_frames} pictures decode from {fact.video.packets} packets"
        yield Fault(FaultCode.DECODE_ERROR, where, message)


def _check_picture(where: str, picture: PictureFacts) -> Iterator[Fault]:
    if not picture.starts_with_idr or not picture.has_parameter_sets:
        lack = "an IDR picture" if not picture.starts_with_idr else "parameter sets"
        message = f"it does not start with {lack}: nothing can be shown after a seek to it"
        yield Fault(FaultCode.SEGMENT_START, where, message)
    if picture.pixel_format not in PIXEL_FORMATS:
        yield Fault(FaultCode.PIXEL_FORMAT, where, f"{picture.pixel_format} instead of 8-bit 4:2:0")
    if picture.pixel_aspect[0] != picture.pixel_aspect[1]:
        across, down = picture.pixel_aspect
        yield Fault(FaultCode.PIXEL_ASPECT, where, f"pixels are {across}:{down} instead of square")


def _check_repeats(measured: list[Measured]) -> Iterator[Fault]:
    first_place: dict[str, str] = {}
    for segment, fact in measured:
        place = segment.resource.path
        if fact.digest in first_place:
            yield Fault(FaultCode.SEGMENT_REPEATED, place, f"its bytes are those of {first_place[fact.digest]}")
        first_place.setdefault(fact.digest, place)


def _check_order(measured: list[Measured]) -> Iterator[Fault]:
    timed = [(segment.resource.path, track) for segment, fact in measured if (track := main_track(fact)) is not None]
    for (before, first), (after, second) in pairwise(timed):
        if second.start_s < first.start_s - TIMES_ARE_EQUAL_FRAMES * first.frame_s:
            message = f"it starts at {second.start_s:.3f} s, but comes after {before}, at {first.start_s:.3f} s"
            yield Fault(FaultCode.SEGMENT_ORDER, after, message)


def _check_joints(playlist: MediaPlaylist, facts: Sequence[SegmentFacts | None]) -> Iterator[Fault]:
    """Compare every segment's length with its EXTINF, and its end with the next one's start."""
    for index, (segment, fact) in enumerate(zip(playlist.segments, facts, strict=True)):
        if fact is None:
            continue
        following = facts[index + 1] if index + 1 < len(facts) else None
        main = main_track(fact)
        if main is not None:
            yield from _check_length(segment, main)
        for track, after in _pairs(fact, following):
            yield from _check_joint(segment, track, after)


def _pairs(fact: SegmentFacts, following: SegmentFacts | None) -> Iterator[tuple[TrackFacts, TrackFacts | None]]:
    """Each track of a segment beside the same one of the next, unless that one comes too early to be the next."""
    nexts = (following.video, following.audio) if following is not None else (None, None)
    for track, after in zip((fact.video, fact.audio), nexts, strict=True):
        if track is not None:
            yield track, after if after is None or after.start_s >= track.start_s else None


def _check_length(segment: Segment, track: TrackFacts) -> Iterator[Fault]:
    lasts_s = track.end_s - track.start_s
    if abs(lasts_s - segment.duration_s) > EXTINF_TOLERANCE_FRAMES * track.frame_s:
        message = f"EXTINF says {segment.duration_s:.3f} s, its frames last {lasts_s:.3f} s"
        yield Fault(FaultCode.SEGMENT_DURATION, segment.resource.path, message)


def _check_joint(segment: Segment, track: TrackFacts, after: TrackFacts | None) -> Iterator[Fault]:
    where = segment.resource.path
    if track.longest_step_s > GAP_FRAMES * track.frame_s:
        message = f"{track.longest_step_s:.3f} s between two {track.codec} frames of {track.frame_s:.3f} s"
        yield Fault(FaultCode.TIMESTAMP_GAP, where, message)
    if track.backward_dts:
        yield Fault(FaultCode.TIMESTAMP_OVERLAP, where, f"{track.backward_dts} decoding times do not go forward")
    if after is None:
        return
    gap_s = after.start_s - track.end_s
    met = f"its {track.codec} ends at {track.end_s:.3f} s, the next one's starts at {after.start_s:.3f} s"
    if gap_s < -TIMES_ARE_EQUAL_FRAMES * track.frame_s or after.first_dts_s <= track.last_dts_s:
        yield Fault(FaultCode.TIMESTAMP_OVERLAP, where, met)
    elif gap_s > TIMES_ARE_EQUAL_FRAMES * track.frame_s:
        next_is_in_time = abs(after.start_s - track.start_s - segment.duration_s) <= 2 * track.frame_s
        yield Fault(FaultCode.SEGMENT_TRUNCATED if next_is_in_time else FaultCode.TIMESTAMP_GAP, where, met)
