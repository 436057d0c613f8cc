"""Filled sheets whose truth is known because they were drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.imaging import Gray
from academy_pipelines.omr.objective import QUESTION_COUNTS, objective_template
from academy_pipelines.omr.primitives import PrintedSheet, Text
from academy_pipelines.omr.sheet import bare_sheet, design_sheet, write_in_boxes
from academy_pipelines.omr.template import Bubble, PointMm, SheetTemplate
from academy_pipelines.sandbox.pencil import MarkKind, mark_ink
from academy_pipelines.sandbox.raster import Field, coverage, paint, rasterise_sheet

BLANK_DIGIT = " "
_WRITTEN_DIGIT_MM = 6.5
_WRITTEN_GREY = 0.25


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """What a student wanted to say: choices by question number, and the identifier.

    A question that `answers` lacks, or whose choices are empty, stays blank; so does an identifier
    digit given as a space, and every digit beyond the end of `identifier`.

    Raises:
        InvalidTemplateError: an answer or digit has no bubble on `template`.
    """

    template: SheetTemplate
    answers: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    identifier: str = ""

    def __post_init__(self) -> None:
        offered = {
            question.number: {bubble.label for bubble in question.bubbles} for question in self.template.questions
        }
        for number, labels in self.answers.items():
            if not set(labels) <= offered.get(number, set()):
                message = f"question {number} has no choice {', '.join(labels)}; the sheet offers {offered.get(number)}"
                raise InvalidTemplateError(message)
        if len(self.identifier) > len(self.template.identifier) or set(self.identifier) - set("0123456789 "):
            message = f"{self.identifier!r} does not fit {len(self.template.identifier)} digits; write digits or spaces"
            raise InvalidTemplateError(message)

    def marked(self) -> tuple[Bubble, ...]:
        """Return every bubble that is marked: answers in the template's order, then the identifier."""
        answers = [
            bubble
            for question in self.template.questions
            for bubble in question.bubbles
            if bubble.label in self.answers.get(question.number, ())
        ]
        columns = zip(self.template.identifier, self.identifier, strict=False)
        return (*answers, *(bubble for column, digit in columns for bubble in column.bubbles if bubble.label == digit))


def draw_sheet(
    filled: FilledSheet,
    px_per_mm: float,
    rng: np.random.Generator,
    mark_kind: MarkKind = "full",
    blank: Gray | None = None,
) -> Gray:
    """Return the filled sheet as a perfect scan would show it, `px_per_mm` to the millimetre.

    Args:
        filled: what is marked.
        px_per_mm: resolution; 200 dpi is 7.87.
        rng: where hands tremble; the same generator state gives the same pixels.
        mark_kind: how everything is marked. With "erased", answers and digits are fully marked and
            each answered question also bears the remains of an erased other choice.
        blank: the empty sheet at this resolution, such as a rasterised PDF. Without it the sheet is
            drawn here, without Korean text, which needs no font: our own sheets with their frames
            and fields, any other template with its bubbles and marks only.
    """
    template = filled.template
    printed = rasterise_sheet(printed_sheet(template), px_per_mm) if blank is None else blank
    page = printed.astype(np.float64)
    _mark(page, filled.marked(), ("full" if mark_kind == "erased" else mark_kind), px_per_mm, rng)
    if mark_kind == "erased":
        _mark(page, _erased(filled, rng), "erased", px_per_mm, rng)
    if _is_ours(template):
        _write_identifier(page, filled, px_per_mm, rng)
    return np.rint(page).astype(np.uint8)


def printed_sheet(template: SheetTemplate) -> PrintedSheet:
    """Return our whole printed sheet if `template` is one of ours, else a bare one."""
    return design_sheet(len(template.questions)) if _is_ours(template) else bare_sheet(template)


def _is_ours(template: SheetTemplate) -> bool:
    count = len(template.questions)
    return count in QUESTION_COUNTS and template == objective_template(count)


def _mark(page: Field, bubbles: tuple[Bubble, ...], kind: MarkKind, px_per_mm: float, rng: np.random.Generator) -> None:
    for bubble in bubbles:
        window, ink = mark_ink(kind, bubble, px_per_mm, rng)
        paint(page, window, ink, 0.0)


def _erased(filled: FilledSheet, rng: np.random.Generator) -> tuple[Bubble, ...]:
    chosen: list[Bubble] = []
    for question in filled.template.questions:
        answer = filled.answers.get(question.number, ())
        others = [bubble for bubble in question.bubbles if bubble.label not in answer]
        if answer and others:
            chosen.append(others[int(rng.integers(len(others)))])
    return tuple(chosen)


def _write_identifier(page: Field, filled: FilledSheet, px_per_mm: float, rng: np.random.Generator) -> None:
    for box, digit in zip(write_in_boxes(filled.template), filled.identifier, strict=False):
        x_mm, y_mm = rng.normal((box.x_mm + box.width_mm / 2, box.y_mm + box.height_mm / 2), 0.3)
        written = Text(digit.strip(), PointMm(float(x_mm), float(y_mm)), _WRITTEN_DIGIT_MM, _WRITTEN_GREY, "middle")
        window, cover = coverage(written, px_per_mm)
        paint(page, window, cover, 255 * _WRITTEN_GREY)
