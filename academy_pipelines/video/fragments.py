"""Fragmented MP4 taken apart and put together (ISO/IEC 14496-12): segments are cut without touching a picture.

ffmpeg writes one file a rung with a fragment for each group of pictures, and one for the sound with a fragment for
each AAC frame. Segments of pictures are runs of those fragments as they are; those of sound are fragments made anew.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from academy_pipelines.errors import ToolError

HEADER_BYTES = 8
LARGE_HEADER_BYTES = 16
FULL_HEADER_BYTES = 4
SEQUENCE_NUMBER_BYTES = 4
TRUN_OFFSET, TRUN_FIRST_FLAGS = 0x1, 0x4
TRUN_FIELDS = (0x100, 0x200, 0x400, 0x800)
"""Flags of the four 32-bit fields that each sample of a run may have: duration, size, flags, composition offset."""
TRUN_SIZES = 0x200
TFHD_FIELDS = ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4))
"""Optional fields of a track fragment header in order, with their bytes; the last one is the default size."""
MDHD_TIMESCALE = {0: 12, 1: 20}
"""Where the media header has how many units of time a second has, by its version."""
NORMAL_SPEED = 0x00010000
TFHD_DEFAULT_DURATION, TFHD_DEFAULT_BASE_IS_MOOF = 0x8, 0x020000


class Box(NamedTuple):
    """A box, or all of a file: where its content starts and where it ends; `start` is that of its header."""

    kind: bytes
    start: int
    content: int
    end: int


@dataclass(frozen=True, slots=True)
class Fragment:
    """A `moof` with its `mdat`: where it lies, and the sizes of its samples, which follow each other from `data` on."""

    start: int
    end: int
    data: int
    sample_bytes: tuple[int, ...]

    @property
    def first_sample_end(self) -> int:
        """Where its first sample ends; from `start` to here it can be shown alone, if that sample is a key frame."""
        return self.data + self.sample_bytes[0]


def boxes(file: memoryview, within: Box | None = None) -> Iterator[Box]:
    """Yield the boxes of a file, or those within a box.

    Raises:
        ToolError: one ends after what it lies in.
    """
    place, end = (within.content, within.end) if within is not None else (0, len(file))
    while place + HEADER_BYTES <= end:
        size, kind = int.from_bytes(file[place : place + 4]), bytes(file[place + 4 : place + 8])
        content = place + HEADER_BYTES
        if size == 1:
            size, content = int.from_bytes(file[content : content + 8]), place + LARGE_HEADER_BYTES
        if size < content - place or place + size > end:
            raise ToolError(f"the encoder wrote a broken file: a box {kind!r} of {size} bytes at {place} of {end}")
        yield Box(kind, place, content, place + size)
        place += size


def child(file: memoryview, parent: Box, *path: bytes) -> Box:
    """Return the first box at `path` below `parent`.

    Raises:
        ToolError: there is none.
    """
    for kind in path:
        found = next((box for box in boxes(file, parent) if box.kind == kind), None)
        if found is None:
            raise ToolError(f"the encoder wrote a broken file: no {kind!r} in the {parent.kind!r} at {parent.start}")
        parent = found
    return parent


def initialisation_bytes(file: memoryview) -> int:
    """Return how long the part before the first fragment is."""
    return next((box.start for box in boxes(file) if box.kind == b"moof"), len(file))


def shown_from(initialisation: bytes, start: Fraction) -> bytes:
    """Return an initialisation of one track that is shown from `start` seconds of its own clock on.

    Pictures are shown later than they are decoded, and sound is not: one entry of an edit list takes that back, in
    Chromium too, which ignores lists that begin with an empty one.
    """
    file = memoryview(initialisation)
    moov = child(file, Box(b"", 0, 0, len(file)), b"moov")
    trak = child(file, moov, b"trak")
    mdhd, before = child(file, trak, b"mdia", b"mdhd"), child(file, trak, b"tkhd").end
    (timescale,) = struct.unpack_from(">I", file, mdhd.content + MDHD_TIMESCALE[file[mdhd.content]])
    entry = struct.pack(">IIiI", 1, 0, round(start * timescale), NORMAL_SPEED)
    edit_list = _box(b"edts", _full(b"elst", 0, 0, entry))
    grown = bytearray(initialisation[:before] + edit_list + initialisation[before:])
    for box in (moov, trak):
        struct.pack_into(">I", grown, box.start, box.end - box.start + len(edit_list))
    return bytes(grown)


def fragments(file: memoryview) -> Iterator[Fragment]:
    """Yield the fragments of a file in order."""
    header: Box | None = None
    for box in boxes(file):
        if box.kind == b"moof":
            header = box
        elif box.kind == b"mdat" and header is not None:
            data, sizes = _samples(file, header)
            yield Fragment(header.start, box.end, data, sizes)
            header = None


def renumbered(file: memoryview, first: int) -> Iterator[bytes]:
    """Yield the bytes of a file's fragments with running numbers from `first` on, to follow those of another file."""
    for number, fragment in enumerate(fragments(file), first):
        moof = Box(b"moof", fragment.start, fragment.start + HEADER_BYTES, fragment.end)
        place = child(file, moof, b"mfhd").content + FULL_HEADER_BYTES
        yield bytes(file[fragment.start : place]) + struct.pack(">I", number)
        yield bytes(file[place + SEQUENCE_NUMBER_BYTES : fragment.end])


def _samples(file: memoryview, moof: Box) -> tuple[int, tuple[int, ...]]:
    """Return where the samples of a fragment start, and their sizes."""
    trun = child(file, moof, b"traf", b"trun")
    flags, count = struct.unpack_from(">II", file, trun.content)
    place = trun.content + 8
    (offset,) = struct.unpack_from(">i", file, place) if flags & TRUN_OFFSET else (0,)
    place += 4 * bool(flags & TRUN_OFFSET) + 4 * bool(flags & TRUN_FIRST_FLAGS)
    if not flags & TRUN_SIZES:
        return moof.start + offset, (_default_size(file, moof),) * count
    columns = [flag for flag in TRUN_FIELDS if flags & flag]
    table = np.frombuffer(file, ">u4", count * len(columns), place).reshape(count, len(columns))
    return moof.start + offset, tuple(int(size) for size in table[:, columns.index(TRUN_SIZES)])


def _default_size(file: memoryview, moof: Box) -> int:
    tfhd = child(file, moof, b"traf", b"tfhd")
    (flags,) = struct.unpack_from(">I", file, tfhd.content)
    *before, _ = TFHD_FIELDS
    place = tfhd.content + 8 + sum(size for flag, size in before if flags & flag)
    return int(struct.unpack_from(">I", file, place)[0])


def sound_segment(number: int, decode_time: int, frame_duration: int, frames: Sequence[bytes]) -> bytes:
    """Return one fragment with `frames` of sound, of which each lasts `frame_duration`, from `decode_time` on.

    `number` counts the fragments of the track from 1; times are in the track's own unit.
    """
    tfhd = _full(b"tfhd", 0, TFHD_DEFAULT_BASE_IS_MOOF | TFHD_DEFAULT_DURATION, struct.pack(">II", 1, frame_duration))
    tfdt = _full(b"tfdt", 1, 0, struct.pack(">Q", decode_time))
    sizes = np.array([len(frame) for frame in frames], ">u4").tobytes()

    def moof(data_offset: int) -> bytes:
        run = _full(b"trun", 0, TRUN_OFFSET | TRUN_SIZES, struct.pack(">Ii", len(frames), data_offset) + sizes)
        return _box(b"moof", _full(b"mfhd", 0, 0, struct.pack(">I", number)) + _box(b"traf", tfhd + tfdt + run))

    return moof(len(moof(0)) + HEADER_BYTES) + _box(b"mdat", b"".join(frames))


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", HEADER_BYTES + len(content), kind) + content


def _full(kind: bytes, version: int, flags: int, content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags) + content)
