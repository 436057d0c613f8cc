"""Decodes the pictures of a plan, and little else."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np

from academy_pipelines.imaging import Gray, as_gray
from academy_pipelines.resources.homework_sampling.clip import Scan, tick_of
from academy_pipelines.video.admission import AdmissionPolicy
from academy_pipelines.video.frame_plan import SamplingPlan, Stretch
from academy_pipelines.video.refusals import refusal

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

QUARTER_TURN_DEGREES = 90


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture that was asked for, as it is displayed; `index` counts from 0 in order of display."""

    index: int
    time_s: float
    picture: Gray


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How large samples are, and how large the pictures may be that they are made from."""

    long_side_px: int
    limits: AdmissionPolicy


class Sampler:
    """Reads through a clip a second time and decodes what `plan` wants; `samples` yields it in order of display."""

    def __init__(self, scan: Scan, plan: SamplingPlan, size: SampleSize) -> None:
        self._scan, self._size = scan, size
        self._stretches = {scan.ticks[stretch.keyframe]: stretch for stretch in plan.stretches}
        self._wanted: list[int] = []
        self.damaged = 0
        """Pictures that could not be decoded so far."""

    def samples(self, container: "InputContainer", video: "VideoStream") -> Iterator[Sample]:
        """Yield the samples. A picture that is damaged is left out; the next one that can be had is taken for it.

        Raises:
            UnsupportedMediaError: pictures grow too large on the way.
        """
        context = video.codec_context
        context.thread_count = 1  # threads hold pictures back, and a keyframe alone leaves them nothing to share
        context.options = {"max_pixels": str(self._size.limits.most_pixels)}
        container.seek(self._scan.ticks[0], stream=video)
        for packet in _packets(container, video):
            stretch = self._stretches.get(tick_of(packet) or 0) if packet.is_keyframe else None
            if packet.is_keyframe and self._wanted:
                yield from self._taken(self._decoded(video, None))
                self._wanted = []
                context.flush_buffers()
            if stretch is not None:
                yield from self._begun(video, packet, stretch)
            elif self._wanted:
                yield from self._taken(self._decoded(video, packet))
        if self._wanted:
            yield from self._taken(self._decoded(video, None))

    def _begun(self, video: "VideoStream", packet: "Packet[Any]", stretch: Stretch) -> Iterator[Sample]:
        self._wanted = list(stretch.wanted)
        if not stretch.is_keyframe_alone:
            yield from self._taken(self._decoded(video, packet))
            return
        frames = [*self._decoded(video, packet), *self._decoded(video, None)]
        video.codec_context.flush_buffers()
        yield from self._taken(iter(frames))
        self._wanted = []

    def _decoded(self, video: "VideoStream", packet: "Packet[Any] | None") -> "Iterator[av.VideoFrame]":
        """Decode a packet, or with None what the decoder still holds."""
        try:
            yield from video.codec_context.decode(packet)
        except av.error.FFmpegError:
            self.damaged += 1

    def _taken(self, frames: "Iterator[av.VideoFrame]") -> Iterator[Sample]:
        for frame in frames:
            tick = frame.pts if frame.pts is not None else frame.dts
            if not self._wanted or tick is None or tick < self._scan.ticks[self._wanted[0]]:
                continue
            index = int(np.searchsorted(self._scan.ticks, tick, side="right")) - 1
            self._wanted = [one for one in self._wanted if one > index]
            time_s = self._scan.pictures.times_s[index] - self._scan.pictures.times_s[0]
            yield Sample(index, time_s, _small(frame, self._size))


def _packets(container: "InputContainer", video: "VideoStream") -> "Iterator[Packet[Any]]":
    try:
        yield from (packet for packet in container.demux(video) if packet.size)
    except av.error.FFmpegError:
        return  # the scan has noted where the file breaks off


def _small(frame: av.VideoFrame, size: SampleSize) -> Gray:
    """Return a picture's brightness at the size of a sample, turned as its metadata says."""
    if frame.width * frame.height > size.limits.most_pixels:
        raise refusal("too_many_pixels", width_px=frame.width, height_px=frame.height, most=size.limits.most_pixels)
    scale = min(1.0, size.long_side_px / max(frame.width, frame.height))
    width_px, height_px = (max(16, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    small = frame.reformat(width_px, height_px, "gray", interpolation="AREA").to_ndarray()
    return as_gray(np.rot90(small, round(frame.rotation / QUARTER_TURN_DEGREES)))
