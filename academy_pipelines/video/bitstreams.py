"""What bytes of media say by themselves, without a decoder: containers, transport stream counters, H.264 units."""

from typing import Literal

import numpy as np

Container = Literal["fmp4", "ts", "other"]

TS_PACKET_BYTES = 188
TS_SYNC = 0x47
TS_NULL_PID = 0x1FFF
BOX_HEADER_BYTES = 8
FMP4_SEGMENT_BOXES = frozenset({b"styp", b"sidx", b"moof", b"emsg", b"prft"})
AVC_RECORD_BYTES = 5
"""The AVC decoder configuration record up to the length of lengths (ISO/IEC 14496-15, 5.3.3.1); begins with 1."""
NAL_SLICE, NAL_IDR, NAL_PARAMETERS = 1, 5, 7
"""Types of H.264 network abstraction layer units: a slice, a slice of an IDR picture, a sequence parameter set."""


def container_of(segment: bytes) -> Container:
    """Tell what a media segment is by its first bytes."""
    if segment[4:8] in FMP4_SEGMENT_BOXES:
        return "fmp4"
    if segment[:1] == bytes([TS_SYNC]) and segment[TS_PACKET_BYTES : TS_PACKET_BYTES + 1] in {bytes([TS_SYNC]), b""}:
        return "ts"
    return "other"


def is_incomplete(segment: bytes) -> bool:
    """Whether `segment` ends inside a box of MP4, or inside a packet of a transport stream."""
    match container_of(segment):
        case "ts":
            return len(segment) % TS_PACKET_BYTES != 0
        case "fmp4":
            return _end_of_boxes(segment) != len(segment)
        case _:
            return False


def _end_of_boxes(data: bytes) -> int:
    """Where the last top-level box of `data` says that it ends (ISO/IEC 14496-12, 4.2)."""
    position = 0
    while position + BOX_HEADER_BYTES <= len(data):
        size = int.from_bytes(data[position : position + 4])
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16])
        if size == 0:
            return len(data)
        if size < BOX_HEADER_BYTES:
            return -1
        position += size
    return position


class ContinuityCounters:
    """The 4-bit counters of a transport stream (ISO/IEC 13818-1, 2.4.3.3), followed from segment to segment."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def count_breaks(self, segment: bytes) -> int:
        """Return how many packets of `segment` do not carry on their stream's counter; 0 for other containers."""
        if container_of(segment) != "ts":
            return 0
        packets = np.frombuffer(segment, np.uint8, len(segment) // TS_PACKET_BYTES * TS_PACKET_BYTES)
        packets = packets.reshape(-1, TS_PACKET_BYTES)
        pids = ((packets[:, 1] & 0x1F).astype(np.uint16) << 8) | packets[:, 2]
        has_payload = packets[:, 3] & 0x10 != 0
        counters = packets[:, 3] & 0x0F
        announced = (packets[:, 3] & 0x20 != 0) & (packets[:, 4] > 0) & (packets[:, 5] & 0x80 != 0)
        breaks = 0
        for pid in np.unique(pids[(pids != TS_NULL_PID) & has_payload]):
            chosen = (pids == pid) & has_payload
            before = self._last.get(int(pid), (int(counters[chosen][0]) - 1) % 16)
            steps = np.diff(np.concatenate([[before], counters[chosen].astype(int)])) % 16
            breaks += int(np.count_nonzero((steps > 1) & ~announced[chosen]))
            self._last[int(pid)] = int(counters[chosen][-1])
        return breaks


def nal_types(packet: bytes, length_bytes: int) -> list[int]:
    """Return the types of the NAL units of one H.264 packet.

    `length_bytes` is how long the length before each unit is, 0 for start codes (Annex B).
    """
    if length_bytes == 0:
        return [unit[0] & 0x1F for unit in packet.split(b"\0\0\1")[1:] if unit]
    types: list[int] = []
    position = 0
    while position + length_bytes < len(packet):
        types.append(packet[position + length_bytes] & 0x1F)
        position += length_bytes + int.from_bytes(packet[position : position + length_bytes])
    return types


def length_bytes_of(extradata: bytes) -> int:
    """Return how long the lengths before NAL units are: 0 when `extradata` has start codes, as in a stream of TS."""
    record = extradata[:AVC_RECORD_BYTES]
    return (record[4] & 3) + 1 if len(record) == AVC_RECORD_BYTES and record[0] == 1 else 0


def avc_codec_tag(extradata: bytes) -> str | None:
    """Return the RFC 6381 name of H.264 with these parameter sets, such as "avc1.64001f"; None when there are none."""
    if length_bytes_of(extradata):
        return f"avc1.{extradata[1:4].hex()}"
    for unit in extradata.split(b"\0\0\1")[1:]:
        if unit and unit[0] & 0x1F == NAL_PARAMETERS:
            return f"avc1.{unit[1:4].hex()}"
    return None
