"""The ink on a page that is not on its blank form."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.blank_alignment import Matrix, carried, reduced
from academy_pipelines.documents.ink import InkPolicy, ink_of
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.straightening import flattened
from academy_pipelines.imaging import Gray, as_gray


@dataclass(frozen=True, slots=True)
class AddedInkPolicy:
    """What counts as added; lengths and areas hold for a page whose long side is `long_side_px`."""

    long_side_px: int = 2000
    """Size at which pages are compared: 170 dpi for A4."""
    ink: InkPolicy = field(default_factory=lambda: InkPolicy(darkest_limit=150, lightest_limit=190))
    """Pencil is light: Otsu's limit, which lies between print and paper, would lose it."""
    print_limit: int = 225
    """What is darker than this on the blank form may come out as ink on a copy."""
    print_reach_px: int = 7
    """Width of the square by which the form's print is widened: copies are blurred and never lie exactly."""
    chance_shifts_px: tuple[int, ...] = (-61, -37, 37, 61)
    """How far the form is moved along its lines to see how much print meets ink by chance."""
    most_chance: float = 0.9
    """Rules stay on themselves when they are moved along."""
    edge_px: int = 12
    """Of the form that is not looked at: shadows of the paper's edge."""
    speck_px: int = 25
    """Dots of ink that hang together; fewer are dust."""
    reach_px: int = 21
    """Strokes nearer than this (3 mm) belong to one mark."""
    least_mark_px: int = 60
    """Dots of ink that a mark has at least."""


@dataclass(frozen=True, slots=True)
class AddedInk:
    """What was added, at the size of the comparison.

    `ink` is 255 where it is; `paper_px` is how much of the page was compared. `agreement` is how well the form's print
    is found on the page, 0 (as by chance) to 1 (all of it). `scale` leads from the page's own pixels to those of `ink`.
    """

    ink: Gray
    paper_px: int
    agreement: float
    scale: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Strokes that lie together: their box on the page, and how many dots of ink at the size of the comparison."""

    box: PixelBox
    ink_px: int


def compare(page: Gray, blank: Gray, matrix: Matrix, policy: AddedInkPolicy = AddedInkPolicy()) -> AddedInk:
    """Return what is on `page` and not on `blank`, which `matrix` carries there."""
    seen, scale = reduced(page, policy.long_side_px)
    size_px = (seen.shape[1], seen.shape[0])
    to_seen = np.diag([scale, scale, 1.0]) @ matrix
    form, paper = _on_page(blank, to_seen, size_px)
    paper = as_gray(cv2.erode(paper, _square(2 * policy.edge_px + 1), borderType=cv2.BORDER_CONSTANT, borderValue=(0,)))
    ink = as_gray(cv2.bitwise_and(ink_of(flattened(seen), policy.ink), paper))
    print_ink = as_gray(cv2.bitwise_and(as_gray(np.less(form, policy.print_limit) * np.uint8(255)), paper))
    agreement = _agreement(ink, as_gray(cv2.bitwise_and(ink_of(form), paper)), policy)
    added = cv2.bitwise_and(ink, cv2.bitwise_not(cv2.dilate(print_ink, _square(policy.print_reach_px))))
    return AddedInk(without_specks(as_gray(added), policy.speck_px), cv2.countNonZero(paper), agreement, scale)


def without_specks(ink: Gray, speck_px: int) -> Gray:
    """Return `ink` without shapes of fewer than `speck_px` dots."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    is_kept = np.asarray(stats[:, cv2.CC_STAT_AREA] >= speck_px, np.bool_)
    is_kept[0] = False
    return as_gray(is_kept[np.asarray(labels, np.intp)] * np.uint8(255))


def marks_of(ink: Gray, scale: float, policy: AddedInkPolicy = AddedInkPolicy()) -> tuple[tuple[Mark, ...], Gray]:
    """Return the marks on a page from top to bottom, and `ink` without what is too little for one."""
    grown = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (policy.reach_px, policy.reach_px)))
    count, labels = cv2.connectedComponents(grown, connectivity=8)
    own = np.where(ink > 0, labels, 0)
    dots = np.bincount(own.ravel(), minlength=count)
    is_mark = dots >= policy.least_mark_px
    is_mark[0] = False
    boxes = _boxes(own, count, scale)
    marks = [Mark(boxes[place], int(dots[place])) for place in np.flatnonzero(is_mark)]
    marks.sort(key=lambda mark: (mark.box.top, mark.box.left))
    return tuple(marks), as_gray(is_mark[own] * np.uint8(255))


def _on_page(blank: Gray, matrix: Matrix, size_px: tuple[int, int]) -> tuple[Gray, Gray]:
    """Return the even form, and 255 where it lies, in a picture of that size."""
    shrinks = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    form = flattened(blank)
    if shrinks < 1:  # what is left of a pixel has to count, which carrying alone does not do
        form = as_gray(cv2.resize(form, None, fx=shrinks, fy=shrinks, interpolation=cv2.INTER_AREA))
        matrix = matrix @ np.diag([blank.shape[1] / form.shape[1], blank.shape[0] / form.shape[0], 1.0])
    paper = cv2.warpPerspective(as_gray(np.full(form.shape, 255, np.uint8)), matrix, size_px, flags=cv2.INTER_NEAREST)
    return carried(form, matrix, size_px), as_gray(paper)


def _agreement(ink: Gray, form: Gray, policy: AddedInkPolicy) -> float:
    """Return the share of the form's print that has ink within reach, beyond what a form beside its place would have.

    Lines of another text that lie on lines of this one meet ink nearly everywhere; hence it is chance-corrected as
    J. Cohen's kappa is ("A coefficient of agreement for nominal scales", 1960).
    """
    printed = cv2.countNonZero(form)
    if not printed:
        return 0.0
    near = cv2.dilate(ink, _square(policy.print_reach_px))
    moved = [np.roll(form, (0, shift_px), axis=(0, 1)) for shift_px in policy.chance_shifts_px]
    met, *by_chance = (cv2.countNonZero(cv2.bitwise_and(one, near)) / printed for one in (form, *moved))
    chance = min(policy.most_chance, sum(by_chance) / len(by_chance))
    return max(0.0, (met - chance) / (1 - chance))


def _square(side_px: int) -> NDArray[np.uint8]:
    return np.ones((side_px, side_px), np.uint8)


def _boxes(own: NDArray[np.int32], count: int, scale: float) -> list[PixelBox]:
    """Return the box of every label's dots, in pixels of the page; what it is of an absent label means nothing."""
    down, across = np.nonzero(own)
    label = own[down, across]
    low, high = np.full((count, 2), max(own.shape)), np.zeros((count, 2), np.int64)
    places = np.stack([across, down], axis=1)
    np.minimum.at(low, label, places)
    np.maximum.at(high, label, places + 1)
    start, end = np.floor(low / scale).astype(int), np.ceil(high / scale).astype(int)
    return [
        PixelBox(int(x), int(y), int(right - x), int(bottom - y))
        for (x, y), (right, bottom) in zip(start, end, strict=True)
    ]
