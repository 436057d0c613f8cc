"""What stands around the columns: title, name field, running heads, rules, page numbers."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from academy_pipelines.sandbox.exam_pages.flow import FOOTER_PT, HEADER_PT, PlacedRow
from academy_pipelines.sandbox.exam_pages.rows import Line, Row, Run, Stroke
from academy_pipelines.sandbox.exam_pages.styles import PageStyle
from academy_pipelines.sandbox.exam_pages.typeface import Typeface
from academy_pipelines.sandbox.exam_pages.wording import Subject, Writer, load_wording

_TITLE_PT: Final = 16.0
_SMALL_PT: Final = 8.5
_FOOTERS: Final = ("- {0} -", "{0} / {1}", "{0}", "{2}   {0}")


class Headings:
    """The surroundings of one paper's pages."""

    def __init__(self, subject: Subject, style: PageStyle, typeface: Typeface, rng: np.random.Generator) -> None:
        writer = Writer(rng)
        self.style, self.typeface = style, typeface
        self.title = writer.pick(subject.titles)
        self.school = writer.pick(load_wording().schools)
        self.footer = writer.pick(_FOOTERS)
        self.has_title, self.has_name, self.has_bar = (bool(rng.random() < chance) for chance in (0.85, 0.6, 0.7))
        self.has_running_head = bool(rng.random() < 0.7)  # noqa: PLR2004 - most

    @property
    def first_top_pt(self) -> float:
        """Where the first page's columns begin."""
        title_pt, name_pt = 2.0 * _TITLE_PT * self.has_title, 2.4 * _SMALL_PT * self.has_name
        return self.style.margin_pt + title_pt + name_pt + 14

    def above(self) -> Iterator[PlacedRow]:
        """Yield the heading of the first page, in reading order."""
        y_pt = self.style.margin_pt
        if self.has_title:
            yield self._middle(self.title, y_pt + _TITLE_PT, _TITLE_PT, is_bold=True)
            y_pt += 2.0 * _TITLE_PT
        if self.has_name:
            text = "학년        반        이름                  점수"
            yield self._right(text, y_pt + _SMALL_PT)
            y_pt += 2.4 * _SMALL_PT
        if self.has_bar and (self.has_title or self.has_name):
            yield self._bar(y_pt)

    def running(self, page: int) -> Iterator[PlacedRow]:
        """Yield the head of a later page; `page` counts from 0."""
        if self.has_running_head and page > 0:
            yield PlacedRow(page, 0, self._middle(self.title, self.style.margin_pt + _SMALL_PT, _SMALL_PT).row)
            if self.has_bar:
                yield PlacedRow(page, 0, self._bar(self.style.margin_pt + HEADER_PT - 12).row)

    def below(self, page: int, page_count: int) -> Iterator[PlacedRow]:
        """Yield the foot of a page, the rule between its columns included."""
        bottom_pt = self.style.paper_pt[1] - self.style.margin_pt
        if self.style.has_rule:
            x_pt = self.style.paper_pt[0] / 2
            top_pt = self.first_top_pt if page == 0 else self.style.margin_pt + HEADER_PT
            yield PlacedRow(page, 0, Row(0, strokes=(Stroke(((x_pt, top_pt), (x_pt, bottom_pt - FOOTER_PT)), 0.6),)))
        text = self.footer.format(page + 1, page_count, self.school)
        yield PlacedRow(page, 0, self._middle(text, bottom_pt - 6, _SMALL_PT).row)

    def _middle(self, text: str, baseline_pt: float, size_pt: float, *, is_bold: bool = False) -> PlacedRow:
        left_pt = (self.style.paper_pt[0] - self.typeface.width_pt(text, size_pt, is_bold=is_bold)) / 2
        return PlacedRow(0, 0, Row(0, (Line((Run(left_pt, text, size_pt, is_bold),), baseline_pt, text),)))

    def _right(self, text: str, baseline_pt: float) -> PlacedRow:
        right_pt = self.style.paper_pt[0] - self.style.margin_pt - 24
        left_pt = right_pt - self.typeface.width_pt(text, _SMALL_PT)
        return PlacedRow(0, 0, Row(0, (Line((Run(left_pt, text, _SMALL_PT),), baseline_pt, text),)))

    def _bar(self, y_pt: float) -> PlacedRow:
        ends = ((self.style.margin_pt, y_pt), (self.style.paper_pt[0] - self.style.margin_pt, y_pt))
        return PlacedRow(0, 0, Row(0, strokes=(Stroke(ends, 1.0),)))
