"""A template's bubbles as arrays, in one fixed order that every stage shares."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.template import Bubble, SheetTemplate


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
    label_groups: tuple[tuple[NDArray[np.intp], tuple[NDArray[np.intp], ...]], ...]
    """For answers and for digits: the places of all of the group, and those of each label in it."""


def table_of(template: SheetTemplate) -> BubbleTable:
    """Return the bubbles of `template` as arrays; those of the last templates are remembered, by identity."""
    known = _TABLES.get(id(template))
    if known is not None and known[0] is template:
        return known[1]
    bubbles = all_bubbles(template)
    labels = np.array([bubble.label for bubble in bubbles])
    answers = sum(len(question.bubbles) for question in template.questions)
    groups: list[tuple[NDArray[np.intp], tuple[NDArray[np.intp], ...]]] = []
    for places in (np.arange(answers), np.arange(answers, len(bubbles))):
        names = np.unique(labels[places])
        groups.append((places, tuple(places[labels[places] == name] for name in names)))
    table = BubbleTable(centers_mm(bubbles), radii_mm(bubbles), tuple(groups))
    if len(_TABLES) >= MAX_TABLES:
        _TABLES.clear()
    _TABLES[id(template)] = (template, table)
    return table


def ringed_bubbles(template: SheetTemplate) -> tuple[Bubble, ...]:
    """Return the bubbles whose printed outline the template knows."""
    return tuple(bubble for bubble in all_bubbles(template) if bubble.is_explicit)


def centers_mm(bubbles: tuple[Bubble, ...]) -> Points:
    """Return the (N, 2) places of `bubbles` on the page."""
    return np.array([(bubble.center.x_mm, bubble.center.y_mm) for bubble in bubbles], np.float64).reshape(-1, 2)


def radii_mm(bubbles: tuple[Bubble, ...]) -> NDArray[np.float64]:
    """Return the (N, 2) radii of `bubbles` along x and y."""
    return np.array([(bubble.rx_mm, bubble.ry_mm) for bubble in bubbles], np.float64).reshape(-1, 2)


MAX_TABLES = 32
_TABLES: dict[int, tuple[SheetTemplate, BubbleTable]] = {}
