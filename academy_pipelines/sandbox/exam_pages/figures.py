"""Drawings that stand in questions: geometry, graphs, tables, apparatus."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from academy_pipelines.sandbox.exam_pages.rows import Line, Point, Row, Run, Stroke, rectangle

LABEL_PT: Final = 8.0
_CIRCLE_STEPS: Final = 48

Drawing = tuple[float, Row]
"""Width in points, and what is drawn."""


def random_figure(rng: np.random.Generator) -> Drawing:
    """Return a drawing of some kind, 70 to 160 points wide."""
    draw = _KINDS[int(rng.integers(len(_KINDS)))]
    return draw(rng)


def _label(text: str, x_pt: float, y_pt: float) -> Line:
    return Line((Run(x_pt, text, LABEL_PT),), y_pt, text, is_figure=True)


def _circle(middle: Point, radius_pt: float, *, start: float = 0.0, turn: float = 1.0) -> Stroke:
    angles = [2 * math.pi * (start + turn * step / _CIRCLE_STEPS) for step in range(_CIRCLE_STEPS + 1)]
    x, y = middle
    return Stroke(tuple((x + radius_pt * math.cos(angle), y + radius_pt * math.sin(angle)) for angle in angles))


def _triangle(rng: np.random.Generator) -> Drawing:
    width_pt, height_pt = float(rng.uniform(80, 130)), float(rng.uniform(55, 90))
    top = (float(rng.uniform(0.2, 0.8)) * width_pt, 10.0)
    left, right = (8.0, height_pt - 10), (width_pt - 8, height_pt - 10)
    foot = (top[0], height_pt - 10)
    strokes = (Stroke((top, left, right, top)), Stroke((top, foot), 0.5))
    labels = (
        _label("A", top[0] - 3, 8),
        _label("B", 0, height_pt - 1),
        _label("C", width_pt - 6, height_pt - 1),
        _label("H", foot[0] - 3, height_pt - 1),
    )
    return width_pt, Row(height_pt + 4, labels, strokes)


def _graph(rng: np.random.Generator) -> Drawing:
    width_pt, height_pt = float(rng.uniform(90, 130)), float(rng.uniform(80, 110))
    origin = (0.35 * width_pt, 0.7 * height_pt)
    bend = float(rng.uniform(0.01, 0.03)) * float(rng.choice((-1, 1)))
    span = np.linspace(-0.3 * width_pt, 0.55 * width_pt, 40)
    heights = np.clip(origin[1] - 12 - bend * (span - 14) ** 2, 8, height_pt - 4)
    curve = tuple((float(origin[0] + x), float(y)) for x, y in zip(span, heights, strict=True))
    axes = (
        Stroke(((2, origin[1]), (width_pt - 2, origin[1]), (width_pt - 7, origin[1] - 3))),
        Stroke(((origin[0], height_pt), (origin[0], 2), (origin[0] - 3, 7))),
    )
    labels = (
        _label("x", width_pt - 8, origin[1] + 9),
        _label("y", origin[0] + 4, 9),
        _label("O", origin[0] - 8, origin[1] + 9),
    )
    return width_pt, Row(height_pt + 2, labels, (*axes, Stroke(curve, 1.0)))


def _bars(rng: np.random.Generator) -> Drawing:
    count = int(rng.integers(3, 6))
    width_pt, height_pt = 26.0 * count + 14, float(rng.uniform(70, 100))
    strokes = [Stroke(((10, 4), (10, height_pt - 12), (width_pt, height_pt - 12)))]
    labels: list[Line] = []
    for place in range(count):
        top = float(rng.uniform(8, height_pt - 24))
        left = 18.0 + 26 * place
        strokes.append(
            Stroke(((left, height_pt - 12), (left, top), (left + 14, top), (left + 14, height_pt - 12)), 0.7)
        )
        shade = ((left, height_pt - 12), (left, top), (left + 14, top), (left + 14, height_pt - 12))
        strokes.insert(0, Stroke(shade, grey=0.75))
        labels.append(_label(chr(ord("A") + place), left + 4, height_pt - 2))
    return width_pt, Row(height_pt, tuple(labels), tuple(strokes))


def _table(rng: np.random.Generator) -> Drawing:
    columns, rows = int(rng.integers(3, 6)), int(rng.integers(2, 4))
    cell_pt = (float(rng.uniform(28, 34)), 16.0)
    width_pt, height_pt = columns * cell_pt[0], rows * cell_pt[1]
    strokes = [rectangle(0, 0, width_pt, height_pt)]
    strokes += [Stroke(((0, row * cell_pt[1]), (width_pt, row * cell_pt[1]))) for row in range(1, rows)]
    strokes += [Stroke(((column * cell_pt[0], 0), (column * cell_pt[0], height_pt))) for column in range(1, columns)]
    lines: list[Line] = []
    for row in range(rows):
        texts = [f"{int(rng.integers(1, 100))}" for _ in range(columns)]
        runs = tuple(Run(column * cell_pt[0] + 8, text, LABEL_PT) for column, text in enumerate(texts))
        lines.append(Line(runs, row * cell_pt[1] + 11, " ".join(texts), is_figure=True))
    return width_pt, Row(height_pt + 2, tuple(lines), tuple(strokes))


def _beaker(rng: np.random.Generator) -> Drawing:
    width_pt, height_pt = float(rng.uniform(70, 90)), float(rng.uniform(70, 95))
    level = float(rng.uniform(0.35, 0.7)) * height_pt
    glass = Stroke(((8, 4), (12, height_pt - 4), (width_pt - 12, height_pt - 4), (width_pt - 8, 4)), 1.0)
    water = Stroke(((11, level), (width_pt - 11, level)), 0.6)
    dots = [
        _circle((float(rng.uniform(20, width_pt - 20)), float(rng.uniform(level, height_pt - 8))), 2) for _ in "123"
    ]
    return width_pt, Row(height_pt, (_label("(가)", width_pt / 2 - 8, level - 4),), (glass, water, *dots))


def _circuit(rng: np.random.Generator) -> Drawing:
    width_pt, height_pt = float(rng.uniform(100, 150)), float(rng.uniform(60, 80))
    wire = rectangle(8, 10, width_pt - 16, height_pt - 20)
    lamp = _circle((width_pt / 2, 10), 8)
    cross = (
        Stroke(((width_pt / 2 - 5, 5), (width_pt / 2 + 5, 15))),
        Stroke(((width_pt / 2 - 5, 15), (width_pt / 2 + 5, 5))),
    )
    cell = (
        Stroke(((width_pt / 2 - 2, height_pt - 18), (width_pt / 2 - 2, height_pt - 2)), 1.2),
        Stroke(((width_pt / 2 + 3, height_pt - 14), (width_pt / 2 + 3, height_pt - 6)), 1.8),
    )
    return width_pt, Row(height_pt, (_label("V", width_pt / 2 + 8, height_pt - 2),), (wire, lamp, *cross, *cell))


def _circles(rng: np.random.Generator) -> Drawing:
    radius_pt = float(rng.uniform(26, 38))
    shift_pt = radius_pt * float(rng.uniform(0.8, 1.3))
    first, second = (radius_pt + 4, radius_pt + 4), (radius_pt + 4 + shift_pt, radius_pt + 4)
    labels = (_label("P", first[0] - radius_pt / 2 - 3, first[1] + 3), _label("Q", second[0] + radius_pt / 2, first[1]))
    width_pt = 2 * radius_pt + shift_pt + 8
    return width_pt, Row(2 * radius_pt + 8, labels, (_circle(first, radius_pt), _circle(second, radius_pt)))


_KINDS: Final[tuple[Callable[[np.random.Generator], Drawing], ...]] = (
    _triangle,
    _graph,
    _bars,
    _table,
    _beaker,
    _circuit,
    _circles,
)
