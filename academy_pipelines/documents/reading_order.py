"""In which order boxes on a page are read: down each column, columns from the left, what spans them in between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from academy_pipelines.documents.page_text import PixelBox


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """What counts as a gutter between columns.

    A box may reach over it by `tolerance` of its own width. Boxes that it crosses may be, in height,
    `most_crossed` times those on its lower side: without limit for questions, which stand side by side in columns
    only; for lines of text little, for there the choices of a question stand side by side as well.
    """

    tolerance: float = 0.12
    most_crossed: float = float("inf")


TEXT_READING = ReadingPolicy(most_crossed=0.25)
"""For blocks of text."""


@dataclass(frozen=True, slots=True)
class ColumnRun:
    """Boxes (by place) that follow each other down a column, 0 for the leftmost; what spans columns is in the first."""

    column: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Gutter:
    """Boxes (by place) left of a vertical line, right of it, and crossed by it."""

    left: list[int]
    right: list[int]
    crossed: list[int]


def reading_order(boxes: Sequence[PixelBox], policy: ReadingPolicy | None = None) -> list[int]:
    """Return the places of `boxes` in reading order."""
    return [place for run in column_runs(boxes, policy) for place in run.places]


def column_runs(boxes: Sequence[PixelBox], policy: ReadingPolicy | None = None) -> list[ColumnRun]:
    """Return the runs of `boxes` in reading order.

    A vertical line that few boxes cross, with others side by side on both sides of it, is a gutter between columns.
    The boxes that it crosses are headings or wide questions: all columns above one are read before it, those below
    after it.
    """
    return _runs(boxes, list(range(len(boxes))), policy or ReadingPolicy())


def _runs(boxes: Sequence[PixelBox], places: list[int], policy: ReadingPolicy) -> list[ColumnRun]:
    if not places:
        return []
    gutter = _best_gutter(boxes, places, policy)
    if gutter is None:
        order = sorted(places, key=lambda place: (boxes[place].top, boxes[place].left))
        return [ColumnRun(0, tuple(order))]
    if not gutter.crossed:
        left = _runs(boxes, gutter.left, policy)
        shift = 1 + max(run.column for run in left)
        return left + [replace(run, column=run.column + shift) for run in _runs(boxes, gutter.right, policy)]
    rest = gutter.left + gutter.right
    runs: list[ColumnRun] = []
    for wide in sorted(gutter.crossed, key=lambda place: _middle(boxes[place])):
        above = [place for place in rest if _middle(boxes[place]) < _middle(boxes[wide])]
        rest = [place for place in rest if _middle(boxes[place]) >= _middle(boxes[wide])]
        runs += [*_runs(boxes, above, policy), ColumnRun(0, (wide,))]
    return runs + _runs(boxes, rest, policy)


def _best_gutter(boxes: Sequence[PixelBox], places: list[int], policy: ReadingPolicy) -> _Gutter | None:
    """Return the gutter that crosses the least height of boxes, None where there are no columns."""
    edges = sorted({boxes[place].right for place in places})
    gutters = [_gutter_at(boxes, places, edge, policy.tolerance) for edge in edges]
    possible = [gutter for gutter in gutters if _parts_columns(boxes, gutter, policy)]
    return min(possible, key=lambda gutter: _height(boxes, gutter.crossed), default=None)


def _gutter_at(boxes: Sequence[PixelBox], places: list[int], x_px: int, tolerance: float) -> _Gutter:
    gutter = _Gutter([], [], [])
    for place in places:
        box = boxes[place]
        is_left = box.right - x_px <= tolerance * box.width
        is_right = x_px - box.left <= tolerance * box.width
        side = gutter.left if is_left else gutter.right if is_right else gutter.crossed
        side.append(place)
    return gutter


def _parts_columns(boxes: Sequence[PixelBox], gutter: _Gutter, policy: ReadingPolicy) -> bool:
    """Whether a box on one side is beside one on the other, not merely above or below, and few boxes are crossed."""
    lower_side = min(_height(boxes, gutter.left), _height(boxes, gutter.right))
    if not lower_side or _height(boxes, gutter.crossed) > policy.most_crossed * lower_side:
        return False
    return any(
        min(boxes[one].bottom, boxes[other].bottom) > max(boxes[one].top, boxes[other].top)
        for one in gutter.left
        for other in gutter.right
    )


def _height(boxes: Sequence[PixelBox], places: list[int]) -> int:
    return sum(boxes[place].height for place in places)


def _middle(box: PixelBox) -> float:
    return box.top + box.height / 2
