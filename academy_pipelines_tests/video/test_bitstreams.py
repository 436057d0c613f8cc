"""What bytes say by themselves: counters, boxes, NAL units, edit lists."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.video.bitstreams import (
    ContinuityCounters,
    avc_codec_tag,
    container_of,
    is_incomplete,
    length_bytes_of,
    nal_types,
)
from academy_pipelines.video.edit_lists import simple_shifts_s
from academy_pipelines.video.fragments import shown_from

PIDS = st.integers(0, 3).map(lambda index: (0, 256, 257, 0x1FFF)[index])


def ts_packet(pid: int, counter: int, *, payload: bool = True) -> bytes:
    control = (0x10 if payload else 0x20) | counter % 16
    return bytes([0x47, pid >> 8, pid & 0xFF, control, 0 if payload else 183]).ljust(188, b"\xff")


@given(st.lists(st.lists(PIDS, min_size=1), min_size=1, max_size=5))
def test_counters_that_run_on_through_all_segments_break_nowhere(segments: list[list[int]]):
    sent = dict.fromkeys((0, 256, 257, 0x1FFF), 14)
    counters = ContinuityCounters()
    for pids in segments:
        data = b""
        for pid in pids:
            sent[pid] += 1
            data += ts_packet(pid, sent[pid])
        assert counters.count_breaks(data) == 0


@given(st.integers(2, 15), st.integers(1, 20))
def test_a_jump_of_a_counter_is_one_break_wherever_it_is(jump: int, before: int):
    counters = ContinuityCounters()
    assert counters.count_breaks(b"".join(ts_packet(256, number) for number in range(before))) == 0
    assert counters.count_breaks(ts_packet(256, before - 1 + jump) + ts_packet(256, before + jump)) == 1


def test_packets_without_payload_do_not_count():
    counters = ContinuityCounters()
    data = [ts_packet(256, 3), ts_packet(256, 3, payload=False), ts_packet(256, 4)]
    assert counters.count_breaks(b"".join(data)) == 0


def box(name: bytes, payload: bytes) -> bytes:
    return (8 + len(payload)).to_bytes(4) + name + payload


@given(st.lists(st.binary(max_size=30), min_size=1), st.integers(1, 7))
def test_a_segment_that_lacks_bytes_is_incomplete(payloads: list[bytes], lacking: int):
    whole = box(b"moof", b"head") + b"".join(box(b"mdat", payload) for payload in payloads)
    assert container_of(whole) == "fmp4"
    assert not is_incomplete(whole)
    assert is_incomplete(whole[:-lacking])


@given(st.lists(st.tuples(st.integers(1, 31), st.binary(max_size=20).map(lambda data: data.replace(b"\0", b"\1")))))
def test_units_are_found_behind_lengths_and_behind_start_codes(units: list[tuple[int, bytes]]):
    written = [bytes([kind]) + data for kind, data in units]
    assert nal_types(b"".join(len(unit).to_bytes(4) + unit for unit in written), 4) == [kind for kind, _ in units]
    assert nal_types(b"".join(b"\0\0\0\1" + unit for unit in written), 0) == [kind for kind, _ in units]


def test_the_codec_is_named_from_the_parameter_sets():
    record, start_codes = bytes.fromhex("0164001fffe1"), bytes.fromhex("0000000109f00000000167640c0bacd9")
    assert (avc_codec_tag(record), length_bytes_of(record)) == ("avc1.64001f", 4)
    assert (avc_codec_tag(start_codes), length_bytes_of(start_codes)) == ("avc1.640c0b", 0)
    assert avc_codec_tag(b"") is None


def track(handler: bytes, timescale: int, *edits: tuple[int, int]) -> bytes:
    entries = b"".join(length.to_bytes(4) + time.to_bytes(4, signed=True) + b"\0\1\0\0" for length, time in edits)
    edit_list = box(b"edts", box(b"elst", bytes(4) + len(edits).to_bytes(4) + entries)) if edits else b""
    header = box(b"mdhd", bytes(12) + timescale.to_bytes(4) + bytes(8))
    return box(b"trak", edit_list + box(b"mdia", header + box(b"hdlr", bytes(8) + handler + bytes(12))))


@pytest.mark.parametrize(
    ("edits", "shift_s"), [([], 0.0), ([(0, 2048)], 0.2), ([(133, -1), (0, 2048)], 0.0), ([(0, 0)], 0.0)]
)
def test_only_a_first_edit_with_a_media_time_moves_a_track(edits: list[tuple[int, int]], shift_s: float):
    initialisation = box(b"ftyp", b"iso5") + box(b"moov", track(b"vide", 10240, *edits) + track(b"soun", 48000))
    assert simple_shifts_s(initialisation) == {"video": shift_s, "audio": 0.0}


def test_pictures_of_a_package_are_shown_from_their_first_one_on():
    track_header = box(b"tkhd", bytes(84))
    media = track(b"vide", 15360)[8:]
    initialisation = box(b"ftyp", b"iso5") + box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak", track_header + media))
    shown = shown_from(initialisation, Fraction(2, 15))
    assert simple_shifts_s(initialisation) == {"video": 0.0}
    assert simple_shifts_s(shown) == {"video": pytest.approx(2 / 15)}
    assert shown.replace(shown[shown.index(b"edts") - 4 :][:36], b"").endswith(media)


@given(st.binary())
def test_any_bytes_have_edit_lists_or_none(data: bytes):
    simple_shifts_s(data)
    simple_shifts_s(box(b"moov", box(b"trak", data)))
