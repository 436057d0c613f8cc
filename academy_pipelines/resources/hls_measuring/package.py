"""Measures every segment of a package, on several threads, and the source beside it."""

import hashlib
import threading
from collections.abc import Callable
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
"""A segment and what initialises it."""
Tell = Callable[[float], None]


def tell_nobody(_: float) -> None:
    """Nobody waits for progress."""


def measure_package(request: MeasuringRequest, tell: Tell = tell_nobody) -> PackageFacts:
    """Return the facts that `request` asks for; `tell` hears how much is done, from 0 to 1."""
    package = _Package(Path(request.folder), tell, sum(map(len, request.segments.values())))
    source = measure_source(request.source, request.thumbnails, request.threads) if request.source else None
    starts = {path: package.start(ordered) for path, ordered in request.segments.items()}
    with ThreadPoolExecutor(request.threads) as pool:
        segments: dict[str, tuple[SegmentFacts | None, ...]] = {}
        for path, ordered in request.segments.items():
            measure = partial(package.segment, _wanted_s(starts[path], source))
            segments[path] = tuple(pool.map(measure, ordered, package.continuity_breaks(ordered)))
    initialisations = {one[1] for ordered in request.segments.values() for one in ordered if one is not None}
    digests = {one.path: _digest(package.read(one)) for one in initialisations if one is not None}
    return PackageFacts(segments, starts, digests, source)


def _wanted_s(start: StartFacts, source: SourceFacts | None) -> tuple[float, ...]:
    """When the rendition shows the pictures of the source that it is compared with."""
    if source is None or start.video_s is None:
        return ()
    return tuple(start.video_s + one.time_s for one in source.thumbnails)


class _Package:
    """A folder with segments, measured by several threads; counts how many of all `segments` are done."""

    def __init__(self, folder: Path, tell: Tell, segments: int) -> None:
        self._folder = folder
        self._tell = tell
        self._segments = segments
        self._done = 0
        self._counting = threading.Lock()

    def read(self, resource: Resource | None) -> bytes:
        """Return the bytes of a resource; none for None."""
        if resource is None:
            return b""
        with (self._folder / resource.path).open("rb") as file:
            file.seek(resource.offset_bytes)
            return file.read(-1 if resource.length_bytes is None else resource.length_bytes)

    def start(self, ordered: list[Ordered | None]) -> StartFacts:
        """Measure when a rendition starts."""
        if not ordered or ordered[0] is None:
            return StartFacts()
        return measure_start(self.read(ordered[0][0]), self.read(ordered[0][1]))

    def continuity_breaks(self, ordered: list[Ordered | None]) -> list[int]:
        """Count the breaks of a transport stream's counters in each segment, which only their order tells."""
        counters = ContinuityCounters()
        return [0 if one is None else counters.count_breaks(self.read(one[0])) for one in ordered]

    def segment(self, wanted_s: tuple[float, ...], one: Ordered | None, breaks: int) -> SegmentFacts | None:
        """Measure one segment; None for one that is missing."""
        facts = None
        if one is not None:
            data = self.read(one[0])
            facts = measure_segment(data, self.read(one[1]), wanted_s, breaks, _digest(data))
        with self._counting:
            self._done += 1
            self._tell(self._done / self._segments)
        return facts


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
