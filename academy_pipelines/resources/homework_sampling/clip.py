"""A video file, opened and read through without decoding anything."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error

from academy_pipelines.video.admission import SECONDS_PER_HOUR, AdmissionPolicy
from academy_pipelines.video.commands import FORMATS
from academy_pipelines.video.frame_plan import Pictures
from academy_pipelines.video.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Generator

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

MOST_PACKETS = 5_000_000
"""Of pictures: more than a day of them."""
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Scan:
    """What the packets of a clip say: its pictures, their times in the stream's units (sorted), and what is odd."""

    pictures: Pictures
    ticks: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """From the first picture to the last one."""
        times_s = self.pictures.times_s
        return times_s[-1] - times_s[0] if times_s else 0.0


@contextmanager
def opened(path: Path, limits: AdmissionPolicy) -> "Generator[tuple[InputContainer, VideoStream]]":
    """Open the local file at `path`, whatever it names elsewhere, and yield it with its pictures' stream.

    Raises:
        UnsupportedMediaError: it is empty, no video, has no pictures that can be decoded, or too large ones.
    """
    if not path.stat().st_size:
        raise refusal("empty")
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{path}", "r", options=options, metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise refusal("unreadable") from error
    with container:
        yield container, _pictures_of(container, limits)


def scan(container: "InputContainer", video: "VideoStream", limits: AdmissionPolicy) -> Scan:
    """Read through all packets of `video`; a file that breaks off is read up to there.

    Raises:
        UnsupportedMediaError: it has no pictures, or too many, or lasts too long.
    """
    seen: dict[int, bool] = {}
    notes: list[str] = []
    try:
        for packet in container.demux(video):
            tick = tick_of(packet)
            if tick is not None:
                seen[tick] = seen.get(tick, False) or packet.is_keyframe
            if len(seen) > MOST_PACKETS:
                raise refusal("too_many_packets", most=MOST_PACKETS)
    except av.error.FFmpegError as error:
        notes.append(f"the file is damaged and was read up to there ({error.strerror})")
    if not seen:
        raise refusal("unreadable")
    ticks = tuple(sorted(seen))
    unit_s = float(video.time_base or 1)
    keyframes = tuple(index for index, tick in enumerate(ticks) if seen[tick])
    found = Scan(Pictures(tuple(tick * unit_s for tick in ticks), keyframes), ticks, tuple(notes))
    if found.duration_s > limits.most_s:
        hours, most = found.duration_s / SECONDS_PER_HOUR, limits.most_s / SECONDS_PER_HOUR
        raise refusal("too_long", hours=hours, most=most)
    return Scan(found.pictures, ticks, (*notes, *_cut_off(container, found.duration_s, limits)))


def tick_of(packet: "Packet[Any]") -> int | None:
    """Return when a packet's picture is shown, in the stream's units; None for one without a picture."""
    if not packet.size:
        return None
    return packet.pts if packet.pts is not None else packet.dts


def _pictures_of(container: "InputContainer", limits: AdmissionPolicy) -> "VideoStream":
    if len(container.streams) > limits.most_streams:
        raise refusal("too_many_streams", streams=len(container.streams), most=limits.most_streams)
    moving = [one for one in container.streams.video if "attached_pic" not in str(one.disposition)]
    if not moving:
        raise refusal("cover_art" if container.streams.video else "no_video")
    video = next((one for one in moving if _has_decoder(one)), None)
    if video is None:
        raise refusal("codec", codec="unknown")
    width_px, height_px = video.codec_context.width, video.codec_context.height
    if width_px * height_px > limits.most_pixels:
        raise refusal("too_many_pixels", width_px=width_px, height_px=height_px, most=limits.most_pixels)
    if min(width_px, height_px) < limits.least_side_px:
        raise refusal("too_small", width_px=width_px, height_px=height_px, least=limits.least_side_px)
    return video


def _has_decoder(video: "VideoStream") -> bool:
    """Streams of a codec that is not compiled in have no context at all."""
    return getattr(video, "codec_context", None) is not None


def _cut_off(container: "InputContainer", seen_s: float, limits: AdmissionPolicy) -> list[str]:
    promised_s = (container.duration or 0) / MICROSECONDS
    missing_s = promised_s - seen_s
    if missing_s <= limits.cut_slack_s + limits.cut_slack_share * promised_s:
        return []
    return [f"the file promises {promised_s:.1f} s, and its pictures end after {seen_s:.1f} s"]
