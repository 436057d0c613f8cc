"""Placed rows become a PDF, and the boxes of what is printed."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from academy_pipelines.sandbox.exam_pages.flow import PlacedRow
from academy_pipelines.sandbox.exam_pages.rows import Line, Stroke
from academy_pipelines.sandbox.exam_pages.truth import PointBox, TrueLine, around
from academy_pipelines.sandbox.exam_pages.typeface import Typeface

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

ASCENT, DESCENT = 0.80, 0.16
"""How far Nanum's Hangul reaches above and below the baseline, as a share of the size."""


def printed(pages: Sequence[Sequence[PlacedRow]], size_pt: tuple[float, float], typeface: Typeface) -> bytes:
    """Return a PDF with one page for each sequence of rows; the same rows give the same bytes."""
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - half a second, only where papers are printed

    buffer = io.BytesIO()
    name = typeface.regular.fontName
    canvas = Canvas(buffer, size_pt, invariant=1, initialFontName=name)  # pyright: ignore[reportArgumentType]
    canvas.setTitle("exam paper")
    canvas.setCreator("academy_pipelines")
    for rows in pages:
        for placed in rows:
            for stroke in placed.row.strokes:
                _draw(canvas, stroke, size_pt[1])
            for line in placed.row.lines:
                _write(canvas, line, typeface, size_pt[1])
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: "Canvas", stroke: Stroke, height_pt: float) -> None:
    path = canvas.beginPath()
    (x_pt, y_pt), *others = stroke.points
    path.moveTo(x_pt, height_pt - y_pt)
    for x_pt, y_pt in others:
        path.lineTo(x_pt, height_pt - y_pt)
    is_filled = stroke.grey > 0
    canvas.setLineWidth(stroke.width_pt)
    canvas.setStrokeGray(stroke.grey)
    canvas.setFillGray(stroke.grey)
    canvas.drawPath(path, stroke=int(not is_filled), fill=int(is_filled))


def _write(canvas: "Canvas", line: Line, typeface: Typeface, height_pt: float) -> None:
    canvas.setFillGray(0)
    for run in line.runs:
        canvas.setFont(typeface.font(is_bold=run.is_bold).fontName, run.size_pt)
        canvas.drawString(run.x_pt, height_pt - line.baseline_pt, run.text)


def true_lines(placed: PlacedRow, typeface: Typeface) -> list[TrueLine]:
    """Return the lines of a row with their boxes."""
    return [
        TrueLine(line.text, _box_of_line(line, typeface), placed.column, line.is_figure) for line in placed.row.lines
    ]


def ink_box(rows: Sequence[PlacedRow], typeface: Typeface) -> PointBox:
    """Return the box around everything that is printed in `rows`."""
    boxes = [_box_of_line(line, typeface) for placed in rows for line in placed.row.lines]
    boxes += [_box_of_stroke(stroke) for placed in rows for stroke in placed.row.strokes]
    return around(boxes)


def _box_of_line(line: Line, typeface: Typeface) -> PointBox:
    return around(
        [
            PointBox(
                run.x_pt,
                line.baseline_pt - ASCENT * run.size_pt,
                run.x_pt + typeface.width_pt(run.text, run.size_pt, is_bold=run.is_bold),
                line.baseline_pt + DESCENT * run.size_pt,
            )
            for run in line.runs
        ]
    )


def _box_of_stroke(stroke: Stroke) -> PointBox:
    across, down = [x for x, _ in stroke.points], [y for _, y in stroke.points]
    return PointBox(min(across), min(down), max(across), max(down))
