"""What ffprobe says about a file, line by line, as `Media`; `commands.probe` is the question.

Packets come first, one a line, so that a file of any length is read in little memory; then streams; then the format.
"""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from academy_pipelines.errors import UnsupportedMediaError
from academy_pipelines.video.frame_rates import longest_pause_s, measured_rate
from academy_pipelines.video.media import UNKNOWN_CODEC, AudioTrack, Media, Transfer, VideoTrack
from academy_pipelines.video.refusals import refusal

HEADERS_WITH_DURATION = frozenset({"mov", "matroska", "webm", "avi", "asf"})
"""Containers whose duration is written at the start or in an index; for others ffprobe estimates it."""
INTERLACED_ORDERS = frozenset({"tt", "bb", "tb", "bt"})
TRANSFERS: dict[str, Transfer] = {"smpte2084": "pq", "arib-std-b67": "hlg"}
MOST_PACKETS = 20_000_000
"""A day of sound and pictures at 120 a second; a file with more is not a lecture."""
RATE_OF_ONE_PICTURE = Fraction(25)

Fields = dict[str, str]

_TOO_LARGE = re.compile(r"Picture size (\d+)x(\d+) exceeds specified max pixel count (\d+)")


@dataclass(slots=True)
class _Packets:
    """Times of one stream's packets that are played."""

    starts_s: "array[float]" = field(default_factory=lambda: array("d"))
    ends_s: "array[float]" = field(default_factory=lambda: array("d"))
    keys_s: "array[float]" = field(default_factory=lambda: array("d"))

    @property
    def start_s(self) -> float:
        return min(self.starts_s, default=0.0)

    @property
    def end_s(self) -> float:
        return max(self.ends_s, default=0.0)

    @property
    def longest_gop_s(self) -> float:
        """The longest time without a key frame."""
        return longest_pause_s(np.asarray([self.start_s, *self.keys_s, self.end_s]))


def refusal_of(complaints: Iterable[str], *, failed: bool) -> UnsupportedMediaError | None:
    """Return why ffprobe would not read a file, by its complaints; None when it did."""
    for line in complaints:
        too_large = _TOO_LARGE.search(line)
        if too_large is not None:
            return refusal("too_many_pixels", width_px=too_large[1], height_px=too_large[2], most=int(too_large[3]))
        if "whitelist" in line:
            return refusal("container")
    return refusal("unreadable") if failed else None


class ProbeReader:
    """Takes the lines of one probe in order."""

    def __init__(self) -> None:
        self._packets: dict[str, _Packets] = {}
        self._streams: dict[str, Fields] = {}
        self._format: Fields = {}
        self._count = 0
        self._damaged = 0

    def read(self, line: str) -> None:
        """Take the next line.

        Raises:
            UnsupportedMediaError: there are more packets than any video has.
        """
        section, _, rest = line.partition("|")
        match section:
            case "packet":
                self._read_packet(_fields(rest))
            case "stream":
                stream = _fields(rest)  # those of a program are told twice
                self._streams[stream["index"]] = stream
            case "format":
                self._format = _fields(rest)
            case _:
                pass

    def media(self) -> Media:
        """Return what the lines say.

        Raises:
            UnsupportedMediaError: they tell of no moving pictures.
        """
        zero_s = _number(self._format.get("start_time")) or 0.0
        streams = list(self._streams.values())
        playing = [stream for stream in streams if stream.get("disposition:attached_pic") != "1"]
        pictures = [stream for stream in playing if stream.get("codec_type") == "video"]
        if not pictures:
            raise refusal("cover_art" if len(playing) < len(streams) else "no_video")
        chosen = max(pictures, key=_is_default)
        audio = [stream for stream in playing if stream.get("codec_type") == "audio"]
        container = self._format.get("format_name", "")
        has_duration = not HEADERS_WITH_DURATION.isdisjoint(container.split(","))
        return Media(
            container=container,
            size_bytes=int(_number(self._format.get("size")) or 0),
            streams=len(streams),
            header_s=_number(self._format.get("duration")) if has_duration else None,
            readable_s=max((self._of(one).end_s for one in (*pictures, *audio)), default=0.0) - zero_s,
            longest_pause_s=self._longest_pause_s([chosen, *audio]),
            damaged_packets=self._damaged,
            video=self._video(chosen, zero_s),
            audio=tuple(self._audio(stream, zero_s) for stream in audio),
        )

    def _of(self, stream: Fields) -> _Packets:
        return self._packets.get(stream["index"], _Packets())

    def _read_packet(self, fields: Fields) -> None:
        self._count += 1
        if self._count > MOST_PACKETS:
            raise refusal("too_many_packets", most=MOST_PACKETS)
        flags = fields.get("flags", "")
        self._damaged += "C" in flags
        start_s = _number(fields.get("pts_time"))
        if start_s is None:
            start_s = _number(fields.get("dts_time"))
        if start_s is None or "D" in flags:
            return
        packets = self._packets.setdefault(fields.get("stream_index", ""), _Packets())
        packets.starts_s.append(start_s)
        packets.ends_s.append(start_s + (_number(fields.get("duration_time")) or 0.0))
        if "K" in flags:
            packets.keys_s.append(start_s)

    def _longest_pause_s(self, streams: list[Fields]) -> float:
        """How long nothing begins. A packet that claims to last for an hour is no reason to believe in that hour."""
        packets = [self._of(stream) for stream in streams]
        ends = [one.end_s for one in packets if one.ends_s]
        return longest_pause_s(np.concatenate([ends, *(np.asarray(one.starts_s) for one in packets)]))

    def _video(self, stream: Fields, zero_s: float) -> VideoTrack:
        packets = self._of(stream)
        rate = measured_rate(np.asarray(packets.starts_s)) or RATE_OF_ONE_PICTURE
        last_s = max(packets.starts_s, default=0.0)
        return VideoTrack(
            stream=int(stream["index"]),
            codec=stream.get("codec_name", UNKNOWN_CODEC),
            width_px=int(_number(stream.get("width")) or 0),
            height_px=int(_number(stream.get("height")) or 0),
            pixel_aspect=_aspect(stream.get("sample_aspect_ratio", "")),
            rotation_deg=round(-(_number(stream.get("rotation")) or 0.0)) % 360,
            pixel_format=stream.get("pix_fmt", "unknown"),
            matrix=_known(stream.get("color_space")),
            transfer=TRANSFERS.get(stream.get("color_transfer", ""), "sdr"),
            interlaced=stream.get("field_order") in INTERLACED_ORDERS,
            frame_rate=rate,
            frames=len(packets.starts_s),
            longest_gop_s=packets.longest_gop_s,
            start_s=packets.start_s - zero_s,
            end_s=max(packets.end_s, last_s + float(1 / rate)) - zero_s,
        )

    def _audio(self, stream: Fields, zero_s: float) -> AudioTrack:
        packets = self._of(stream)
        return AudioTrack(
            stream=int(stream["index"]),
            codec=stream.get("codec_name", UNKNOWN_CODEC),
            channels=int(_number(stream.get("channels")) or 0),
            sample_rate_hz=int(_number(stream.get("sample_rate")) or 0),
            is_default=_is_default(stream),
            packets=len(packets.starts_s),
            start_s=packets.start_s - zero_s,
            end_s=packets.end_s - zero_s,
        )


def _fields(text: str) -> Fields:
    return {name: value for name, found, value in (part.partition("=") for part in text.split("|")) if found}


def _is_default(stream: Fields) -> bool:
    return stream.get("disposition:default") == "1"


def _known(text: str | None) -> str | None:
    return None if text in {None, "unknown", "N/A", "reserved"} else text


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:  # "N/A"
        return None


def _aspect(text: str) -> Fraction:
    width, _, height = text.partition(":")
    if not (width.isdigit() and height.isdigit()) or int(width) == 0 or int(height) == 0:
        return Fraction(1)
    return Fraction(int(width), int(height))
