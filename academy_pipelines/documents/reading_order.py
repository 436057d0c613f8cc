"""In which order boxes on a page are read: down each column, columns from the left, what spans them in between."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.documents.page_text import PixelBox

TOLERANCE = 0.02
"""How far, as a share of the width of all boxes together, a box may reach over a gutter."""


@dataclass(frozen=True, slots=True)
class _Gutter:
    """Boxes (by place) left of a vertical line, right of it, and crossed by it."""

    left: list[int]
    right: list[int]
    crossed: list[int]


def reading_order(boxes: Sequence[PixelBox]) -> list[int]:
    """Return the places of `boxes` in reading order.

    A line that few boxes cross, with others side by side on both sides of it, is a gutter between columns. The boxes
    that it crosses are headings or wide questions: all columns above one are read before it, those below after it.
    """
    return _ordered(boxes, list(range(len(boxes))))


def _ordered(boxes: Sequence[PixelBox], places: list[int]) -> list[int]:
    gutter = _best_gutter(boxes, places)
    if gutter is None:
        return sorted(places, key=lambda place: (boxes[place].top, boxes[place].left))
    if not gutter.crossed:
        return _ordered(boxes, gutter.left) + _ordered(boxes, gutter.right)
    rest = gutter.left + gutter.right
    order: list[int] = []
    for wide in sorted(gutter.crossed, key=lambda place: _middle(boxes[place])):
        above = [place for place in rest if _middle(boxes[place]) < _middle(boxes[wide])]
        rest = [place for place in rest if place not in above]
        order += [*_ordered(boxes, above), wide]
    return order + _ordered(boxes, rest)


def _best_gutter(boxes: Sequence[PixelBox], places: list[int]) -> _Gutter | None:
    """Return the gutter that crosses the least height of boxes, None where there are no columns."""
    tolerance = TOLERANCE * _extent(boxes, places)
    gutters = (_gutter_at(boxes, places, boxes[place].right, tolerance) for place in places)
    possible = [gutter for gutter in gutters if _are_side_by_side(boxes, gutter)]
    return min(possible, key=lambda gutter: sum(boxes[place].height for place in gutter.crossed), default=None)


def _gutter_at(boxes: Sequence[PixelBox], places: list[int], x_px: int, tolerance: float) -> _Gutter:
    left = [place for place in places if boxes[place].right <= x_px + tolerance]
    right = [place for place in places if place not in left and boxes[place].left >= x_px - tolerance]
    return _Gutter(left, right, [place for place in places if place not in left and place not in right])


def _are_side_by_side(boxes: Sequence[PixelBox], gutter: _Gutter) -> bool:
    """Whether a box on one side is beside one on the other, and not merely above or below it."""
    return any(
        min(boxes[one].bottom, boxes[other].bottom) > max(boxes[one].top, boxes[other].top)
        for one in gutter.left
        for other in gutter.right
    )


def _extent(boxes: Sequence[PixelBox], places: list[int]) -> int:
    if not places:
        return 0
    return max(boxes[place].right for place in places) - min(boxes[place].left for place in places)


def _middle(box: PixelBox) -> float:
    return box.top + box.height / 2
