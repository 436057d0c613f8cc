"""Rules of I-frame playlists: every entry is one picture that can be decoded alone, at its time."""

from collections.abc import Iterator, Mapping

from academy_pipelines.video.playlists import MediaPlaylist, Resource
from academy_pipelines.video.validation.facts import Keyframe, SegmentFacts
from academy_pipelines.video.validation.faults import Fault, FaultCode

DURATION_TOLERANCE_S = 0.1


def check_iframes(
    playlist: MediaPlaylist, facts_by_path: Mapping[str, SegmentFacts], lasts_s: float
) -> Iterator[Fault]:
    """Yield what is wrong with `playlist`, which shall last `lasts_s` like the renditions."""
    where = playlist.path
    if not playlist.iframes_only:
        yield Fault(FaultCode.IFRAME_PLAYLIST, where, "EXT-X-I-FRAMES-ONLY is missing")
    for segment in playlist.segments:
        facts = facts_by_path.get(segment.resource.path)
        if facts is not None and not any(_holds(segment.resource, keyframe) for keyframe in facts.keyframes):
            end = segment.resource.offset_bytes + (segment.resource.length_bytes or facts.size_bytes)
            span = f"bytes {segment.resource.offset_bytes} to {end} of {segment.resource.path}"
            yield Fault(FaultCode.IFRAME_PLAYLIST, where, f"{span} hold no whole I-frame")
            return
    if abs(playlist.duration_s - lasts_s) > DURATION_TOLERANCE_S:
        message = f"its entries last {playlist.duration_s:.3f} s together, the pictures {lasts_s:.3f} s"
        yield Fault(FaultCode.IFRAME_PLAYLIST, where, message)


def _holds(resource: Resource, keyframe: Keyframe) -> bool:
    if resource.length_bytes is None:
        return True
    ends = keyframe.offset_bytes + keyframe.size_bytes
    return resource.offset_bytes <= keyframe.offset_bytes and ends <= resource.offset_bytes + resource.length_bytes
