"""What is laid out: rows of a column, each with lines of text and strokes; lengths in points, y grows downwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one font, from `x_pt` on."""

    x_pt: float
    text: str
    size_pt: float
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Runs on one baseline, and what a reader should make of them; `is_figure` for letters in a drawing."""

    runs: tuple[Run, ...]
    baseline_pt: float
    text: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through `points`; filled instead where `grey` is not black."""

    points: tuple[Point, ...]
    width_pt: float = 0.7
    grey: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a column that no break splits, from its top at y 0."""

    height_pt: float
    lines: tuple[Line, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    def moved(self, right_pt: float, down_pt: float) -> "Row":
        """Return the row at another place."""
        lines = tuple(
            replace(
                line,
                baseline_pt=line.baseline_pt + down_pt,
                runs=tuple(replace(run, x_pt=run.x_pt + right_pt) for run in line.runs),
            )
            for line in self.lines
        )
        strokes = tuple(
            replace(stroke, points=tuple((x + right_pt, y + down_pt) for x, y in stroke.points))
            for stroke in self.strokes
        )
        return replace(self, lines=lines, strokes=strokes)


def stacked(rows: Sequence[Row]) -> Row:
    """Return rows below each other as one that no break splits."""
    lines: list[Line] = []
    strokes: list[Stroke] = []
    height_pt = 0.0
    for row in rows:
        placed = row.moved(0, height_pt)
        lines += placed.lines
        strokes += placed.strokes
        height_pt += row.height_pt
    return Row(height_pt, tuple(lines), tuple(strokes))


def beside(left: Row, right: Row, at_pt: float) -> Row:
    """Return two rows side by side, the second from `at_pt` on."""
    moved = right.moved(at_pt, 0)
    height_pt = max(left.height_pt, right.height_pt)
    return Row(height_pt, left.lines + moved.lines, left.strokes + moved.strokes)


def rectangle(x_pt: float, y_pt: float, width_pt: float, height_pt: float) -> Stroke:
    """Return the outline of a rectangle."""
    right, bottom = x_pt + width_pt, y_pt + height_pt
    return Stroke(((x_pt, y_pt), (right, y_pt), (right, bottom), (x_pt, bottom), (x_pt, y_pt)))
