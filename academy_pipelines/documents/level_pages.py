"""A page laid level for finding regions: its lines, and its ink without rules, edges of the paper and specks."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.ink import ink_of, letter_height_px
from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.documents.straightening import Frame, flattened, frame_of, framed, skew_of
from academy_pipelines.imaging import Gray, as_gray


@dataclass(frozen=True, slots=True)
class LevelPolicy:
    """At which size a page is looked at, and what of its ink is nothing that is asked."""

    long_side_px: int = 1600
    """A letter of 3 mm has 16 px then."""
    upright_share: float = 0.4
    level_share: float = 0.62
    """Of the page's height, or width, from which on a straight line is a rule between parts."""
    rule_piece_px: int = 40
    rule_gap_px: int = 15
    rule_thickness_px: int = 14
    """Across a whole rule, which slants a little."""
    edge_px: int = 3
    """Ink so near to the picture's edge is the edge of the paper."""
    skew_slack_degrees: float = 0.5
    """By how much a page may slant more than its lines' boxes allow; more is mismeasured, on pages with little text."""
    speck_px: int = 4
    """Area up to which a shape is a speck."""


_FEW_LINES = 4
"""Of a column that may be none."""
_CROSSING_SHARE = 0.2
"""Of the lines of the column before it, that cross it then."""


_MOST_UPRIGHT = 6
"""Height over width of a single 1; longer shapes are rules."""


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A line of the page; `box` lies in the level frame."""

    text: str
    box: PixelBox
    column: int


@dataclass(frozen=True, slots=True)
class LevelPage:
    """A page at working size; `letter_px` is the usual height of its lines."""

    number: int
    frame: Frame
    lines: tuple[LevelLine, ...]
    letter_px: float
    packed_ink: NDArray[np.uint8] | None = None

    @property
    def ink(self) -> NDArray[np.bool_] | None:
        """(H, W), True where something is printed; None without a picture. It is kept as bits, for long documents."""
        if self.packed_ink is None:
            return None
        return np.unpackbits(self.packed_ink, axis=1, count=self.frame.size_px[0]).astype(np.bool_)


def level_page(text: PageText, picture: Gray | None, policy: LevelPolicy = LevelPolicy()) -> LevelPage:
    """Return `text` and its `picture`, which may be smaller or larger than `text.size_px`, laid level."""
    scale = min(1.0, policy.long_side_px / max(*text.size_px, 1))
    if picture is None:
        return _with_lines(text, frame_of(text.size_px, 0, 0.0, scale), None)
    size_px = (max(1, round(text.size_px[0] * scale)), max(1, round(text.size_px[1] * scale)))
    small = flattened(as_gray(cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA)))
    slanted = ink_of(small)
    skew_degrees = skew_of(slanted, letter_height_px(slanted))
    if abs(skew_degrees) > _most_skew_degrees(text) + policy.skew_slack_degrees:
        skew_degrees = 0.0
    level = framed(small, frame_of(size_px, 0, skew_degrees, 1.0))
    ink = _without_specks(_without_rules(ink_of(level), policy), policy)
    frame = frame_of(text.size_px, 0, skew_degrees, scale)
    return _with_lines(text, frame, np.packbits(_cut_to(ink, frame.size_px), axis=1))


def _most_skew_degrees(text: PageText) -> float:
    """Return the slant at which the flattest line's box would hold no more than its diagonal."""
    return min(math.degrees(math.atan2(line.box.height, max(1, line.box.width))) for line in text.lines)


def _cut_to(ink: NDArray[np.bool_], size_px: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the ink at exactly this size, from which it may differ by rounding."""
    width_px, height_px = size_px
    cut = np.zeros((height_px, width_px), np.bool_)
    part = ink[:height_px, :width_px]
    cut[: part.shape[0], : part.shape[1]] = part
    return cut


def _with_lines(text: PageText, frame: Frame, packed_ink: NDArray[np.uint8] | None) -> LevelPage:
    lines = tuple(
        LevelLine(line.text, _levelled(line.box, frame), line.column) for line in text.lines if _is_written(line)
    )
    heights = [line.box.height for line in lines]
    letter_px = float(np.median(heights)) if heights else 0.0
    return LevelPage(text.number, frame, _with_real_columns(lines, letter_px), letter_px, packed_ink)


def _is_written(line: TextLine) -> bool:
    """Whether an engine read writing, not what remains of a rule."""
    return any(map(str.isalnum, line.text)) and line.box.height <= _MOST_UPRIGHT * line.box.width


def _with_real_columns(lines: tuple[LevelLine, ...], letter_px: float) -> tuple[LevelLine, ...]:
    """Return the lines of a page, those of columns that are none sorted in beside their neighbours.

    A few words in a drawing beside lines, which others above or below them cross, make no column.
    """
    for column in sorted({line.column for line in lines} - {0}, reverse=True):
        own = [line for line in lines if line.column == column]
        left = min(line.box.left for line in own)
        before = [line for line in lines if line.column == column - 1]
        crossing = sum(line.box.left + letter_px < left < line.box.right - letter_px for line in before)
        if len(own) <= _FEW_LINES < len(before) and crossing >= _CROSSING_SHARE * len(before):
            joined = [*before, *(replace(line, column=column - 1) for line in own)]
            joined.sort(key=lambda line: line.box.top + line.box.height / 2)
            start = next(place for place, line in enumerate(lines) if line.column == column - 1)
            others = [line for line in lines if line.column not in {column, column - 1}]
            lines = (*others[:start], *joined, *others[start:])
    return lines


def _levelled(box: PixelBox, frame: Frame) -> PixelBox:
    """Return where the line lies whose upright hull on the slanting page is `box`.

    A line of w x h pixels at the angle a has a hull of (w cos a + h sin a) x (w sin a + h cos a).
    """
    matrix = np.array(frame.matrix)
    scale = math.hypot(matrix[0, 0], matrix[0, 1])
    cosine, sine = abs(matrix[0, 0]) / scale, abs(matrix[0, 1]) / scale
    across, down = matrix @ (box.left + box.width / 2, box.top + box.height / 2, 1.0)
    spread = cosine**2 - sine**2
    width_px = scale * (box.width * cosine - box.height * sine) / spread
    height_px = scale * (box.height * cosine - box.width * sine) / spread
    width_px, height_px = max(1.0, width_px), max(1.0, height_px, 0.25 * scale * box.height)
    return PixelBox(
        round(across - width_px / 2), round(down - height_px / 2), max(1, round(width_px)), max(1, round(height_px))
    )


def _without_rules(ink: Gray, policy: LevelPolicy) -> Gray:
    """Return the ink without long straight lines, which part columns or head and body.

    They are put together from straight pieces, since a thin line has gaps and never lies quite level.
    """
    height_px, width_px = ink.shape
    left = ink.copy()
    for is_upright, least_px in ((True, policy.upright_share * height_px), (False, policy.level_share * width_px)):
        bridged = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _bar(policy.rule_gap_px, is_upright=is_upright))
        pieces = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, _bar(policy.rule_piece_px, is_upright=is_upright))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(pieces, connectivity=8)
        across, down = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
        long_px, thick_px = (down, across) if is_upright else (across, down)
        is_rule = (long_px >= least_px) & (thick_px <= policy.rule_thickness_px)
        is_rule[0] = False
        rules = np.asarray(is_rule[np.asarray(labels, np.int64)], np.uint8)
        left[cv2.dilate(rules, np.ones((5, 5), np.uint8)) > 0] = 0
    return left


def _bar(length_px: int, *, is_upright: bool) -> NDArray[np.uint8]:
    return np.ones((length_px, 1) if is_upright else (1, length_px), np.uint8)


def _without_specks(ink: Gray, policy: LevelPolicy) -> NDArray[np.bool_]:
    height_px, width_px = ink.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    left, top, width, height, area = (stats[:, column] for column in range(5))
    is_edge = (left < policy.edge_px) | (top < policy.edge_px)
    is_edge |= (left + width > width_px - policy.edge_px) | (top + height > height_px - policy.edge_px)
    is_kept = ~is_edge & (area > policy.speck_px)
    is_kept[0] = False
    return np.asarray(is_kept[np.asarray(labels, np.int64)], np.bool_)
