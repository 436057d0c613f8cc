"""A template's bubbles as arrays, in one fixed order that every stage shares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.template import Bubble, SheetTemplate, remembered

MIN_LABEL_BUBBLES = 5
"""Fewer bubbles of one label say nothing about its blank level: the whole group's is used."""


def all_bubbles(template: SheetTemplate) -> tuple[Bubble, ...]:
    """Return every bubble: the questions' in order, then the identifier's, column by column."""
    answers = [bubble for question in template.questions for bubble in question.bubbles]
    digits = [bubble for column in template.identifier for bubble in column.bubbles]
    return (*answers, *digits)


@dataclass(frozen=True)
class BubbleTable:
    """A template's bubbles as arrays in the order of `all_bubbles`, N of them."""

    centers_mm: Points
    radii_mm: NDArray[np.float64]
    is_explicit: NDArray[np.bool_]
    label_groups: tuple[tuple[NDArray[np.intp], tuple[NDArray[np.intp], ...]], ...]
    """For answers and for digits: the places of all of the group, and those of each label in it."""
    row_ends: NDArray[np.intp]
    """Where each question's and then each digit's bubbles end, (R,)."""

    def rows(self) -> list[slice]:
        """Return the places of each question's and each digit's bubbles."""
        ends = self.row_ends.tolist()
        return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


@remembered
def table_of(template: SheetTemplate) -> BubbleTable:
    """Return the bubbles of `template` as arrays."""
    bubbles = all_bubbles(template)
    labels = np.array([bubble.label for bubble in bubbles])
    answers = sum(len(question.bubbles) for question in template.questions)
    groups: list[tuple[NDArray[np.intp], tuple[NDArray[np.intp], ...]]] = []
    for places in (np.arange(answers), np.arange(answers, len(bubbles))):
        names = np.unique(labels[places])
        groups.append((places, tuple(places[labels[places] == name] for name in names)))
    rows = [len(question.bubbles) for question in template.questions]
    rows += [len(column.bubbles) for column in template.identifier]
    return BubbleTable(
        centers_mm=centers_mm(bubbles),
        radii_mm=radii_mm(bubbles),
        is_explicit=np.array([bubble.is_explicit for bubble in bubbles], np.bool_),
        label_groups=tuple(groups),
        row_ends=np.cumsum(rows),
    )


def ringed_bubbles(template: SheetTemplate) -> tuple[Bubble, ...]:
    """Return the bubbles whose printed outline the template knows."""
    return tuple(bubble for bubble in all_bubbles(template) if bubble.is_explicit)


def centers_mm(bubbles: tuple[Bubble, ...]) -> Points:
    """Return the (N, 2) places of `bubbles` on the page."""
    return np.array([(bubble.center.x_mm, bubble.center.y_mm) for bubble in bubbles], np.float64).reshape(-1, 2)


def radii_mm(bubbles: tuple[Bubble, ...]) -> NDArray[np.float64]:
    """Return the (N, 2) radii of `bubbles` along x and y."""
    return np.array([(bubble.rx_mm, bubble.ry_mm) for bubble in bubbles], np.float64).reshape(-1, 2)
