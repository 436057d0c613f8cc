"""Where the marks of the report's pictures stand, in the units of their SVG view boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.analysis.histogram import ScoreBin
from academy_pipelines.analysis.item_analysis import ItemFigures

WIDTH, HEIGHT = 520.0, 240.0
"""Of the plotting area; labels stand outside it."""

BAR_SHARE = 0.82
"""Of a bin's width that its bar fills."""

MOST_TICKS = 5

LOWEST_CORRELATION = -0.4
"""Where the picture of the questions ends; lower ones stand on its edge."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: a bar of complete sheets from the ground up, and one of provisional sheets on top of it."""

    x: float
    width: float
    complete_y: float
    complete_height: float
    provisional_y: float
    provisional_height: float
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One question among the others."""

    x: float
    y: float
    question: int
    is_remarkable: bool
    title: str


def histogram_bars(bins: Sequence[ScoreBin]) -> tuple[Bar, ...]:
    """Return the bars of a score histogram, the highest as high as its last tick."""
    step, unit = WIDTH / len(bins), HEIGHT / _top(bins)
    bars: list[Bar] = []
    for place, one in enumerate(bins):
        complete, provisional = one.complete * unit, one.provisional * unit
        bars.append(
            Bar(
                x=round(step * (place + (1 - BAR_SHARE) / 2), 1),
                width=round(step * BAR_SHARE, 1),
                complete_y=round(HEIGHT - complete, 1),
                complete_height=round(complete, 1),
                provisional_y=round(HEIGHT - complete - provisional, 1),
                provisional_height=round(provisional, 1),
                label=str(one.low) if one.low == one.high else f"{one.low}~{one.high}",
                count=one.complete + one.provisional,
            )
        )
    return tuple(bars)


def histogram_ticks(bins: Sequence[ScoreBin]) -> tuple[Tick, ...]:
    """Return the lines of whole numbers of sheets."""
    top = _top(bins)
    return tuple(
        Tick(round(HEIGHT * (1 - count / top), 1), str(count)) for count in range(0, top + 1, _tick_step(bins))
    )


def _tick_step(bins: Sequence[ScoreBin]) -> int:
    highest = max((one.complete + one.provisional for one in bins), default=0)
    return next(
        step * 10**power for power in range(9) for step in (1, 2, 5) if step * 10**power * MOST_TICKS >= highest
    )


def _top(bins: Sequence[ScoreBin]) -> int:
    step = _tick_step(bins)
    highest = max((one.complete + one.provisional for one in bins), default=0)
    return max(1, -(-highest // step)) * step


def question_dots(items: Sequence[ItemFigures]) -> tuple[Dot, ...]:
    """Return a dot for each question whose figures are known: share right across, point-biserial upwards."""
    dots: list[Dot] = []
    for item in items:
        if item.difficulty is None or item.point_biserial is None:
            continue
        title = f"{item.question}번: 정답률 {item.difficulty:.0%}, 문항-총점 상관 {item.point_biserial:.2f}"
        x, y = round(WIDTH * item.difficulty, 1), correlation_place(item.point_biserial)
        dots.append(Dot(x, y, item.question, bool(item.remarks), title))
    return tuple(dots)


def correlation_place(correlation: float) -> float:
    """Return how far down a correlation in [-1, 1] stands."""
    shown = max(correlation, LOWEST_CORRELATION)
    return round(HEIGHT * (1 - shown) / (1 - LOWEST_CORRELATION), 1)
