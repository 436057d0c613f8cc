"""A template's bubbles as arrays, in one fixed order that every stage shares."""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.template import Bubble, SheetTemplate


def all_bubbles(template: SheetTemplate) -> tuple[Bubble, ...]:
    """Return every bubble: the questions' in order, then the identifier's, column by column."""
    answers = [bubble for question in template.questions for bubble in question.bubbles]
    digits = [bubble for column in template.identifier for bubble in column.bubbles]
    return (*answers, *digits)


def ringed_bubbles(template: SheetTemplate) -> tuple[Bubble, ...]:
    """Return the bubbles whose printed outline the template knows."""
    return tuple(bubble for bubble in all_bubbles(template) if bubble.is_explicit)


def centers_mm(bubbles: tuple[Bubble, ...]) -> Points:
    """Return the (N, 2) places of `bubbles` on the page."""
    return np.array([(bubble.center.x_mm, bubble.center.y_mm) for bubble in bubbles], np.float64).reshape(-1, 2)


def radii_mm(bubbles: tuple[Bubble, ...]) -> NDArray[np.float64]:
    """Return the (N, 2) radii of `bubbles` along x and y."""
    return np.array([(bubble.rx_mm, bubble.ry_mm) for bubble in bubbles], np.float64).reshape(-1, 2)
