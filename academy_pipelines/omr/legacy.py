"""Old jobs that place each question by a box in the picture itself, without a template."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.errors import InvalidJobError
from academy_pipelines.imaging import Gray
from academy_pipelines.omr.ink import score_fills
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.reading import read_fills
from academy_pipelines.omr.readings import SheetReading
from academy_pipelines.omr.registration import Registration
from academy_pipelines.omr.template import Axis, BoxMm, Question, SheetTemplate, equal_cells


@dataclass(frozen=True, slots=True)
class LegacyQuestion:
    """One question's box in px of the original picture, divided into equal cells along `axis`."""

    question_id: int
    x_px: float
    y_px: float
    width_px: float
    height_px: float
    choices: tuple[str, ...]
    axis: Axis


def legacy_template(questions: Sequence[LegacyQuestion], size_px: tuple[int, int]) -> SheetTemplate:
    """Return a sheet whose millimetres are the pixels of the original picture of `size_px` (width, height).

    Raises:
        InvalidJobError: a box is empty or leaves the picture, or a question has fewer than two choices.
    """
    for question in questions:
        _check(question, *size_px)
    return SheetTemplate(float(size_px[0]), float(size_px[1]), tuple(_question(question) for question in questions))


def register_legacy(page: Gray, template: SheetTemplate) -> Registration:
    """Return the registration of a `legacy_template`: the picture is the page, decoded smaller or not.

    Nothing proves that the boxes lie on the right print: the sender vouches for them.
    """
    height_px, width_px = page.shape
    across, down = width_px / template.width_mm, height_px / template.height_mm
    return Registration(
        homography=(across, 0.0, (across - 1) / 2, 0.0, down, (down - 1) / 2, 0.0, 0.0, 1.0),
        warped=False,
        method="legacy",
        ring_share=0.0,
        px_per_mm=across,
        rotation_cw=0,
        page_size_px=(width_px, height_px),
    )


def read_legacy(
    page: Gray, questions: Sequence[LegacyQuestion], size_px: tuple[int, int] | None = None
) -> SheetReading:
    """Return the answers in the boxes of `questions`, which count pixels of the original picture.

    `size_px` is the original's (width, height) when `page` was decoded smaller.

    Raises:
        InvalidJobError: as `legacy_template`.
    """
    template = legacy_template(questions, size_px or (page.shape[1], page.shape[0]))
    layout = locate_bubbles(template, register_legacy(page, template))
    return read_fills(score_fills(page, layout, template), template)


def _check(question: LegacyQuestion, width_px: int, height_px: int) -> None:
    name = f"question {question.question_id}"
    x, y, w, h = question.x_px, question.y_px, question.width_px, question.height_px
    if len(question.choices) < 2:  # noqa: PLR2004 - a choice needs two
        raise InvalidJobError(f"{name} has {len(question.choices)} choices; send at least two")
    if not (w > 0 and h > 0):
        raise InvalidJobError(f"{name} has an empty roi ({w:g}x{h:g} px); send its width and height in pixels")
    if not (x >= 0 and y >= 0 and x + w <= width_px and y + h <= height_px):
        raise InvalidJobError(
            f"{name}: its roi ({x:g}, {y:g}, {w:g}, {h:g}) leaves the {width_px}x{height_px} picture; "
            "send pixels of the picture as uploaded"
        )


def _question(question: LegacyQuestion) -> Question:
    box = BoxMm(question.x_px, question.y_px, question.width_px, question.height_px)
    return Question(question.question_id, box, equal_cells(box, question.choices, question.axis), question.axis)
