"""Measures the file that a package was made from: how long it can be read, some pictures, and its sound."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np

from academy_pipelines.resources.hls_measuring.levels import SoundMeter
from academy_pipelines.resources.hls_measuring.messages import SourceFile
from academy_pipelines.resources.hls_measuring.segments import has_decoder
from academy_pipelines.resources.hls_measuring.thumbnails import draw_thumbnail
from academy_pipelines.video.validation.facts import SoundFacts, SourceFacts, Thumbnail

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

HDR_TRANSFERS = frozenset({16, 18})
"""Transfer characteristics of SMPTE ST 2084 (PQ) and HLG, ITU-T H.273."""
LEAST_PATIENCE_FRAMES = 6
PATIENCE_SHARE = 48
"""Of the source's frames, one in so many is decoded on the way from a keyframe to each thumbnail at most."""
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf"


def measure_source(source: SourceFile, thumbnails: int, threads: int) -> SourceFacts:
    """Return the facts of `source`, with at most `thumbnails` pictures.

    The whole file is demultiplexed and its sound decoded, but of its pictures only some, from keyframes on: a picture
    may be earlier than an even spread would want it.

    Raises:
        ValueError: it has no pictures that can be decoded.
    """
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    with av.open(f"file:{source.path}", "r", options=options, metadata_errors="replace") as container:
        videos = [one for one in container.streams.video if source.video_stream in {None, one.index}]
        video = next((one for one in videos if has_decoder(one) and not _is_cover(one)), None)
        if video is None:
            raise ValueError("the source has no pictures that can be decoded")
        audios = [one for one in container.streams.audio if source.audio_stream in {None, one.index}]
        scan = _Scan(container, video, next((one for one in audios if has_decoder(one)), None))
        video.codec_context.thread_count = threads
        video.codec_context.skip_frame = "NONREF"  # pictures that no other needs are half of the work
        return SourceFacts(
            video_end_s=scan.video_end_s - scan.zero_s,
            audio_end_s=scan.audio_end_s - scan.zero_s if scan.audio_end_s is not None else None,
            high_dynamic_range=int(video.codec_context.color_trc) in HDR_TRANSFERS,
            thumbnails=tuple(_thumbnails(container, video, scan, thumbnails)),
            sound=scan.sound,
        )


def _is_cover(video: "VideoStream") -> bool:
    return "attached_pic" in str(video.disposition)


class _Scan:
    """One pass over all packets; times are the file's own, in seconds."""

    def __init__(self, container: "InputContainer", video: "VideoStream", audio: "AudioStream | None") -> None:
        self.zero_s = float("inf")
        self.video_end_s = float("-inf")
        self.audio_end_s: float | None = None
        self.frames = 0
        self.keyframes: list[int] = []
        meter = SoundMeter()
        for packet in container.demux([track for track in (video, audio) if track is not None]):
            if packet.stream is video:
                self._see(packet)
            else:
                self._hear(packet, meter)
        self.keyframes.sort()
        sound = meter.facts()
        if sound is not None:
            self.zero_s = min(self.zero_s, sound.start_s)
        self.sound = SoundFacts(sound.start_s - self.zero_s, sound.levels_hex) if sound is not None else None

    def _see(self, packet: "Packet[Any]") -> None:
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None or not packet.size:
            return
        time_s = float(pts * packet.time_base)
        self.frames += 1
        self.zero_s = min(self.zero_s, time_s)
        self.video_end_s = max(self.video_end_s, time_s + float((packet.duration or 0) * packet.time_base))
        if packet.is_keyframe:
            self.keyframes.append(pts)

    def _hear(self, packet: "Packet[Any]", meter: SoundMeter) -> None:
        try:
            for frame in packet.decode():
                meter.hear(frame)
                if frame.pts is not None:
                    self.audio_end_s = frame.time + frame.samples / frame.sample_rate
        except av.error.FFmpegError:
            return  # a damaged stretch of the source is no fault of the package


def _thumbnails(container: "InputContainer", video: "VideoStream", scan: _Scan, count: int) -> Iterator[Thumbnail]:
    patience = max(LEAST_PATIENCE_FRAMES, scan.frames // PATIENCE_SHARE)
    frames: Iterator[av.VideoFrame] = iter(())
    at_keyframe: int | None = None
    ticks_per_s = float(1 / video.time_base) if video.time_base else 1.0
    for share in (np.arange(count) + 0.5) / count:
        wanted_s = scan.zero_s + share * (scan.video_end_s - scan.zero_s)
        place = bisect_right(scan.keyframes, wanted_s * ticks_per_s) - 1
        if place < 0:
            continue
        if scan.keyframes[place] != at_keyframe:
            at_keyframe = scan.keyframes[place]
            frames = _frames_from(container, video, at_keyframe)
        frame = _nearest(frames, wanted_s, patience)
        if frame is not None:
            yield draw_thumbnail(frame, frame.time - scan.zero_s)


def _frames_from(container: "InputContainer", video: "VideoStream", keyframe: int) -> Iterator[av.VideoFrame]:
    container.seek(keyframe, stream=video)
    try:
        for frame in container.decode(video):
            if frame.pts is not None and frame.pts >= keyframe and not frame.is_corrupt:
                yield frame
    except av.error.FFmpegError:
        return  # as above


def _nearest(frames: Iterator[av.VideoFrame], wanted_s: float, patience: int) -> av.VideoFrame | None:
    """Return the first frame from `wanted_s` on, or the last one before patience or the file ends."""
    last: av.VideoFrame | None = None
    for frame in islice(frames, patience):
        last = frame
        if frame.time >= wanted_s:
            break
    return last
