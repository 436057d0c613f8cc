"""Some pictures of a video on one sheet, with what was found in them drawn over."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.video.paper_ink import PaperInk

Colour = NDArray[np.uint8]
"""(H, W, 3) BGR of 8 bits."""

INK_BGR = (40, 40, 230)
PAPER_BGR = (60, 170, 40)
BACKGROUND_BGR = (45, 45, 45)
CAPTION_BGR = (235, 235, 235)


@dataclass(frozen=True, slots=True)
class SheetPolicy:
    """How many pictures there are on a sheet, and how large."""

    tiles: int = 12
    columns: int = 4
    tile_long_side_px: int = 320
    caption_px: int = 24
    gap_px: int = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture and the words below it, in ASCII."""

    picture: Colour
    caption: str


def on_sheet(count: int, policy: SheetPolicy = SheetPolicy()) -> frozenset[int]:
    """Return which of `count` samples, counted from 0, get on the sheet: spread evenly, with the first and the last."""
    if count <= policy.tiles:
        return frozenset(range(count))
    return frozenset(round(place * (count - 1) / (policy.tiles - 1)) for place in range(policy.tiles))


def draw_tile(picture: Gray, seen: PaperInk, caption: str, policy: SheetPolicy = SheetPolicy()) -> Tile:
    """Return a small picture with the paper outlined in green and the ink in red."""
    drawn = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    drawn[seen.ink > 0] = INK_BGR
    outlines, _ = cv2.findContours(seen.paper, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(drawn, outlines, -1, PAPER_BGR, 2)
    scale = policy.tile_long_side_px / max(picture.shape)
    size_px = tuple(max(1, round(side * scale)) for side in reversed(picture.shape))
    return Tile(np.asarray(cv2.resize(drawn, size_px, interpolation=cv2.INTER_AREA), np.uint8), caption)


def contact_sheet(tiles: Sequence[Tile], policy: SheetPolicy = SheetPolicy()) -> Colour:
    """Return the tiles row by row on one sheet; without any, a sheet that says so."""
    tiles = tiles or [Tile(np.full((180, 320, 3), BACKGROUND_BGR, np.uint8), "no pictures")]
    width_px = max(tile.picture.shape[1] for tile in tiles) + policy.gap_px
    height_px = max(tile.picture.shape[0] for tile in tiles) + policy.caption_px + policy.gap_px
    columns = min(policy.columns, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    shape = (rows * height_px + policy.gap_px, columns * width_px + policy.gap_px, 3)
    sheet = np.full(shape, BACKGROUND_BGR, np.uint8)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        top, left = row * height_px + policy.gap_px, column * width_px + policy.gap_px
        tall, wide = tile.picture.shape[:2]
        sheet[top : top + tall, left : left + wide] = tile.picture
        below = (left + 2, top + tall + policy.caption_px - 8)
        cv2.putText(sheet, tile.caption, below, cv2.FONT_HERSHEY_SIMPLEX, 0.45, CAPTION_BGR, 1, cv2.LINE_AA)
    return sheet
