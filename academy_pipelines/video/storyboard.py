"""Small pictures for searching: sheets of tiles, and a WebVTT file that says which tile shows which time.

The cues name a sheet and a rectangle of it (`sheet.jpg#xywh=x,y,w,h`), as players of thumbnails expect.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

SHEET_PATTERN = "storyboard_%03d.jpg"


@dataclass(frozen=True, slots=True)
class StoryboardPolicy:
    """How many tiles there are: one in `most_apart_s` seconds, and more of a short video, up to `wanted_tiles`."""

    long_side_px: int = 160
    most_apart_s: float = 10.0
    wanted_tiles: int = 60
    columns: int = 10
    rows: int = 10


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Tiles of `tile_px` (width, height), `every` so many key frames one, on sheets of `columns` by `rows`."""

    tile_px: tuple[int, int]
    tiles: int
    every: int
    interval_s: Fraction
    duration_s: Fraction
    columns: int
    rows: int

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of the pictures."""
        return tuple(SHEET_PATTERN % number for number in range(math.ceil(self.tiles / (self.columns * self.rows))))


def plan_storyboard(
    size_px: tuple[int, int], keyframes: int, keyframe_s: Fraction, duration_s: Fraction, policy: StoryboardPolicy
) -> Storyboard:
    """Return the storyboard of a video with `keyframes`, one every `keyframe_s`."""
    apart_s = min(policy.most_apart_s, float(duration_s) / policy.wanted_tiles)
    every = max(1, round(apart_s / keyframe_s))
    tiles = math.ceil(keyframes / every)
    columns = min(policy.columns, tiles)
    scale = policy.long_side_px / max(size_px)
    return Storyboard(
        tile_px=(max(2, round(size_px[0] * scale / 2) * 2), max(2, round(size_px[1] * scale / 2) * 2)),
        tiles=tiles,
        every=every,
        interval_s=every * keyframe_s,
        duration_s=duration_s,
        columns=columns,
        rows=min(policy.rows, math.ceil(tiles / columns)),
    )


def write_vtt(storyboard: Storyboard) -> str:
    """Return the WebVTT text of a storyboard."""
    return "\n".join(["WEBVTT", "", *(line for cue in _cues(storyboard) for line in cue)])


def _cues(storyboard: Storyboard) -> Iterator[tuple[str, str, str]]:
    width_px, height_px = storyboard.tile_px
    on_a_sheet = storyboard.columns * storyboard.rows
    for tile in range(storyboard.tiles):
        start_s = tile * storyboard.interval_s
        end_s = storyboard.duration_s if tile == storyboard.tiles - 1 else start_s + storyboard.interval_s
        row, column = divmod(tile % on_a_sheet, storyboard.columns)
        place = f"{column * width_px},{row * height_px},{width_px},{height_px}"
        yield f"{_time(start_s)} --> {_time(end_s)}", f"{SHEET_PATTERN % (tile // on_a_sheet)}#xywh={place}", ""


def _time(seconds: Fraction) -> str:
    milliseconds = round(seconds * 1000)
    whole_s, rest_ms = divmod(milliseconds, 1000)
    return f"{whole_s // 3600:02d}:{whole_s // 60 % 60:02d}:{whole_s % 60:02d}.{rest_ms:03d}"
