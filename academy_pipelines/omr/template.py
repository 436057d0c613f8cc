"""What a sheet looks like on paper: questions, identifier and registration marks, in millimetres.

Coordinates are (x, y) from the top-left corner of the page (or of `frame`, where a template
says that its page rectangle is not the paper's edge); x grows to the right, y downwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal, TypeVar

Axis = Literal["x", "y"]

DEFAULT_CHOICES = ("A", "B", "C", "D", "E")


@dataclass(frozen=True, slots=True)
class PointMm:
    """A place on the sheet."""

    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class BoxMm:
    """An upright rectangle on the sheet; width and height are positive."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float

    @property
    def right_mm(self) -> float:
        """The x of the right edge."""
        return self.x_mm + self.width_mm

    @property
    def bottom_mm(self) -> float:
        """The y of the bottom edge."""
        return self.y_mm + self.height_mm


@dataclass(frozen=True, slots=True)
class Bubble:
    """One place to mark: an ellipse with the printed `label` (a choice, or a digit "0".."9").

    `is_explicit` is False when the template gave only the question's box and the bubble's place
    and size were derived from equal cells: then no printed ring may be expected exactly there.
    """

    label: str
    center: PointMm
    rx_mm: float
    ry_mm: float
    is_explicit: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its number (the wire's `question_id`), its box and 2 to 10 bubbles in printed order."""

    number: int
    roi: BoxMm
    bubbles: tuple[Bubble, ...]
    axis: Axis = "x"


@dataclass(frozen=True, slots=True)
class DigitColumn:
    """One digit of the identifier: `digit_index` counts from 1; bubbles are labelled "0".."9"."""

    digit_index: int
    bubbles: tuple[Bubble, ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """A printed registration mark.

    `kind` is the wire's word, such as "square 6mm centre", "square 3mm centre", "target centre",
    "ring centre", "L outer corner" or "square outer corner". `center` is the point that the kind names: the
    mark's centre, or its outer corner.
    """

    id: str
    kind: str
    center: PointMm


@dataclass(frozen=True, slots=True)
class SheetTemplate:
    """One kind of sheet. Every bubble lies on the page; numbers of questions are unique."""

    width_mm: float
    height_mm: float
    questions: tuple[Question, ...]
    identifier: tuple[DigitColumn, ...] = ()
    markers: tuple[Marker, ...] = ()
    frame: str | None = None
    """What the page rectangle is when it is not the paper's edge, in the template author's words."""


MAX_REMEMBERED = 32
Made = TypeVar("Made")


def remembered(make: Callable[[SheetTemplate], Made]) -> Callable[[SheetTemplate], Made]:
    """Return `make` with what it made of the last templates kept, by identity: comparing templates costs as much."""
    known: dict[int, tuple[SheetTemplate, Made]] = {}

    @wraps(make)
    def recall(template: SheetTemplate) -> Made:
        found = known.get(id(template))
        if found is not None and found[0] is template:
            return found[1]
        made = make(template)
        if len(known) >= MAX_REMEMBERED:
            known.clear()
        known[id(template)] = (template, made)
        return made

    return recall


def equal_cells(roi: BoxMm, labels: tuple[str, ...] = DEFAULT_CHOICES, axis: Axis = "x") -> tuple[Bubble, ...]:
    """Return one bubble in the middle of each of `len(labels)` equal cells of `roi` along `axis`.

    The radii are 0.35 of the cell's shorter side, so that a neighbour's overflow stays outside.
    """
    count = len(labels)
    cell_w_mm = roi.width_mm / count if axis == "x" else roi.width_mm
    cell_h_mm = roi.height_mm / count if axis == "y" else roi.height_mm
    radius_mm = 0.35 * min(cell_w_mm, cell_h_mm)
    return tuple(
        Bubble(
            label=label,
            center=PointMm(
                roi.x_mm + cell_w_mm * ((index if axis == "x" else 0) + 0.5),
                roi.y_mm + cell_h_mm * ((index if axis == "y" else 0) + 0.5),
            ),
            rx_mm=radius_mm,
            ry_mm=radius_mm,
            is_explicit=False,
        )
        for index, label in enumerate(labels)
    )
