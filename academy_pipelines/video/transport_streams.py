"""Where the key frames of an MPEG transport stream lie (ISO/IEC 13818-1), as our encoder writes it."""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.errors import ToolError

PACKET_BYTES = 188
VIDEO_PID = 0x100
"""ffmpeg's first stream."""
TABLE_PIDS = (0x0000, 0x1000)
"""The program association table, and ffmpeg's program map table."""


def table_bytes(segment: bytes) -> int:
    """Return how much of the start of a segment a decoder needs to know its streams.

    Raises:
        ToolError: the tables are missing.
    """
    pids = _pids(_packets(segment))
    firsts = [np.flatnonzero(pids == pid)[:1] for pid in TABLE_PIDS]
    if any(not first.size for first in firsts):
        raise ToolError("the encoder wrote a segment without tables of its streams")
    return (max(int(first[0]) for first in firsts) + 1) * PACKET_BYTES


def keyframe_ranges(segment: bytes) -> list[tuple[int, int]]:
    """Return the bytes, from and to, of each key frame; those of the sound between them are included."""
    packets = _packets(segment)
    starts = np.flatnonzero((_pids(packets) == VIDEO_PID) & (packets[:, 1] & 0x40 != 0))
    random_access = (packets[:, 3] & 0x20 != 0) & (packets[:, 4] > 0) & (packets[:, 5] & 0x40 != 0)
    ends = [*starts[1:].tolist(), len(packets)]
    return [
        (int(start) * PACKET_BYTES, int(end) * PACKET_BYTES)
        for start, end in zip(starts, ends, strict=True)
        if random_access[start]
    ]


def _packets(segment: bytes) -> NDArray[np.uint8]:
    whole = len(segment) // PACKET_BYTES
    return np.frombuffer(segment, np.uint8, whole * PACKET_BYTES).reshape(whole, PACKET_BYTES)


def _pids(packets: NDArray[np.uint8]) -> NDArray[np.int64]:
    return (packets[:, 1] & 0x1F).astype(np.int64) * 256 + packets[:, 2]
