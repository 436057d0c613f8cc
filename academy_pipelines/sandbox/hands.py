"""A sheet filled in by one hand: what is marked, and how, on the pixels of a page."""

from dataclasses import dataclass

import numpy as np

from academy_pipelines.omr.template import Bubble, SheetTemplate
from academy_pipelines.sandbox.difficulty import Style
from academy_pipelines.sandbox.pencil import MarkKind, fluid_cover, mark_ink
from academy_pipelines.sandbox.raster import Field, paint

TWICE: tuple[MarkKind, ...] = ("full", "full", "full", "overflow", "coloured", "partial", "cross")
"""Kinds of a double mark: both alike, for one hand made them."""
FLUID_LEVELS = (242.0, 255.0)
FIRM = frozenset({"pencil_light", "erased"})
"""Kinds whose darkness does not depend on how firmly the writer presses otherwise."""


@dataclass(frozen=True, slots=True)
class FilledIn:
    """Labels and kind of mark by question number, and the identifier's digits."""

    answers: dict[int, tuple[str, ...]]
    kinds: dict[int, str]
    identifier: str


class Hand:
    """Marks bubbles on a page, as one person presses one pen."""

    def __init__(self, page: Field, px_per_mm: float, style: Style, rng: np.random.Generator, palest: float) -> None:
        self._page = page
        self._px_per_mm = px_per_mm
        self._rng = rng
        self._palest = palest
        self._press = rng.uniform(style.hand, 1.0)

    def mark(self, bubble: Bubble, kind: MarkKind) -> None:
        """Mark `bubble`."""
        window, ink = mark_ink(kind, bubble, self._px_per_mm, self._rng)
        strength = 1.0 if kind in FIRM else self._press
        if kind == "pencil_light":
            strength = self._rng.uniform(self._palest, 1.0)
        paint(self._page, window, ink * strength, 0.0)

    def cover(self, bubble: Bubble) -> None:
        """Mark `bubble` and hide that under correction fluid."""
        self.mark(bubble, "full")
        window, cover = fluid_cover(bubble, self._px_per_mm, self._rng)
        paint(self._page, window, cover * self._rng.uniform(0.9, 1.0), self._rng.uniform(*FLUID_LEVELS))


def fill_in(
    page: Field, px_per_mm: float, template: SheetTemplate, style: Style, rng: np.random.Generator, palest: float
) -> FilledIn:
    """Mark answers and an identifier on `page` as `style` says, light pencil at least `palest` strong; return them."""
    hand = Hand(page, px_per_mm, style, rng, palest)
    names, shares = list(style.kinds), np.array(list(style.kinds.values()))
    answers: dict[int, tuple[str, ...]] = {}
    kinds: dict[int, str] = {}
    for question in template.questions:
        kind = str(rng.choice(names, p=shares / shares.sum()))
        order = [question.bubbles[i] for i in rng.permutation(len(question.bubbles))]
        marked = order[: 0 if kind.endswith("blank") else 2 if kind == "multi" else 1]
        for bubble in marked:
            hand.mark(bubble, _drawn_as(kind, question.number))
        _correct(hand, order[-1], kind)
        kinds[question.number] = kind
        answers[question.number] = tuple(sorted(bubble.label for bubble in marked))
    return FilledIn(answers, kinds, _fill_in_identifier(hand, template, style, rng))


def _drawn_as(kind: str, number: int) -> MarkKind:
    match kind:
        case "overflow" | "pencil_light" | "coloured" | "partial" | "tick" | "cross" | "scribble":
            return kind
        case "multi":
            return TWICE[number % len(TWICE)]
        case _:
            return "full"


def _correct(hand: Hand, bubble: Bubble, kind: str) -> None:
    if kind.startswith("erased"):
        hand.mark(bubble, "erased")
    elif kind.startswith("corrected"):
        hand.cover(bubble)


def _fill_in_identifier(hand: Hand, template: SheetTemplate, style: Style, rng: np.random.Generator) -> str:
    digits = "".join(rng.choice(list("0123456789"), len(template.identifier)))
    for column, digit in zip(template.identifier, digits, strict=True):
        kind: MarkKind = "pencil_light" if rng.random() < style.light_digits else "full"
        hand.mark(next(bubble for bubble in column.bubbles if bubble.label == digit), kind)
    return digits
