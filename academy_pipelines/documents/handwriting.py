"""What somebody wrote on a printed page: where, and how much of it. Traces of ink, not their meaning.

Whatever is on the page and not on its blank form counts: a teacher's red pen does too, and so does an erased line that
can still be seen. Without the blank form only coloured pens can be told from print.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

from academy_pipelines.documents.added_ink import AddedInk, AddedInkPolicy, Mark, compare, marks_of
from academy_pipelines.documents.blank_alignment import Alignment, AlignmentPolicy, Matrix, align, corners_of
from academy_pipelines.documents.coloured_ink import Colour, ColourPolicy, coloured_ink
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.region import Region
from academy_pipelines.imaging import Gray

Method = Literal["difference", "colour", "none"]
"""The page less its blank form; strokes in colour; nothing could be done."""
NO_BLANK = "there is no blank page to compare with, and pencil cannot be told from print without one"

FULL_INK_SHARE = 0.02
"""Of the paper under ink: a page closely written from top to bottom."""


@dataclass(frozen=True, slots=True)
class HandwritingPolicy:
    """When a result is believed, and what the scores' 1 stands for."""

    alignment: AlignmentPolicy = field(default_factory=AlignmentPolicy)
    added: AddedInkPolicy = field(default_factory=AddedInkPolicy)
    colour: ColourPolicy = field(default_factory=ColourPolicy)
    least_agreement: float = 0.75
    """Of the form's print with the page, beyond chance: another text has nearly none, half of the same text 0.65."""
    sure_agreement: float = 0.95
    sure_inliers: int = 150
    colour_confidence: float = 0.5
    """What pens without colour left behind is not seen."""
    full_ink_share: float = FULL_INK_SHARE
    dense_height_share: float = 0.045
    """Of the page's long side, 13 mm on A4: a mark higher than this has two lines, one above the other."""
    dense_ink_share: float = 0.0003
    """Of the paper: a mark with less is a tick, a circle or a name, however high."""


@dataclass(frozen=True, slots=True)
class QuestionMarks:
    """What was written in one question's region: `box` on the page, the share (0..1) of it under ink, and the marks."""

    label: str | None
    box: PixelBox
    ink_share: float
    marks: int


@dataclass(frozen=True, slots=True)
class HandwritingMarks:
    """What was written on one page.

    `ink_share` is the share (0..1) of the paper under added ink, `dense_share` the share of that ink in marks of two
    lines or more. All are empty and 0 where `status` is "unknown", for `reason`; `confidence` (0..1) then is 0.
    """

    method: Method
    status: Literal["known", "unknown"]
    confidence: float
    reason: str | None = None
    ink_share: float = 0.0
    dense_share: float = 0.0
    marks: tuple[Mark, ...] = ()
    questions: tuple[QuestionMarks, ...] = ()
    full_ink_share: float = FULL_INK_SHARE

    @property
    def writing_score(self) -> float:
        """How much was written, 0..1: the share of the paper under ink, 1 for a closely written page."""
        return min(1.0, self.ink_share / self.full_ink_share)

    @property
    def calculation_score(self) -> float:
        """How much of it looks like working-out, 0..1: the share of the ink in marks of several lines."""
        return self.dense_share


def handwriting_marks(
    page: Gray,
    blank: Gray | None,
    regions: Sequence[Region] = (),
    policy: HandwritingPolicy = HandwritingPolicy(),
    *,
    colour: Colour | None = None,
) -> HandwritingMarks:
    """Return what was written on `page`, which is a copy of `blank`; neither has to lie level.

    `regions` are questions in pixels of `blank`, or of `page` when there is no blank; what comes back is in pixels of
    `page`. `colour` is the same picture as `page` in colour; it is looked at only without a blank.
    """
    if blank is None:
        return _by_colour(page, regions, policy, colour)
    alignment = align(page, blank, policy.alignment)
    if alignment.matrix is None:
        return HandwritingMarks("none", "unknown", 0.0, alignment.reason)
    added = compare(page, blank, alignment.matrix, policy.added)
    if added.agreement < policy.least_agreement:
        told = f"its print agrees with the page by {added.agreement:.2f}, {policy.least_agreement:.2f} is needed"
        return HandwritingMarks("none", "unknown", 0.0, f"the blank page does not fit: {told}")
    boxes = [(region, _carried(region.box, alignment.matrix, page)) for region in regions]
    return _measured("difference", added, boxes, _confidence(alignment, added, policy), policy)


def _by_colour(
    page: Gray, regions: Sequence[Region], policy: HandwritingPolicy, colour: Colour | None
) -> HandwritingMarks:
    if colour is None or colour.shape[:2] != page.shape:
        return HandwritingMarks("none", "unknown", 0.0, NO_BLANK)
    found = coloured_ink(colour, policy.colour, policy.added)
    if found.reason is not None:
        return HandwritingMarks("none", "unknown", 0.0, f"{NO_BLANK}; {found.reason}")
    added = AddedInk(found.ink, found.ink.size, 0.0, found.scale)
    boxes = [(region, region.box) for region in regions]
    result = _measured("colour", added, boxes, policy.colour_confidence, policy)
    if not result.marks:
        return HandwritingMarks("none", "unknown", 0.0, f"{NO_BLANK}; no coloured pen was found")
    return result


def _measured(
    method: Method,
    added: AddedInk,
    regions: Sequence[tuple[Region, PixelBox]],
    confidence: float,
    policy: HandwritingPolicy,
) -> HandwritingMarks:
    marks, ink = marks_of(added.ink, added.scale, policy.added)
    total_px = cv2.countNonZero(ink)
    dense_px = sum(mark.ink_px for mark in marks if _is_dense(mark, added, policy))
    return HandwritingMarks(
        method,
        "known",
        round(confidence, 3),
        ink_share=total_px / max(1, added.paper_px),
        dense_share=dense_px / total_px if total_px else 0.0,
        marks=marks,
        questions=tuple(_in_question(region, box, ink, marks, added.scale) for region, box in regions),
        full_ink_share=policy.full_ink_share,
    )


def _is_dense(mark: Mark, added: AddedInk, policy: HandwritingPolicy) -> bool:
    is_high = mark.box.height * added.scale > policy.dense_height_share * max(added.ink.shape)
    return is_high and mark.ink_px > policy.dense_ink_share * added.paper_px


def _in_question(region: Region, box: PixelBox, ink: Gray, marks: Sequence[Mark], scale: float) -> QuestionMarks:
    left, top, right, bottom = (round(side * scale) for side in (box.left, box.top, box.right, box.bottom))
    part = ink[top:bottom, left:right]
    share = cv2.countNonZero(part) / part.size if part.size else 0.0
    return QuestionMarks(region.label, box, share, sum(_is_middle_in(mark.box, box) for mark in marks))


def _is_middle_in(mark: PixelBox, box: PixelBox) -> bool:
    x, y = (mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2
    return box.left <= x < box.right and box.top <= y < box.bottom


def _carried(box: PixelBox, matrix: Matrix, page: Gray) -> PixelBox:
    """Return the least box around where `box` of the blank comes to lie, cut at the page's edges."""
    corners = corners_of(box.left, box.top, box.right, box.bottom, matrix)
    limits = (page.shape[1], page.shape[0])
    left, top = (int(side) for side in np.clip(np.floor(corners.min(axis=0)), 0, limits))
    right, bottom = (int(side) for side in np.clip(np.ceil(corners.max(axis=0)), 0, limits))
    return PixelBox(left, top, right - left, bottom - top)


def _confidence(alignment: Alignment, added: AddedInk, policy: HandwritingPolicy) -> float:
    """Return how well the form fits, 0..1: by the print that is found again, and the details that agree."""
    slack = policy.sure_agreement - policy.least_agreement
    fit = min(1.0, max(0.0, (added.agreement - policy.least_agreement) / slack))
    known = min(1.0, alignment.inliers / policy.sure_inliers)
    return 0.5 + 0.5 * min(fit, known)
