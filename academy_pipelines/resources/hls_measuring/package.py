"""Measures every segment of a package, on several threads, and the source beside it."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from academy_pipelines.resources.hls_measuring.messages import MeasuringRequest
from academy_pipelines.resources.hls_measuring.segments import measure_segment
from academy_pipelines.resources.hls_measuring.source import measure_source
from academy_pipelines.resources.hls_measuring.starts import measure_start
from academy_pipelines.video.bitstreams import ContinuityCounters
from academy_pipelines.video.playlists import Resource
from academy_pipelines.video.validation.facts import PackageFacts, SegmentFacts, SourceFacts, StartFacts

Ordered = tuple[Resource, Resource | None]


def measure_package(request: MeasuringRequest) -> PackageFacts:
    """Return the facts that `request` asks for."""
    folder = Path(request.folder)
    source = measure_source(request.source, request.thumbnails, request.threads) if request.source else None
    starts = {path: _measure_start(folder, ordered) for path, ordered in request.segments.items()}
    with ThreadPoolExecutor(request.threads) as pool:
        segments = {
            path: _measure_all(pool, folder, ordered, _wanted_s(starts[path], source))
            for path, ordered in request.segments.items()
        }
    initialisations = {one[1] for ordered in request.segments.values() for one in ordered if one is not None}
    digests = {one.path: _digest(_read(folder, one)) for one in initialisations if one is not None}
    return PackageFacts(segments, starts, digests, source)


def _measure_start(folder: Path, ordered: list[Ordered | None]) -> StartFacts:
    if not ordered or ordered[0] is None:
        return StartFacts()
    return measure_start(_read(folder, ordered[0][0]), _read(folder, ordered[0][1]))


def _wanted_s(start: StartFacts, source: SourceFacts | None) -> tuple[float, ...]:
    """When the rendition shows the pictures of the source that it is compared with."""
    if source is None or start.video_s is None:
        return ()
    return tuple(start.video_s + one.time_s for one in source.thumbnails)


def _measure_all(
    pool: ThreadPoolExecutor, folder: Path, ordered: list[Ordered | None], wanted_s: tuple[float, ...]
) -> tuple[SegmentFacts | None, ...]:
    return tuple(pool.map(partial(_measure, folder, wanted_s), ordered, _continuity_breaks(folder, ordered)))


def _continuity_breaks(folder: Path, ordered: list[Ordered | None]) -> list[int]:
    """How many counters of a transport stream break in each segment, which only their order tells."""
    counters = ContinuityCounters()
    return [0 if one is None else counters.count_breaks(_read(folder, one[0])) for one in ordered]


def _measure(folder: Path, wanted_s: tuple[float, ...], one: Ordered | None, breaks: int) -> SegmentFacts | None:
    if one is None:
        return None
    data = _read(folder, one[0])
    return measure_segment(data, _read(folder, one[1]), wanted_s, breaks, _digest(data))


def _read(folder: Path, resource: Resource | None) -> bytes:
    if resource is None:
        return b""
    with (folder / resource.path).open("rb") as file:
        file.seek(resource.offset_bytes)
        return file.read(-1 if resource.length_bytes is None else resource.length_bytes)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
