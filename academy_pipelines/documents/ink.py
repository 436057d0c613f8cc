"""Ink on an even page: how high its letters are, and what of it is no letter at all."""

from dataclasses import dataclass

import cv2
import numpy as np

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.imaging import Gray, as_gray


@dataclass(frozen=True, slots=True)
class InkPolicy:
    """What counts as ink, as a rule and as part of a figure; lengths are in heights of a letter."""

    darkest_limit: int = 110
    lightest_limit: int = 190
    """Between these the limit between ink and paper is chosen by Otsu's method; the paper is 255."""
    letter_px: tuple[int, int] = (7, 150)
    """Heights between which letters are looked for."""
    slices: int = 48
    """Upright strips of the page in which heights of letters are measured."""
    strip_letters: int = 2
    """Width of a strip at least, in letters: a narrow one sees parts of them."""
    rule_length: float = 2.2
    rule_thickness: float = 0.16
    figure_side: float = 4.5
    """Longer shapes that hang together are drawings: no letter or word is as long in both directions."""


@dataclass(frozen=True, slots=True)
class Inked:
    """An even, level page without what is no letter.

    `picture` is what to read; `ink` is 255 where there is ink on it; `letter_px` is the height of its letters, 0 on an
    empty page; `upright_rules` are the upright lines that were erased.
    """

    picture: Gray
    ink: Gray
    letter_px: int
    upright_rules: tuple[PixelBox, ...]


def ink_of(picture: Gray, policy: InkPolicy = InkPolicy()) -> Gray:
    """Return 255 where an even page has ink, 0 elsewhere."""
    limit, _ = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    limit = min(max(limit, policy.darkest_limit), policy.lightest_limit)
    return as_gray(np.less(picture, limit) * np.uint8(255))


def letter_height_px(ink: Gray, policy: InkPolicy = InkPolicy()) -> int:
    """Return the usual height of a line's letters, 0 when there are none.

    In narrow upright strips a line of text is a run of rows with ink; rules give shorter runs, drawings fewer.
    """
    strip_px = max(1, ink.shape[1] // policy.slices)
    first_px = _usual_run_px(ink, strip_px, policy)
    return _usual_run_px(ink, max(strip_px, policy.strip_letters * first_px), policy)


def _usual_run_px(ink: Gray, strip_px: int, policy: InkPolicy) -> int:
    width_px = ink.shape[1] // strip_px * strip_px
    if not width_px:
        return 0
    strips = ink[:, :width_px].reshape(len(ink), -1, strip_px).max(axis=2) > 0
    edges = np.diff(strips.T.astype(np.int8), axis=1, prepend=0, append=0)
    runs = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
    low, high = policy.letter_px
    runs = runs[(runs >= low) & (runs <= high)]
    return int(np.percentile(runs, 65)) if len(runs) else 0


def without_drawings(picture: Gray, policy: InkPolicy = InkPolicy()) -> Inked:
    """Return the page with its rules and drawings painted white."""
    ink = ink_of(picture, policy)
    letter_px = letter_height_px(ink, policy)
    if letter_px == 0:
        return Inked(picture, ink, 0, ())
    erased, upright = _rules(ink, letter_px, policy)
    ink = as_gray(cv2.bitwise_and(ink, cv2.bitwise_not(erased)))
    figures = _figures(ink, letter_px, policy)
    erased = cv2.dilate(cv2.bitwise_or(erased, figures), np.ones((3, 3), np.uint8))
    cleaned, left_ink = picture.copy(), ink.copy()
    cleaned[erased > 0], left_ink[erased > 0] = 255, 0
    return Inked(cleaned, left_ink, letter_px, upright)


def _rules(ink: Gray, letter_px: int, policy: InkPolicy) -> tuple[Gray, tuple[PixelBox, ...]]:
    """Return where rules are, and the upright ones."""
    length_px = max(8, round(policy.rule_length * letter_px))
    thickness_px = max(3, round(policy.rule_thickness * letter_px))
    found = np.zeros_like(ink)
    upright: list[PixelBox] = []
    for is_upright in (False, True):
        window = np.ones((length_px, 1) if is_upright else (1, length_px), np.uint8)
        opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, window)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
        thick = stats[:, cv2.CC_STAT_AREA] / stats[:, cv2.CC_STAT_HEIGHT if is_upright else cv2.CC_STAT_WIDTH]
        is_rule = thick <= thickness_px
        is_rule[0] = False
        found |= (is_rule[np.asarray(labels, np.int32)] * 255).astype(np.uint8)
        if is_upright:
            upright = [PixelBox(*(int(side) for side in box)) for box in stats[is_rule, :4]]
    return as_gray(found), tuple(upright)


def _figures(ink: Gray, letter_px: int, policy: InkPolicy) -> Gray:
    """Return where shapes hang together over more than any letters would."""
    side_px = policy.figure_side * letter_px
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    is_figure = (heights > side_px) | ((widths > side_px) & (heights > side_px / 2))
    is_figure[0] = False
    return as_gray((is_figure[np.asarray(labels, np.int32)] * 255).astype(np.uint8))
