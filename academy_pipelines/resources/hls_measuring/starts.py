"""Measures when a rendition starts, for players that apply edit lists and for those that hardly do."""

import io

import av
import av.error

from academy_pipelines.resources.hls_measuring.segments import FORMATS
from academy_pipelines.video.bitstreams import container_of
from academy_pipelines.video.edit_lists import simple_shifts_s
from academy_pipelines.video.validation.facts import StartFacts

WITHOUT_EDIT_LISTS = {"ignore_editlist": "1"}


def measure_start(data: bytes, initialisation: bytes) -> StartFacts:
    """Return when the pictures and the sound of the first segment, `data`, start."""
    kind = container_of(data)
    if kind == "other":
        return StartFacts()
    applied = _starts_s(initialisation + data, FORMATS[kind], {})
    simple = applied
    if kind == "fmp4":
        shifts = simple_shifts_s(initialisation)
        unshifted = _starts_s(initialisation + data, FORMATS[kind], WITHOUT_EDIT_LISTS)
        simple = {track: start_s - shifts.get(track, 0.0) for track, start_s in unshifted.items()}
    return StartFacts(applied.get("video"), applied.get("audio"), simple.get("video"), simple.get("audio"))


def _starts_s(data: bytes, name: str, options: dict[str, str]) -> dict[str, float]:
    """When the first packet of each kind of track is shown."""
    starts: dict[str, float] = {}
    try:
        with av.open(io.BytesIO(data), "r", format=name, options=options, metadata_errors="replace") as container:
            wanted = {stream.type for stream in container.streams}
            for packet in container.demux():
                if packet.pts is not None:
                    starts.setdefault(packet.stream.type, float(packet.pts * packet.time_base))
                if starts.keys() >= wanted:
                    break
    except av.error.FFmpegError:
        return {}
    return starts
