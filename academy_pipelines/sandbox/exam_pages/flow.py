"""Rows flow through the columns of pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.sandbox.exam_pages.content import Item
from academy_pipelines.sandbox.exam_pages.rows import Row
from academy_pipelines.sandbox.exam_pages.styles import PageStyle
from academy_pipelines.sandbox.exam_pages.typesetting import Block

HEADER_PT = 26.0
FOOTER_PT = 30.0
_FEWEST_ROWS = 2
"""Of an item at a column's foot before it continues in the next one."""


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row at its place on a page (`page` counts from 0); `item` None for headings, footers and rules."""

    page: int
    column: int
    row: Row
    item: Item | None = None


class _Cursor:
    def __init__(self, style: PageStyle, first_top_pt: float) -> None:
        self.style = style
        self.page, self.column = 0, 0
        self.top_pt = first_top_pt
        self.y_pt = first_top_pt
        self.bottom_pt = style.paper_pt[1] - style.margin_pt - FOOTER_PT

    @property
    def room_pt(self) -> float:
        return self.bottom_pt - self.y_pt

    @property
    def is_at_top(self) -> bool:
        return self.y_pt == self.top_pt

    def go_on(self) -> None:
        """Move to the next column or page."""
        self.column += 1
        if self.column == self.style.columns:
            self.page, self.column = self.page + 1, 0
            self.top_pt = self.style.margin_pt + HEADER_PT
        self.y_pt = self.top_pt

    def place(self, row: Row, item: Item) -> PlacedRow:
        placed = row.moved(self.style.column_left_pt(self.column), self.y_pt)
        self.y_pt += row.height_pt
        return PlacedRow(self.page, self.column, placed, item)


def flowed(blocks: Sequence[Block], style: PageStyle, first_top_pt: float) -> list[PlacedRow]:
    """Return the rows of all blocks at their places; the first page's columns begin at `first_top_pt`."""
    cursor = _Cursor(style, first_top_pt)
    placed: list[PlacedRow] = []
    for block in blocks:
        height_pt = sum(row.height_pt for row in block.rows)
        if style.keeps_together and height_pt > cursor.room_pt and not cursor.is_at_top:
            cursor.go_on()
        for place, row in enumerate(block.rows):
            head_pt = sum(following.height_pt for following in block.rows[place : place + _FEWEST_ROWS])
            needed_pt = head_pt if place == 0 else row.height_pt
            if needed_pt > cursor.room_pt and not cursor.is_at_top:
                cursor.go_on()
            placed.append(cursor.place(row, block.item))
        cursor.y_pt += block.gap_pt
    return placed
