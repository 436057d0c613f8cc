"""Template meta (millimetres) on the wire, checked and turned into a `SheetTemplate`."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.omr.template import (
    BoxMm,
    Bubble,
    DigitColumn,
    Marker,
    PointMm,
    Question,
    SheetTemplate,
    equal_cells,
)

LengthMm = Annotated[float, Field(gt=0, le=2000, allow_inf_nan=False)]
CoordinateMm = Annotated[float, Field(ge=-2000, le=2000, allow_inf_nan=False)]

OFF_PAGE_TOLERANCE_MM = 2.0
"""Templates measured from pictures overshoot the frame by up to a millimetre; more is a mistake."""

MAX_NAMED_PROBLEMS = 3


class _Size(BaseModel):
    width: LengthMm
    height: LengthMm


class _Page(BaseModel):
    size: _Size


class _Point(BaseModel):
    x: CoordinateMm
    y: CoordinateMm


class _Box(_Point):
    w: LengthMm
    h: LengthMm


class _Choice(BaseModel):
    label: Annotated[str, Field(min_length=1, max_length=8)]
    center: _Point
    rx: LengthMm
    ry: LengthMm


class _Question(BaseModel):
    question_number: int
    roi: _Box
    axis: Literal["x", "y"] = "x"
    choices: Annotated[list[_Choice], Field(min_length=2, max_length=10)] | None = None


class _DigitBubble(BaseModel):
    digit_index: Annotated[int, Field(ge=1, le=32)]
    number: Annotated[int, Field(ge=0, le=9)]
    center: _Point
    r: LengthMm


class _Identifier(BaseModel):
    bubbles: list[_DigitBubble] = []


class _Marker(_Point):
    id: str
    kind: str


class _Meta(BaseModel):
    units: Literal["mm"] = "mm"
    page: _Page
    questions: Annotated[list[_Question], Field(min_length=1, max_length=500)]
    identifier: _Identifier | None = None
    markers: list[_Marker] | None = None
    frame: str | None = None


def parse_template(meta: Mapping[str, Any]) -> SheetTemplate:
    """Check template meta as the back end sends it and return the sheet that it describes.

    Raises:
        InvalidTemplateError: a length is not positive, a bubble or box lies off the page, a
            question number repeats, or a field is missing; the message names the place.
    """
    try:
        parsed = _Meta.model_validate(meta)
    except ValidationError as error:
        raise InvalidTemplateError(f"the template is invalid: {summary(error)}") from error
    template = _template(parsed)
    problems = list(_problems(template))
    if problems:
        raise InvalidTemplateError(f"the template is invalid: {'; '.join(problems[:MAX_NAMED_PROBLEMS])}")
    return template


def summary(error: ValidationError) -> str:
    """Return the first problems of a validation error: where, what, and the offending value."""
    found = error.errors(include_url=False)
    named = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}{_offending(e)}" for e in found]
    rest = len(named) - MAX_NAMED_PROBLEMS
    return "; ".join(named[:MAX_NAMED_PROBLEMS]) + (f"; and {rest} more" if rest > 0 else "")


def _offending(error: ErrorDetails) -> str:
    """Return the value of a field that is there; pydantic tells what surrounds one that is missing."""
    return "" if error["type"] == "missing" else f" (got {_shortened(error['input'])})"


def _shortened(value: object) -> str:
    if isinstance(value, (dict, list)):
        return type(value).__name__
    return repr(value)[:40]


def _template(meta: _Meta) -> SheetTemplate:
    return SheetTemplate(
        width_mm=meta.page.size.width,
        height_mm=meta.page.size.height,
        questions=tuple(_question(q) for q in meta.questions),
        identifier=_columns(meta.identifier),
        markers=tuple(Marker(m.id, m.kind, PointMm(m.x, m.y)) for m in meta.markers or []),
        frame=meta.frame,
    )


def _question(q: _Question) -> Question:
    roi = BoxMm(q.roi.x, q.roi.y, q.roi.w, q.roi.h)
    if q.choices is None:
        return Question(q.question_number, roi, equal_cells(roi, axis=q.axis), q.axis)
    bubbles = tuple(Bubble(c.label, PointMm(c.center.x, c.center.y), c.rx, c.ry) for c in q.choices)
    return Question(q.question_number, roi, bubbles, q.axis)


def _columns(identifier: _Identifier | None) -> tuple[DigitColumn, ...]:
    if identifier is None:
        return ()
    ordered = sorted(identifier.bubbles, key=lambda b: (b.digit_index, b.number))
    return tuple(
        DigitColumn(index, tuple(Bubble(str(b.number), PointMm(b.center.x, b.center.y), b.r, b.r) for b in column))
        for index, column in groupby(ordered, key=lambda b: b.digit_index)
    )


def _problems(template: SheetTemplate) -> Iterator[str]:
    seen: set[int] = set()
    for question in template.questions:
        where = f"question {question.number}"
        if question.number in seen:
            yield f"{where} appears twice"
        seen.add(question.number)
        labels = [bubble.label for bubble in question.bubbles]
        if len(set(labels)) < len(labels):
            yield f"{where} has a choice label twice"
        if not _on_page(template, question.roi.x_mm, question.roi.y_mm) or not _on_page(
            template, question.roi.right_mm, question.roi.bottom_mm
        ):
            yield f"{where}: its roi {_box(question.roi)} leaves the {_page(template)} page"
        yield from _bubbles_off_page(template, where, question.bubbles)
    for column in template.identifier:
        where = f"identifier digit {column.digit_index}"
        digits = [bubble.label for bubble in column.bubbles]
        if len(set(digits)) < len(digits):
            yield f"{where} has a number twice"
        yield from _bubbles_off_page(template, where, column.bubbles)


def _bubbles_off_page(template: SheetTemplate, where: str, bubbles: tuple[Bubble, ...]) -> Iterator[str]:
    for bubble in bubbles:
        x_mm, y_mm = bubble.center.x_mm, bubble.center.y_mm
        if not _on_page(template, x_mm, y_mm):
            yield f"{where}: bubble {bubble.label} at ({x_mm:g}, {y_mm:g}) mm is off the {_page(template)} page"


def _on_page(template: SheetTemplate, x_mm: float, y_mm: float) -> bool:
    slack = OFF_PAGE_TOLERANCE_MM
    return -slack <= x_mm <= template.width_mm + slack and -slack <= y_mm <= template.height_mm + slack


def _box(box: BoxMm) -> str:
    return f"({box.x_mm:g}, {box.y_mm:g}, {box.width_mm:g}, {box.height_mm:g}) mm"


def _page(template: SheetTemplate) -> str:
    return f"{template.width_mm:g}x{template.height_mm:g} mm"
