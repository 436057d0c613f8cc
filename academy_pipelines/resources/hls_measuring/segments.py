"""Measures one segment: its packets, then every picture and sound decoded from them."""

import io
import statistics
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import av
import av.error
import av.logging

from academy_pipelines.resources.hls_measuring.levels import SoundMeter
from academy_pipelines.resources.hls_measuring.thumbnails import draw_thumbnail
from academy_pipelines.video.bitstreams import (
    NAL_IDR,
    NAL_PARAMETERS,
    NAL_SLICE,
    avc_codec_tag,
    container_of,
    is_incomplete,
    length_bytes_of,
    nal_types,
)
from academy_pipelines.video.validation.facts import Keyframe, PictureFacts, SegmentFacts, Thumbnail, TrackFacts

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

FORMATS = {"fmp4": "mp4", "ts": "mpegts"}
NEAREST_FRAMES = 1.6
"""Pictures this near to a wanted time are kept."""
MOST_COMPLAINTS = 20
AAC_TAGS = {"LC": "mp4a.40.2", "HE-AAC": "mp4a.40.5", "HE-AACv2": "mp4a.40.29"}
"""RFC 6381 names of the profiles of AAC, by PyAV's name of the profile."""


def measure_segment(
    data: bytes, initialisation: bytes, wanted_s: Sequence[float], continuity_breaks: int, digest: str
) -> SegmentFacts:
    """Return the facts of the segment `data`, with thumbnails of its first picture and of those near `wanted_s`."""
    kind = container_of(data)
    known = SegmentFacts(len(data), digest, kind, None, is_incomplete(data), continuity_breaks)
    if kind == "other":
        return replace(known, problem=f"it is neither MPEG-TS nor fragmented MP4; it begins with {data[:16]!r}")
    with av.logging.Capture(local=True) as log:
        try:
            with av.open(
                io.BytesIO(initialisation + data), "r", format=FORMATS[kind], metadata_errors="replace"
            ) as container:
                facts = _measure(container, known, len(initialisation), wanted_s)
        except av.error.FFmpegError as error:
            return replace(known, problem=f"it cannot be demultiplexed: {error.strerror}")
    complaints = [f"{name}: {message.strip()}" for level, name, message in log if level <= av.logging.ERROR]
    return replace(facts, damage=(*facts.damage, *complaints)[:MOST_COMPLAINTS])


def has_decoder(track: "VideoStream | AudioStream") -> bool:
    """Whether what `track` holds can be decoded; PyAV has no codec context where it cannot."""
    return getattr(track, "codec_context", None) is not None


def _measure(
    container: "InputContainer", known: SegmentFacts, initialisation_bytes: int, wanted_s: Sequence[float]
) -> SegmentFacts:
    video = next((one for one in container.streams.video if has_decoder(one)), None)
    audio = next((one for one in container.streams.audio if has_decoder(one)), None)
    tracks = [track for track in (video, audio) if track is not None]
    for track in tracks:
        track.codec_context.thread_count = 1
    packets = list(container.demux(tracks)) if tracks else []
    shown = [packet for packet in packets if packet.size and packet.stream is video]
    heard = [packet for packet in packets if packet.size and packet.stream is audio]
    if not shown and not heard:
        return replace(known, problem="no picture and no sound could be found in it")
    pictures = _track_facts(shown, video.codec_context.name) if video is not None else None
    decoding = _Decoding(wanted_s, NEAREST_FRAMES * (pictures.frame_s if pictures is not None else 0.0))
    for packet in packets:
        decoding.decode(packet)
    return replace(
        known,
        video=pictures,
        audio=_track_facts(heard, _audio_tag(audio)) if audio is not None else None,
        picture=_picture_facts(video, shown[0]) if video is not None and shown else None,
        decoded_frames=decoding.frames,
        damage=tuple(decoding.damage),
        keyframes=tuple(
            _keyframe(one, initialisation_bytes) for one in shown if one.is_keyframe and one.pos is not None
        ),
        thumbnails=tuple(decoding.thumbnails),
        sound=decoding.meter.facts(),
    )


class _Decoding:
    """Decodes packets, and keeps what their frames tell."""

    def __init__(self, wanted_s: Sequence[float], near_s: float) -> None:
        self._wanted_s, self._near_s = wanted_s, near_s
        self.frames = 0
        self.damage: list[str] = []
        self.thumbnails: list[Thumbnail] = []
        self.meter = SoundMeter()

    def decode(self, packet: "Packet[Any]") -> None:
        """Decode `packet`; an empty one brings what the decoder still holds."""
        try:
            frames = packet.decode()
        except av.error.FFmpegError as error:
            self.damage.append(f"{packet.stream.codec_context.name}: {error.strerror}")
            return
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                self._see(frame)
            elif isinstance(frame, av.AudioFrame):
                self.meter.hear(frame)

    def _see(self, frame: av.VideoFrame) -> None:
        self.frames += 1
        if frame.is_corrupt:
            self.damage.append(f"picture {self.frames} of the segment is damaged")
        if frame.pts is not None and (not self.thumbnails or self._is_wanted(frame.time)):
            self.thumbnails.append(draw_thumbnail(frame, frame.time))

    def _is_wanted(self, time_s: float) -> bool:
        return any(abs(time_s - wanted_s) <= self._near_s for wanted_s in self._wanted_s)


def _track_facts(packets: "Sequence[Packet[Any]]", codec: str) -> TrackFacts | None:
    timed = [packet for packet in packets if packet.pts is not None]
    if not timed:
        return None
    seconds = float(timed[0].time_base)
    shown = sorted((packet.pts or 0, packet.duration or 0) for packet in timed)
    steps = [after[0] - before[0] for before, after in pairwise(shown)]
    frame = statistics.median_low(steps) if steps else shown[0][1]
    decoded = [packet.dts if packet.dts is not None else packet.pts or 0 for packet in timed]
    return TrackFacts(
        codec=codec,
        packets=len(packets),
        start_s=shown[0][0] * seconds,
        end_s=(shown[-1][0] + frame) * seconds,
        first_dts_s=decoded[0] * seconds,
        last_dts_s=decoded[-1] * seconds,
        frame_s=frame * seconds,
        longest_step_s=max(steps, default=frame) * seconds,
        backward_dts=sum(after <= before for before, after in pairwise(decoded)),
    )


def _picture_facts(video: "VideoStream", first: "Packet[Any]") -> PictureFacts:
    context = video.codec_context
    extradata = context.extradata or b""
    length_bytes = length_bytes_of(extradata)
    types = nal_types(bytes(first), length_bytes)
    aspect = context.sample_aspect_ratio or Fraction(1)
    return PictureFacts(
        codec_tag=avc_codec_tag(extradata) if context.name == "h264" else None,
        width_px=context.width,
        height_px=context.height,
        pixel_format=context.pix_fmt or "unknown",
        pixel_aspect=(aspect.numerator, aspect.denominator),
        starts_with_idr=NAL_IDR in types and NAL_SLICE not in types,
        has_parameter_sets=length_bytes > 0 or NAL_PARAMETERS in types,
    )


def _keyframe(packet: "Packet[Any]", initialisation_bytes: int) -> Keyframe:
    time_s = float((packet.pts or 0) * packet.time_base)
    return Keyframe(time_s, (packet.pos or 0) - initialisation_bytes, packet.size)


def _audio_tag(audio: "AudioStream") -> str:
    context = audio.codec_context
    return AAC_TAGS.get(context.profile or "", context.name) if context.name == "aac" else context.name
