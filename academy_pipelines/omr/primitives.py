"""The few shapes a sheet is printed with, in millimetres; grey runs from 0 (black) to 1 (white paper)."""

from dataclasses import dataclass
from typing import Literal

from academy_pipelines.omr.template import BoxMm, PointMm

Align = Literal["left", "middle", "right"]


@dataclass(frozen=True, slots=True)
class FilledBox:
    """A box without an outline, filled with `grey`."""

    box: BoxMm
    grey: float


@dataclass(frozen=True, slots=True)
class Disc:
    """An ellipse without an outline, filled with `grey`."""

    center: PointMm
    rx_mm: float
    ry_mm: float
    grey: float


@dataclass(frozen=True, slots=True)
class Ring:
    """An ellipse's outline; half of the stroke lies outside of `rx_mm` and `ry_mm`."""

    center: PointMm
    rx_mm: float
    ry_mm: float
    stroke_mm: float
    grey: float


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke with round ends."""

    start: PointMm
    end: PointMm
    stroke_mm: float
    grey: float


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text.

    `anchor` is its left end, middle or right end as `align` says, at half the height of its
    capitals; `size_mm` is the font size (the em), of which capitals take `CAP_HEIGHT`.
    """

    content: str
    anchor: PointMm
    size_mm: float
    grey: float
    align: Align = "left"
    is_bold: bool = False


CAP_HEIGHT = 0.72
"""Height of capitals and digits as a share of the font size (NanumGothic: 0.72)."""

Primitive = FilledBox | Disc | Ring | Line | Text


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """One printable page; later primitives are painted over earlier ones."""

    title: str
    width_mm: float
    height_mm: float
    primitives: tuple[Primitive, ...]


def outline(box: BoxMm, stroke_mm: float, grey: float) -> tuple[Line, ...]:
    """Return the four sides of `box`; half of the stroke lies outside of it."""
    corners = (
        PointMm(box.x_mm, box.y_mm),
        PointMm(box.right_mm, box.y_mm),
        PointMm(box.right_mm, box.bottom_mm),
        PointMm(box.x_mm, box.bottom_mm),
    )
    return tuple(Line(corners[side], corners[(side + 1) % 4], stroke_mm, grey) for side in range(4))
