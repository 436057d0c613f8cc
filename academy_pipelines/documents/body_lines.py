"""Which lines of pages are asked or read by students: the rest is headings, page numbers, sections and answer keys."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from academy_pipelines.documents.level_pages import LevelLine, LevelPage
from academy_pipelines.documents.number_styles import NumberStyle, number_at, range_at


@dataclass(frozen=True, slots=True)
class BodyPolicy:
    """What marks lines around the questions; lengths are in heights of a line, or shares of the page's height."""

    head_share: float = 0.12
    foot_share: float = 0.1
    margin_width: float = 1.2
    """How far from its column's left margin a line may begin that counts as beginning at it."""
    centred_from: float = 3.0
    """A line in the head or foot that begins so far from every margin belongs to no column."""
    heading_gap: float = 1.5
    """White below a part of a heading that engines take for a line of a later column."""
    page_number: str = r"[-–—\s]*(\d{1,3}\s?(쪽|면)?|\d{1,3}\s?/\s?\d{1,3})[-–—\s]*$"  # noqa: RUF001 - dashes of papers
    answers: str = (
        r"[\[<【■◆\s]*(빠른\s?)?(정답|해답|해설|답안)(\s?(및|과|와|·|/)\s?(정답|해설|풀이))?\s?표?[\]>】\s]*$"
    )
    """A line of its own from which on the paper answers instead of asking."""
    section: str = r"[※■◆●▶★]|[\[<〈【]\s?(?!\d|정답|해답|답|해설|풀이|조건|보\s?기|자료|배점)[^\]>〉】]{1,14}[\]>〉】]"
    """A line that heads the questions below it."""


@dataclass(frozen=True, slots=True)
class BodyLine:
    """A line in reading order; `line` lies in the level frame of page `page` (1 for the first)."""

    page: int
    line: LevelLine
    is_at_margin: bool


def body_lines(
    pages: Sequence[LevelPage], styles: Sequence[NumberStyle], policy: BodyPolicy = BodyPolicy()
) -> list[BodyLine]:
    """Return the lines of all pages up to the answer key, without heads and feet."""
    repeated = _repeated(pages, policy)
    lines: list[BodyLine] = []
    for page in pages:
        margins = _margins(page, styles, policy)
        outside = [line for line in page.lines if _is_outside(page, line, margins, repeated, policy)]
        for line in page.lines:
            if re.match(policy.answers, line.text.strip()):
                return lines
            if line not in outside and not _is_beside(line, outside, page, policy):
                own = (line.box.left - margins[line.column]) / page.letter_px
                lines.append(BodyLine(page.number, line, abs(own) <= policy.margin_width))
    return lines


def _margins(page: LevelPage, styles: Sequence[NumberStyle], policy: BodyPolicy) -> dict[int, int]:
    """Return where the lines of each column begin."""
    lines = [line for line in page.lines if not re.match(policy.page_number, line.text.strip())] or page.lines
    margins = {line.column: page.frame.size_px[0] for line in page.lines}
    for column in margins:
        own = [line for line in lines if line.column == column] or page.lines
        margins[column] = min(_supported(own, styles, page.letter_px), default=min(line.box.left for line in own))
    return margins


def _supported(lines: Sequence[LevelLine], styles: Sequence[NumberStyle], letter_px: float) -> Iterator[int]:
    """Yield where lines begin that begin like questions, or below each other."""
    for line in lines:
        near = sum(abs(other.box.left - line.box.left) <= letter_px / 2 for other in lines)
        if near > 1 or range_at(line.text) or any(number_at(line.text, style) for style in styles):
            yield line.box.left


def _is_outside(
    page: LevelPage, line: LevelLine, margins: Mapping[int, int], repeated: Sequence[str], policy: BodyPolicy
) -> bool:
    height_px = page.frame.size_px[1]
    is_head = line.box.bottom < policy.head_share * height_px
    is_foot = line.box.top > (1 - policy.foot_share) * height_px
    if not (is_head or is_foot):
        return False
    if is_foot and re.match(policy.page_number, line.text.strip()):
        return all(other.box.top <= line.box.bottom for other in page.lines)
    if _bare(line.text) in repeated or _belongs_to_no_column(page, line, margins, policy):
        return True
    return is_head and line.column > 0 and _stands_above_columns(page, line, policy)


def _belongs_to_no_column(page: LevelPage, line: LevelLine, margins: Mapping[int, int], policy: BodyPolicy) -> bool:
    """Whether the line begins far behind its column's margin and at no other one, or before it."""
    offsets = {column: (line.box.left - margin) / page.letter_px for column, margin in margins.items()}
    own = offsets.pop(line.column)
    is_apart = abs(own) > policy.centred_from and all(abs(offset) > policy.margin_width for offset in offsets.values())
    return is_apart or own < -policy.margin_width


def _stands_above_columns(page: LevelPage, line: LevelLine, policy: BodyPolicy) -> bool:
    """Whether the line ends above the first column's lines and far above those of its own."""
    first = min((other.box.top for other in page.lines if other.column == 0), default=0)
    below = [other.box.top for other in page.lines if other.column == line.column and other.box.top > line.box.bottom]
    is_above = line.box.bottom < first + page.letter_px / 2
    return is_above and min(below, default=0) - line.box.bottom > policy.heading_gap * page.letter_px


def _is_beside(line: LevelLine, outside: Sequence[LevelLine], page: LevelPage, policy: BodyPolicy) -> bool:
    """Whether the line stands in the head or foot beside one that belongs to no column, as a part of it."""
    middle, height_px = line.box.top + line.box.height / 2, page.frame.size_px[1]
    is_inner = policy.head_share * height_px < middle < (1 - policy.foot_share) * height_px
    return not is_inner and any(other.box.top <= middle <= other.box.bottom for other in outside)


def _repeated(pages: Sequence[LevelPage], policy: BodyPolicy) -> list[str]:
    """Return what stands in the head or foot of several pages."""
    seen: Counter[str] = Counter()
    for page in pages:
        height_px = page.frame.size_px[1]
        low, high = policy.head_share * height_px, (1 - policy.foot_share) * height_px
        seen.update({_bare(line.text) for line in page.lines if line.box.bottom < low or line.box.top > high})
    return [text for text, count in seen.items() if count > 1 and sum(map(str.isalpha, text)) > 1]


def _bare(text: str) -> str:
    return re.sub(r"[\d\s]", "", text)
