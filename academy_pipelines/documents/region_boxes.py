"""How far the ink of a question reaches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.level_pages import LevelLine, LevelPage
from academy_pipelines.documents.page_text import PixelBox


@dataclass(frozen=True, slots=True)
class Fragment:
    """Lines of one column that belong together; `belongs` is false for what is no question's.

    `goes_on` when they continue what began in another column, `lacks_number` when the number stands above the first
    line, where no engine read it.
    """

    page: int
    column: int
    lines: tuple[LevelLine, ...]
    label: str | None = None
    is_passage: bool = False
    belongs: bool = True
    goes_on: bool = False
    lacks_number: bool = False

    @property
    def box(self) -> PixelBox:
        """The box around the lines, in the level frame."""
        return around([line.box for line in self.lines])


@dataclass(frozen=True, slots=True)
class BoxPolicy:
    """How ink is gathered; lengths in heights of a line."""

    above: float = 0.6
    """How far above its line a letter's ink is sought."""
    left_of_margin: float = 2.5
    """How far numbers and drawings of the first column may stick out."""
    gutter: float = 0.3
    """Between a column's right end and the next one's margin, at least."""
    foot_share: float = 0.1
    """Of the page's height, in which a page number may stand that no engine read."""
    foot_height: float = 1.4
    """Of such a number; there is as much white above it."""
    overlap: float = 1.0
    """By how much lines have to lie below a column's lines to end it."""


def boxes_of(
    fragments: Sequence[Fragment], pages: Mapping[int, LevelPage], policy: BoxPolicy = BoxPolicy()
) -> Iterator[PixelBox]:
    """Yield the box of every fragment in the level frame of its page: around its ink, without a picture its lines.

    `fragments` are in reading order, and so are `pages`.
    """
    for number, page in pages.items():
        own = [fragment for fragment in fragments if fragment.page == number]
        reach = _Reach(page, own, policy)
        yield from (reach.box(fragment) for fragment in own)


def around(boxes: Sequence[PixelBox]) -> PixelBox:
    """Return the smallest box around one or more boxes."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return PixelBox(left, top, right - left, bottom - top)


class _Reach:
    """Where the fragments of one page end."""

    def __init__(self, page: LevelPage, fragments: Sequence[Fragment], policy: BoxPolicy) -> None:
        self.page, self.fragments, self.policy = page, fragments, policy
        self.letter_px, self.ink = page.letter_px, page.ink
        self.margins = {
            column: min(fragment.box.left for fragment in fragments if fragment.column == column)
            for column in {fragment.column for fragment in fragments}
        }
        used = {id(line) for fragment in fragments for line in fragment.lines}
        self.outside = [line.box for line in page.lines if id(line) not in used]
        self.numbers: list[tuple[Fragment, PixelBox]] = []
        self.numbers = [self._unread_number(each) for each in fragments if each.lacks_number and self.ink is not None]

    def box(self, fragment: Fragment) -> PixelBox:
        """Return the box around the fragment's ink, or its lines where there is none to see."""
        if self.ink is None or not fragment.belongs:
            return fragment.box
        left, right = self._sides(fragment)
        top, bottom = self._top(fragment, left, right), self._bottom(fragment, left, right)
        window = self.ink[top:bottom, left:right]
        below = max(0, fragment.lines[-1].box.bottom - top)
        foot = max(below, round((1 - self.policy.foot_share) * len(self.ink)) - top)
        kept = _without_foot(window, foot, self.policy.foot_height * self.letter_px)
        return _inked(window[:kept], left, top) or fragment.box

    def _sides(self, fragment: Fragment) -> tuple[int, int]:
        width_px = self.page.frame.size_px[0]
        margin = self.margins[fragment.column]
        beside = self.policy.left_of_margin if fragment.column == 0 else self.policy.gutter
        left = min(margin - round(beside * self.letter_px), fragment.box.left)
        following = [at for column, at in self.margins.items() if column > fragment.column]
        end = min(following, default=width_px) - round(self.policy.gutter * self.letter_px)
        return max(0, left), min(width_px, max(end, fragment.box.right))

    def _top(self, fragment: Fragment, left: int, right: int) -> int:
        """Return the white row above the first line; what goes on may begin with a drawing above its first line."""
        top = fragment.box.top
        if fragment.goes_on or fragment.lacks_number:
            boxes = self._others(fragment, left, right)
            above = [box.bottom for box in boxes if box.bottom <= top + self.letter_px / 2]
            highest = min(top, max([*above, self._column_top(fragment)]))
            return highest if fragment.goes_on else self._below_white(highest, top, left, right)
        return self._white_above(max(0, top), 0, left, right)

    def _unread_number(self, fragment: Fragment) -> tuple[Fragment, PixelBox]:
        """Return the fragment with the place above its first line where its number stands."""
        left, right = self._sides(fragment)
        box, top = fragment.box, self._top(fragment, left, right)
        return fragment, PixelBox(box.left, top, box.width, max(1, box.top - top))

    def _below_white(self, highest: int, top: int, left: int, right: int) -> int:
        """Return the row below the tallest white from `highest` to `top`, which parts an unread number from others."""
        assert self.ink is not None  # noqa: S101 - asked only where there is ink
        rows = np.flatnonzero(self.ink[highest:top, left:right].any(axis=1))
        edges = np.concatenate(([-1], rows, [top - highest]))
        return highest + int(edges[int(np.argmax(np.diff(edges))) + 1])

    def _column_top(self, fragment: Fragment) -> int:
        """Return where the first column begins; a heading over all columns ends above it."""
        if fragment.column == 0:
            return 0
        return min((other.box.top for other in self.fragments if other.belongs and other.column == 0), default=0)

    def _bottom(self, fragment: Fragment, left: int, right: int) -> int:
        """Return where the next lines below begin, or the page ends."""
        last = fragment.lines[-1].box
        middle = last.top + last.height / 2
        below = [box.top for box in self._others(fragment, left, right) if box.top > middle]
        limit = min(below, default=self.page.frame.size_px[1])
        return self._white_above(limit, last.bottom, left, right)

    def _white_above(self, limit: int, least: int, left: int, right: int) -> int:
        """Return the white row just above `limit`, where the ink of the lines below has not begun."""
        assert self.ink is not None  # noqa: S101 - asked only where there is ink
        for row in range(limit, max(least, round(limit - self.policy.above * self.letter_px)), -1):
            if row < len(self.ink) and not self.ink[row, left:right].any():
                return row
        return limit

    def _others(self, fragment: Fragment, left: int, right: int) -> Iterator[PixelBox]:
        """Yield the lines of others, and of nobody, that lie across the fragment's column."""
        boxes = [line.box for other in self.fragments if other is not fragment for line in other.lines]
        boxes += [box for owner, box in self.numbers if owner is not fragment]
        for box in (*boxes, *self.outside):
            if min(box.right, right) - max(box.left, left) > min(self.policy.overlap * self.letter_px, box.width / 2):
                yield box


def _without_foot(window: NDArray[np.bool_], foot: int, most_px: float) -> int:
    """Return how many rows remain of a window without low ink that stands alone from row `foot` on: page numbers."""
    rows = np.flatnonzero(window.any(axis=1))
    if not len(rows):
        return len(window)
    last = rows[-1]
    blank = np.flatnonzero(np.diff(rows) > most_px)
    start = int(rows[blank[-1] + 1]) if len(blank) else 0
    return start if start >= foot and last - start < most_px else len(window)


def _inked(window: NDArray[np.bool_], left: int, top: int) -> PixelBox | None:
    rows, columns = np.flatnonzero(window.any(axis=1)), np.flatnonzero(window.any(axis=0))
    if not len(rows):
        return None
    width_px, height_px = int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
    return PixelBox(left + int(columns[0]), top + int(rows[0]), width_px, height_px)
