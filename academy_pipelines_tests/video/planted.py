"""Faults to plant in copies of a good package: each with the code that must name it, and where."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hls_kit import SECONDS, SIZES, Package, ffmpeg, make_source

HTML = "<!doctype html><html><body><h1>404 Not Found</h1></body></html>"
BOTH = ("fmp4", "ts")
FRAGMENT_TICKS_PER_S = 15360
"""How finely ffmpeg counts time in MP4 with 15 frames a second."""


@dataclass(frozen=True)
class Planted:
    """A fault: what `plant` does to a package, and how it must be named in packages of `kinds`."""

    name: str
    plant: Callable[[Package], None]
    code: str
    where: str
    kinds: tuple[str, ...] = BOTH


PLANTED: list[Planted] = []


def fault(code: str, where: str, kinds: tuple[str, ...] = BOTH):
    """Register the decorated function as a fault that is named `code` at a path that begins with `where`."""

    def register(plant: Callable[[Package], None]):
        PLANTED.append(Planted(plant.__name__, plant, code, where, kinds))
        return plant

    return register


# --- files -----------------------------------------------------------------------------------------------------------


@fault("missing_master", "master.m3u8")
def no_master(package: Package):
    package.master.unlink()


@fault("missing_playlist", "v2/index.m3u8")
def no_variant_playlist(package: Package):
    package.playlist(2).unlink()


@fault("missing_segment", "v2/segment_001")
def no_segment(package: Package):
    package.segment(2, 1).unlink()


@fault("empty_file", "v2/segment_001")
def an_empty_segment(package: Package):
    package.segment(2, 1).write_bytes(b"")


@fault("missing_initialisation", "v2/init.mp4", ("fmp4",))
def no_initialisation(package: Package):
    (package.folder / "v2/init.mp4").unlink()


@fault("unreferenced_file", "v2/segment_009.ts")
def a_stale_file_of_an_earlier_try(package: Package):
    shutil.copy(package.segment(2, 1), package.folder / "v2/segment_009.ts")


# --- playlists -------------------------------------------------------------------------------------------------------


@fault("malformed_playlist", "v2/index.m3u8")
def a_web_page_instead_of_a_playlist(package: Package):
    package.playlist(2).write_text(HTML)


@fault("malformed_playlist", "v2/index.m3u8")
def a_segment_outside_the_package(package: Package):
    package.edit(package.playlist(2), r"segment_001", "../../segment_001")


@fault("empty_playlist", "v2/index.m3u8")
def a_playlist_without_segments(package: Package):
    package.edit(package.playlist(2), r"#EXTINF:.*\n.*\n", "")


@fault("playlist_not_ended", "v2/index.m3u8")
def no_endlist(package: Package):
    package.edit(package.playlist(2), "#EXT-X-ENDLIST\n", "")


@fault("target_duration", "v2/index.m3u8")
def a_target_duration_below_the_segments(package: Package):
    package.edit(package.playlist(2), r"(#EXT-X-TARGETDURATION):\d+", r"\1:1")


@fault("target_duration", "v2/index.m3u8")
def a_target_duration_far_above_the_segments(package: Package):
    package.edit(package.playlist(2), r"(#EXT-X-TARGETDURATION):\d+", r"\1:9")


@fault("target_duration", "v2/index.m3u8")
def no_target_duration(package: Package):
    package.edit(package.playlist(2), r"#EXT-X-TARGETDURATION:\d+\n", "")


@fault("playlist_version", "v2/index.m3u8", ("fmp4",))
def a_version_before_initialisations(package: Package):
    package.edit(package.playlist(2), r"(#EXT-X-VERSION):\d+", r"\1:3")


@fault("missing_initialisation", "v2/segment_000", ("fmp4",))
def a_playlist_that_names_no_initialisation(package: Package):
    package.edit(package.playlist(2), r"#EXT-X-MAP:.*\n", "")


@fault("independent_segments", "v1/index.m3u8")
def nobody_says_that_segments_are_independent(package: Package):
    package.edit(package.master, "#EXT-X-INDEPENDENT-SEGMENTS\n", "")


@fault("segment_duration", "v2/segment_001")
def a_wrong_extinf(package: Package):
    package.edit(package.playlist(2), r"#EXTINF:[\d.]+(,\nsegment_001)", r"#EXTINF:1.500\1")


@fault("too_few_segments", "v2/index.m3u8")
def a_third_of_the_segments(package: Package):
    package.edit(package.playlist(2), r"#EXTINF:.*\nsegment_00[1-3].*\n", "")
    package.edit(package.playlist(2), r"#EXTINF:[\d.]+", "#EXTINF:8.0")


@fault("iframe_playlist", "v1/iframes.m3u8", ("fmp4",))
def ranges_that_cut_pictures(package: Package):
    package.edit(package.folder / "v1/iframes.m3u8", r"BYTERANGE:\d+", "BYTERANGE:400")


@fault("iframe_playlist", "v1/iframes.m3u8", ("fmp4",))
def key_frames_that_last_too_short(package: Package):
    package.edit(package.folder / "v1/iframes.m3u8", r"#EXTINF:2.0", "#EXTINF:1.0")


@fault("segment_truncated", "v1/segment_003", ("fmp4",))
def a_range_beyond_its_file(package: Package):
    package.edit(package.folder / "v1/iframes.m3u8", r"@\d+(\nsegment_003)", r"@9999999\1")


# --- the master ------------------------------------------------------------------------------------------------------


@fault("bandwidth_attribute", "v2/index.m3u8")
def a_bandwidth_of_50_kbit(package: Package):
    edit_variant(package, r"(?<![E-])BANDWIDTH=\d+", "BANDWIDTH=50000")


@fault("average_bandwidth_attribute", "v2/index.m3u8")
def no_average_bandwidth(package: Package):
    edit_variant(package, r"AVERAGE-BANDWIDTH=\d+,", "")


@fault("codecs_attribute", "v2/index.m3u8")
def another_profile_in_codecs(package: Package):
    edit_variant(package, r"avc1\.\w+", "avc1.42c00b")


@fault("codecs_attribute", "v2/index.m3u8")
def no_audio_in_codecs(package: Package):
    edit_variant(package, r",mp4a\.40\.2", "")


@fault("resolution_attribute", "v2/index.m3u8")
def another_resolution(package: Package):
    edit_variant(package, r"RESOLUTION=\w+", "RESOLUTION=640x360")


@fault("frame_rate_attribute", "v2/index.m3u8")
def another_frame_rate(package: Package):
    edit_variant(package, r"FRAME-RATE=[\d.]+", "FRAME-RATE=30.000")


def edit_variant(package: Package, pattern: str, replacement: str):
    """Change the master's line about v2."""
    text = package.master.read_text()
    line = re.findall(r"(#EXT-X-STREAM-INF.*)\nv2/", text)[0]
    changed = re.sub(pattern, replacement, line)
    assert changed != line
    package.master.write_text(text.replace(line, changed))


# --- bytes of segments -----------------------------------------------------------------------------------------------


@fault("segment_truncated", "v2/segment_001")
def a_segment_without_its_last_bytes(package: Package):
    shorten(package.segment(2, 1), lambda size: size - 50)


@fault("segment_truncated", "v2/segment_001")
def half_a_segment(package: Package):
    shorten(package.segment(2, 1), lambda size: size // 2)


@fault("segment_truncated", "v2/segment_001", ("ts",))
def half_a_segment_cut_between_packets(package: Package):
    shorten(package.segment(2, 1), lambda size: size // 2 // 188 * 188)


@fault("segment_unreadable", "v2/segment_001")
def a_web_page_instead_of_a_segment(package: Package):
    package.segment(2, 1).write_text(HTML)


@fault("decode_error", "v2/segment_001")
def bytes_damaged_in_the_middle(package: Package):
    damage(package.segment(2, 1), 40)


@fault("decode_error", "v2/segment_001")
def a_few_bytes_damaged(package: Package):
    damage(package.segment(2, 1), 4)


@fault("continuity_counter", "v2/segment_001", ("ts",))
def a_counter_that_jumps(package: Package):
    path = package.segment(2, 1)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 188 * 188
    data[middle + 3] = data[middle + 3] & 0xF0 | (data[middle + 3] + 5) & 0x0F
    path.write_bytes(data)


@fault("initialisation_mismatch", "v2/init.mp4", ("fmp4",))
def the_initialisation_of_another_rung(package: Package):
    shutil.copy(package.folder / "v1/init.mp4", package.folder / "v2/init.mp4")


@fault("segment_order", "v2/segment_002")
def two_segments_swapped(package: Package):
    one, other = package.segment(2, 1), package.segment(2, 2)
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)


@fault("segment_repeated", "v2/segment_002")
def a_segment_twice(package: Package):
    shutil.copy(package.segment(2, 1), package.segment(2, 2))


def shorten(path: Path, size: Callable[[int], int]):
    data = path.read_bytes()
    path.write_bytes(data[: size(len(data))])


def damage(path: Path, count: int):
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    if path.suffix == ".ts":  # a packet of PID 256, the pictures, with nothing but payload
        packets = range(middle // 188 * 188, len(data), 188)
        middle = 60 + next(at for at in packets if data[at + 1 : at + 3] == b"\x01\x00" and data[at + 3] & 0x30 == 0x10)
    data[middle : middle + count] = bytes(byte ^ 0xA5 for byte in data[middle : middle + count])
    path.write_bytes(data)


# --- pictures and sound that are encoded otherwise -------------------------------------------------------------------


@fault("variant_picture", "v2/segment_002")
def a_segment_of_another_video(package: Package):
    source = make_source(package.folder.parent / "another.mp4", "mandelbrot=s=320x180:r=15")
    with_other = package.copy_to(package.folder.parent / "with_other")
    with_other.encode_rung(2, source)
    shutil.copy(with_other.segment(2, 2), package.segment(2, 2))


@fault("picture_differs", "v1/index.m3u8", ("fmp4",))
def all_rungs_of_another_video(package: Package):
    source = make_source(package.folder.parent / "another.mp4", "mandelbrot=s=320x180:r=15")
    encode_all(package, lambda rung: package.encode_rung(rung, source))


@fault("pixel_aspect", "v2/segment_000")
def pixels_that_are_not_square(package: Package):
    package.encode_rung(2, None, "setsar=4/3")


@fault("pixel_format", "v2/segment_000")
def pictures_of_10_bit(package: Package):
    package.encode_rung(2, None, "null", "-profile:v", "high10", "-pix_fmt", "yuv420p10le")


@fault("pixel_format", "v2/segment_000")
def pictures_with_fine_colour(package: Package):
    package.encode_rung(2, None, "null", "-profile:v", "high422", "-pix_fmt", "yuv422p")


@fault("segment_start", "v2/segment_001")
def segments_that_need_the_one_before(package: Package):
    package.encode_rung(2, None, "null", "-x264-params", "open-gop=1:bframes=3", "-force_key_frames", "0")


@fault("variant_start", "v2/index.m3u8")
def a_variant_that_starts_late(package: Package):
    package.encode_rung(2, None, "null", "-output_ts_offset", "0.7")


@fault("edit_list", "v1/index.m3u8", ("fmp4",))
def sound_in_step_only_by_edit_lists_that_chromium_ignores(package: Package):
    empty_edit = ("-avoid_negative_ts", "auto", "-output_ts_offset", "1")
    package.encode_sound(None, "anull", *empty_edit)
    encode_all(package, lambda rung: package.encode_rung(rung, None, "null", *empty_edit))


@fault("variant_duration", "v2/index.m3u8")
def a_variant_that_ends_early(package: Package):
    package.encode_rung(2, None, "null", "-t", str(SECONDS - 1))


@fault("variant_boundaries", "v2/index.m3u8")
def a_variant_that_is_cut_elsewhere(package: Package):
    package.encode_rung(2, None, "null", "-g", "45", "-keyint_min", "45")


@fault("timestamp_gap", "v2/segment_001")
def half_a_second_missing_in_the_timestamps(package: Package):
    for number in (2, 3):
        path = package.segment(2, number)
        if package.kind == "fmp4":
            delay_fragments(path, ticks=FRAGMENT_TICKS_PER_S // 2)
        else:
            later = ["-copyts", "-i", path, "-map", "0", "-c", "copy", "-output_ts_offset", "0.5", "-muxdelay", "0"]
            ffmpeg(*later, path.with_suffix(".later.ts"))
            path.with_suffix(".later.ts").replace(path)


def delay_fragments(path: Path, ticks: int):
    """Add to the decode time of every fragment (the 64-bit field of version 1 of the tfdt box)."""
    data = bytearray(path.read_bytes())
    for match in re.finditer(rb"tfdt\x01", data):
        field = slice(match.start() + 8, match.start() + 16)
        data[field] = (int.from_bytes(data[field]) + ticks).to_bytes(8)
    path.write_bytes(data)


@fault("shorter_than_source", "v1/index.m3u8", ("ts",))
def all_rungs_shorter_than_the_source(package: Package):
    encode_all(package, lambda rung: package.encode_rung(rung, None, "null", "-t", str(SECONDS - 2)))


@fault("longer_than_source", "v3/index.m3u8", ("fmp4",))
def all_rungs_longer_than_the_source(package: Package):
    longer = "tpad=stop_mode=clone:stop_duration=2"
    encode_all(package, lambda rung: package.encode_rung(rung, None, longer))


@fault("video_black", "v1/index.m3u8", ("ts",))
def all_rungs_black(package: Package):
    encode_all(package, lambda rung: package.encode_rung(rung, None, "drawbox=t=fill:c=black"))


@fault("video_frozen", "v1/index.m3u8", ("fmp4",))
def all_rungs_frozen(package: Package):
    frozen = f"select='eq(n,0)',loop=-1:1:0,setpts=N/15/TB,trim=duration={SECONDS}"
    encode_all(package, lambda rung: package.encode_rung(rung, None, frozen))


@fault("audio_missing", "v2/index.m3u8", ("ts",))
def no_sound_in_a_variant(package: Package):
    package.encode_rung(2, None, "null", "-an")


@fault("audio_missing", "v2/index.m3u8", ("fmp4",))
def a_variant_outside_the_audio_group(package: Package):
    edit_variant(package, r',AUDIO="sound"', "")


@fault("audio_silent", "v2/index.m3u8", ("ts",))
def silence_in_a_variant(package: Package):
    package.encode_rung(2, None, "null", "-af", "volume=0")


@fault("audio_silent", "audio/index.m3u8", ("fmp4",))
def silence(package: Package):
    package.encode_sound(None, "volume=0")
    package.write_master()


@fault("audio_shifted", "v2/index.m3u8", ("ts",))
def late_sound_in_a_variant(package: Package):
    package.encode_rung(2, None, "null", "-af", f"adelay=200:all=1,atrim=duration={SECONDS}")


@fault("audio_shifted", "audio/index.m3u8", ("fmp4",))
def early_sound(package: Package):
    package.encode_sound(None, "atrim=start=0.1,asetpts=PTS-STARTPTS")
    package.write_master()


@fault("decode_error", "audio/segment_001", ("fmp4",))
def damaged_sound(package: Package):
    damage(package.folder / "audio/segment_001.m4s", 40)


def encode_all(package: Package, encode: Callable[[int], None]):
    """Encode every rung, and describe them rightly."""
    for rung in range(1, len(SIZES) + 1):
        encode(rung)
    package.write_master()
