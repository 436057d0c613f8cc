"""The parts of a page whose lines belong together, in the order in which they are read."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.imaging import Gray


@dataclass(frozen=True, slots=True)
class ColumnPolicy:
    """What parts two columns; lengths are in heights of a letter, or shares of the page."""

    least_rule_share: float = 0.45
    """Of the height of what is printed: a shorter upright rule frames something inside of a column."""
    rule_gap: float = 0.35
    gap: float = 1.1
    """White between columns without a rule; white between words does not lie in line over a third of a page."""
    least_run_share: float = 0.28
    """Of the height of what is printed, over which a gap must reach."""
    least_width_share: float = 0.18
    """Of the page's width, that a column has at least."""
    least_rows_share: float = 0.25
    """Of the rows beside a gap, that have ink on its either side."""
    least_block: float = 5.6
    """Height of lines below each other, on either side, that part columns as well: a paper's last one is often short.
    Choices that are printed side by side make blocks of two or three lines."""
    block_gap: float = 1.6
    """White within a block."""
    work_letter_px: int = 8
    """Height of a letter in the reduced picture in which gaps are looked for."""
    least_ink_share: float = 0.1
    """Of a reduced pixel's area, below which it is a speck."""


@dataclass(frozen=True, slots=True)
class PagePart:
    """A box whose lines are read one after another; `column` counts from the left, 0 for headings over all columns."""

    box: PixelBox
    column: int = 0


@dataclass(frozen=True, slots=True)
class _Gap:
    """Where two columns part: between `left` and `right`, from row `top` to before `bottom`."""

    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class _Page:
    ink: NDArray[np.bool_]
    letter_px: float
    rules: tuple[PixelBox, ...]
    printed_px: int
    policy: ColumnPolicy

    @property
    def width_px(self) -> int:
        return self.ink.shape[1]


def page_parts(
    ink: Gray, letter_px: float, upright_rules: Sequence[PixelBox] = (), policy: ColumnPolicy = ColumnPolicy()
) -> tuple[PagePart, ...]:
    """Return the parts of a page that have ink, each cut to its ink.

    A long printed rule parts columns wherever one is; else a white gap that reaches far down does. What lies above,
    below or between columns and crosses them is a part of its own. `ink` is 255 where letters are.
    """
    factor = max(1, round(letter_px / policy.work_letter_px))
    height_px, width_px = ink.shape
    small = cv2.resize(ink, (-(-width_px // factor), -(-height_px // factor)), interpolation=cv2.INTER_AREA)
    has_ink = small > policy.least_ink_share * 255
    rows = np.flatnonzero(has_ink.any(axis=1))
    if not len(rows):
        return ()
    printed_px = int(rows[-1] - rows[0] + 1)
    rules = _joined([_scaled(rule, 1 / factor) for rule in upright_rules], letter_px / factor)
    page = _Page(has_ink, letter_px / factor, rules, printed_px, policy)
    found = _parts(page, PixelBox(0, 0, has_ink.shape[1], has_ink.shape[0]), 0)
    return tuple(PagePart(_scaled(part.box, factor), part.column) for part in found)


def _scaled(box: PixelBox, factor: float) -> PixelBox:
    left, top = round(box.left * factor), round(box.top * factor)
    return PixelBox(left, top, max(1, round(box.width * factor)), max(1, round(box.height * factor)))


def _parts(page: _Page, box: PixelBox, column: int) -> list[PagePart]:
    box = _cut(page, box)
    if not box.width:
        return []
    gap = _rule_gap(page, box) or _white_gap(page, box)
    if gap is None:
        return [PagePart(box, column)]
    above = PixelBox(box.left, box.top, box.width, gap.top - box.top)
    below = PixelBox(box.left, gap.bottom, box.width, box.bottom - gap.bottom)
    height_px, middle = gap.bottom - gap.top, (gap.left + gap.right) // 2
    left = _parts(page, PixelBox(box.left, gap.top, middle - box.left, height_px), column)
    right_column = max((part.column for part in left), default=column) + 1
    right = _parts(page, PixelBox(middle, gap.top, box.right - middle, height_px), right_column)
    return [*_parts(page, above, column), *left, *right, *_parts(page, below, column)]


def _cut(page: _Page, box: PixelBox) -> PixelBox:
    """Return `box` cut to the ink in it, without width where there is none."""
    inside = page.ink[box.top : box.bottom, box.left : box.right]
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return PixelBox(box.left, box.top, 0, 0)
    left, top = box.left + int(columns[0]), box.top + int(rows[0])
    return PixelBox(left, top, int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1)


def _rule_gap(page: _Page, box: PixelBox) -> _Gap | None:
    """Return where the longest long rule parts the box, from its beginning to its end."""
    policy = page.policy
    for rule in page.rules:
        low, high = max(rule.top, box.top), min(rule.bottom, box.bottom)
        margin = policy.least_width_share * page.width_px
        is_inside = box.left + margin <= rule.left and rule.right <= box.right - margin
        if high - low < policy.least_rule_share * page.printed_px or not is_inside:
            continue
        half_px = max(1, round(policy.rule_gap * page.letter_px / 2))
        strip = np.asarray(page.ink[:, max(0, rule.left - half_px) : rule.right + half_px].any(axis=1), np.bool_)
        top, bottom = _grown(strip, low, high, box)
        return _Gap(rule.left, rule.right, top, bottom)
    return None


def _grown(crossed: NDArray[np.bool_], low: int, high: int, box: PixelBox) -> tuple[int, int]:
    """Return the rows around low..high that nothing crosses, within the box."""
    above, below = np.flatnonzero(crossed[box.top : low]), np.flatnonzero(crossed[high : box.bottom])
    top = box.top + int(above[-1]) + 1 if len(above) else box.top
    return top, high + int(below[0]) if len(below) else box.bottom


def _white_gap(page: _Page, box: PixelBox) -> _Gap | None:
    """Return the white gap that reaches furthest, and is widest there; None when columns would be too narrow."""
    policy = page.policy
    margin = round(policy.least_width_share * page.width_px)
    gap_px = max(3, round(policy.gap * page.letter_px))
    if box.width < 2 * margin or box.height < policy.least_run_share * page.printed_px:
        return None
    inside = page.ink[box.top : box.bottom, box.left : box.right]
    crossed = cv2.dilate(inside.astype(np.uint8), np.ones((1, gap_px), np.uint8), borderValue=0)
    runs = _longest_runs(crossed[:, margin : box.width - margin] == 0)
    longest = int(runs[:, 1].max(initial=0))
    if longest < policy.least_run_share * page.printed_px:
        return None
    for place in _candidates(runs, longest):
        top, rows = int(runs[place, 0]), int(runs[place, 1])
        middle = place + margin
        sides = [
            np.asarray(part[top : top + rows].any(axis=1), np.bool_) for part in np.split(inside, [middle], axis=1)
        ]
        is_even = min(side.mean() for side in sides) >= policy.least_rows_share
        if is_even or min(_tallest_block(side, page) for side in sides) >= policy.least_block:
            return _Gap(box.left + middle, box.left + middle, box.top + top, box.top + top + rows)
    return None


def _tallest_block(has_ink: NDArray[np.bool_], page: _Page) -> float:
    """Return the height of the tallest block of rows that have ink, in heights of a letter."""
    rows = np.flatnonzero(has_ink)
    if not len(rows):
        return 0.0
    ends = np.flatnonzero(np.diff(rows) > page.policy.block_gap * page.letter_px)
    heights = rows[np.append(ends, len(rows) - 1)] - rows[np.append(0, ends + 1)]
    return float(heights.max() + 1) / page.letter_px


def _candidates(runs: NDArray[np.int64], longest: int) -> list[int]:
    """Return where the gaps reach furthest that reach nearly as far as the furthest, the widest first."""
    is_far = np.concatenate(([False], runs[:, 1] >= 0.9 * longest, [False]))
    edges = np.flatnonzero(np.diff(is_far.astype(np.int8)))
    gaps = sorted(zip(edges[::2], edges[1::2], strict=True), key=lambda gap: gap[0] - gap[1])
    return [int(first) + _middle_of_highest(runs[first:last, 1]) for first, last in gaps]


def _middle_of_highest(lengths: NDArray[np.int64]) -> int:
    highest = np.flatnonzero(lengths == lengths.max())
    return int(highest[len(highest) // 2])


def _longest_runs(white: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return, for every column of the mask, where its longest run of True begins and how long it is."""
    rows = np.arange(len(white))[:, None]
    before = np.maximum.accumulate(np.where(white, -1, rows), axis=0)
    lengths = np.where(white, rows - before, 0)
    ends, places = lengths.argmax(axis=0), np.arange(white.shape[1])
    longest = lengths[ends, places]
    return np.stack([ends + 1 - longest, longest], axis=1)


def _joined(rules: Sequence[PixelBox], letter_px: float) -> tuple[PixelBox, ...]:
    """Return upright rules with their pieces put together, the longest first."""
    joined: list[PixelBox] = []
    for rule in sorted(rules, key=lambda rule: rule.top):
        for place, other in enumerate(joined):
            is_in_line = abs(rule.left - other.left) <= max(3, letter_px / 4)
            if is_in_line and rule.top - other.bottom <= 2 * letter_px:
                left, right = min(rule.left, other.left), max(rule.right, other.right)
                bottom = max(rule.bottom, other.bottom)
                joined[place] = PixelBox(left, other.top, right - left, bottom - other.top)
                break
        else:
            joined.append(rule)
    return tuple(sorted(joined, key=lambda rule: -rule.height))
