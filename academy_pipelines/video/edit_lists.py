"""Edit lists of MP4 initialisations (ISO/IEC 14496-12, 8.6.6): how a player moves a track on its timeline.

Chromium's media source applies an edit list's first entry when that has a media time, and ignores every other list
(media/formats/mp4/track_run_iterator.cc); Safari and ffmpeg apply them all.
"""

from collections.abc import Iterator

CONTAINERS = frozenset({b"moov", b"edts", b"mdia"})
HEADER_BYTES = 8
FIRST_MEDIA_TIME = {0: slice(12, 16), 1: slice(16, 24)}
"""Where the media time of the first entry lies in the payload, by the version of the box."""
TIMESCALE = {0: slice(12, 16), 1: slice(20, 24)}
HANDLER_TYPE = slice(8, 12)


def simple_shifts_s(initialisation: bytes) -> dict[str, float]:
    """Return by how much a player of simple edit lists shows each track earlier than its decode times say.

    The keys are "video" and "audio"; a track without such a list has 0.
    """
    shifts: dict[str, float] = {}
    for track in [payload for name, payload in _boxes(initialisation) if name == b"trak"]:
        parts = dict(_boxes(track))
        handler, header = parts.get(b"hdlr", b""), parts.get(b"mdhd", b"")
        kind = {b"vide": "video", b"soun": "audio"}.get(handler[HANDLER_TYPE])
        timescale = int.from_bytes(header[TIMESCALE[header[0] & 1]]) if header else 0
        if kind is not None and timescale:
            shifts[kind] = _first_media_time(parts.get(b"elst", b"")) / timescale
    return shifts


def _first_media_time(edit_list: bytes) -> int:
    if int.from_bytes(edit_list[4:8]) == 0:
        return 0
    return max(0, int.from_bytes(edit_list[FIRST_MEDIA_TIME[edit_list[0] & 1]], signed=True))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and payload of every box of `data`; containers are replaced by what they hold."""
    position = 0
    while position + HEADER_BYTES <= len(data):
        size = int.from_bytes(data[position : position + 4])
        name = data[position + 4 : position + HEADER_BYTES]
        if size < HEADER_BYTES:
            return
        payload = data[position + HEADER_BYTES : position + size]
        if name in CONTAINERS:
            yield from _boxes(payload)
        else:
            yield name, payload
        position += size
