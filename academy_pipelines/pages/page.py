"""One page of a file: what is known before it is decoded, and how its pixels are brought upright and square."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import cv2

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import REDUCE_ABOVE_LONG_SIDE_PX, Gray, as_gray, halved

MAX_PAGES = 500
"""Of one file; more is a whole school's scans, which nobody waits for in one submission."""

LEAST_SQUEEZE, MOST_SQUEEZE = 1.05, 5.0
"""How many times finer one direction is scanned than the other: less need not be evened out, more is no scan."""

Box = tuple[float, float, float, float]
"""Four coordinates along the sides of a rectangle."""

_TURNS = {
    1: (False, 1, 1),
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}
"""EXIF orientation -> whether rows become columns first, then the step through rows, then through columns."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, not decoded yet.

    `size_px` is its (width, height) as stored, upright. `decode_full` returns every pixel of it, upright and square;
    it raises `UnreadableImageError` when the page is damaged. `decode_reduced` does the same at half size, for large
    pages of which that is cheaper to have. `squeezed` is as in `squeeze`. `area_pt` is set for pages of a PDF.
    """

    size_px: tuple[int, int]
    decode_full: Callable[[], Gray]
    decode_reduced: Callable[[], Gray] | None = None
    squeezed: float = 1.0
    area_pt: Box | None = None
    """Left, top, right, bottom of what the picture shows, in points from the top left corner of the page as shown."""

    def decode(self) -> Gray:
        """Return the page as `decode_full`, at half size where it is large (see `imaging.decode_gray`).

        Raises:
            UnreadableImageError: the page is damaged.
        """
        return at_reading_size(self.decode_full()) if self.decode_reduced is None else self.decode_reduced()

    @property
    def full_size_px(self) -> tuple[int, int]:
        """The (width, height) of what `decode_full` returns; a drawing may have a column or row more."""
        across, down = _stretches(self.squeezed)
        return round(self.size_px[0] * across), round(self.size_px[1] * down)

    @classmethod
    def broken(cls, error: UnreadableImageError) -> "Page":
        """Return a page of which only the reason is known why it cannot be read."""

        def refuse() -> NoReturn:
            raise error

        return cls((0, 0), refuse)

    @property
    def is_broken(self) -> bool:
        """Whether it is known already that the page cannot be read."""
        return self.size_px == (0, 0)


def is_sideways(orientation: int) -> bool:
    """Whether a picture with this EXIF orientation lies on its side."""
    return _TURNS[orientation][0]


def upright(picture: Gray, orientation: int) -> Gray:
    """Return `picture` as its EXIF `orientation` (1..8) wants it shown."""
    is_turned, down, across = _TURNS[orientation]
    return as_gray((picture.T if is_turned else picture)[::down, ::across])


def orientation_of(is_turned: bool, down: int, across: int) -> int:  # noqa: FBT001 - a row of the table
    """Return the EXIF orientation with these entries in the table of turns."""
    return next(orientation for orientation, turn in _TURNS.items() if turn == (is_turned, down, across))


def squeeze(across: float, down: float) -> float:
    """Return how many times finer pixels lie across than down, 1.0 where they count as square.

    `across` and `down` are resolutions in one unit; nonsense counts as square.
    """
    if not (across > 0 and down > 0):
        return 1.0
    finer = max(across / down, down / across)
    return across / down if LEAST_SQUEEZE < finer <= MOST_SQUEEZE else 1.0


def with_square_pixels(picture: Gray, squeezed: float) -> Gray:
    """Return `picture` with its coarser direction stretched; `squeezed` as `squeeze` says."""
    if squeezed == 1.0:
        return picture
    fx, fy = _stretches(squeezed)
    return as_gray(cv2.resize(picture, None, fx=fx, fy=fy, interpolation=cv2.INTER_LINEAR))


def _stretches(squeezed: float) -> tuple[float, float]:
    """Return by how much the picture's width and height grow for its pixels to be square."""
    return max(1 / squeezed, 1.0), max(squeezed, 1.0)


def at_reading_size(picture: Gray) -> Gray:
    """Return `picture` at half size where it is large."""
    return halved(picture) if max(picture.shape) > REDUCE_ABOVE_LONG_SIDE_PX else picture
