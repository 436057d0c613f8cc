"""Arguments of ffmpeg for still pictures of a package: its poster, and small ones for searching.

They are drawn from the package, not from the source: there, pictures are upright, square, in ordinary colours and on a
regular grid, and key frames are never more than a GOP apart.
"""

from fractions import Fraction
from pathlib import Path

from academy_pipelines.video.commands import in_the_open, safe_input
from academy_pipelines.video.storyboard import SHEET_PATTERN, Storyboard

JPEG_QUALITY = "3"


def draw_frame(pictures: Path, frame: int, jpeg: str) -> list[str]:
    """Write the `frame`-th picture of a file that starts with a key frame."""
    return [
        *in_the_open(), *safe_input(pictures),
        "-vf", f"select=eq(n\\,{frame}),{_JPEG_COLOURS}",
        "-frames:v", "1",  # the rest of the file would be decoded for nothing
        "-q:v", JPEG_QUALITY, "-update", "1", jpeg,  # a name with a % would be a pattern
    ]  # fmt: skip


def draw_keyframes(pictures: Path, pattern: str) -> list[str]:
    """Write every key frame of a file."""
    return [
        *in_the_open(),
        "-skip_frame", "nokey",  # everything between would be decoded, 30 times the work
        *safe_input(pictures),
        "-vf", _JPEG_COLOURS,
        "-fps_mode", "passthrough",  # pictures would be repeated to fill the time between them
        "-q:v", JPEG_QUALITY, pattern,
    ]  # fmt: skip


def draw_storyboard(pictures: Path, storyboard: Storyboard) -> list[str]:
    """Write the sheets of a storyboard from a file of one rung."""
    tile = f"scale={storyboard.tile_px[0]}:{storyboard.tile_px[1]}"
    sheet = f"tile={storyboard.columns}x{storyboard.rows}"
    return [
        *in_the_open(),
        "-skip_frame", "nokey",  # everything between would be decoded, 30 times the work
        *safe_input(pictures),
        "-vf", f"select=not(mod(n\\,{storyboard.every})),{tile},{sheet},{_JPEG_COLOURS}",
        "-fps_mode", "passthrough",  # sheets would be repeated to fill the time between them
        "-q:v", JPEG_QUALITY, "-start_number", "0", SHEET_PATTERN,
    ]  # fmt: skip


def middle_frame(frames: int, frame_rate: Fraction, at_s: float | None) -> int:
    """Return which frame is the poster: the one at `at_s`, or the middle one."""
    wanted = frames // 2 if at_s is None else round(Fraction(at_s) * frame_rate)
    return max(0, min(wanted, frames - 1))


_JPEG_COLOURS = "scale=out_range=pc,format=yuvj420p"
"""JPEG has full range: posters would be pale."""
