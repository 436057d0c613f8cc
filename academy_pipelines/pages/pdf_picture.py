"""The one picture that a scanned page of a PDF consists of, and how it lies on its page.

Runs inside `pdf.opened`. Coordinates of a PDF's page have their origin at the bottom left; a picture's matrix takes
the unit square to the page (ISO 32000-1, 8.9.5).
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academy_pipelines.imaging import Gray
from academy_pipelines.pages.page import Box, orientation_of, squeeze, upright, with_square_pixels

if TYPE_CHECKING:
    from pypdfium2 import PdfImage, PdfMatrix, PdfObject, PdfPage

MOST_OVERHANG = 0.02
"""Share of a picture's side that may lie outside its page; more is cropped on purpose, and stays so."""

MOST_SLANT = 0.1
"""Sine of the angle at which a picture still counts as level: software lays scans straight by a little turn."""

MOST_SHAPES = 20_000
"""On a page that is looked through: a long text has fewer, and groups in groups may count billions."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How a picture is shown: `size_px` (width, height) upright, the others as in `page`."""

    size_px: tuple[int, int]
    orientation: int
    squeezed: float
    area_pt: Box

    def shown(self, picture: Gray) -> Gray:
        """Return the stored `picture`, or one decoded smaller, as the page shows it."""
        return with_square_pixels(upright(picture, self.orientation), self.squeezed)


def lone_picture(page: "PdfPage") -> "tuple[PdfImage, Placement] | None":
    """Return the picture when one sees nothing else on the page; None when it has to be drawn as a whole.

    Text that is not painted (what OCR adds) and shapes beneath the picture are not seen. Masks are not looked for.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - only where PDFs are read
    from pypdfium2 import PdfImage  # noqa: PLC0415

    if any(kind not in {pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP} for kind in _annotations(page)):
        return None
    found = list(itertools.islice(page.get_objects(), MOST_SHAPES + 1))
    shapes = [shape for shape in found if not _is_unseen(shape)]
    top = shapes.pop() if shapes and len(found) <= MOST_SHAPES else None
    if not isinstance(top, PdfImage) or _is_see_through(top):
        return None
    matrix = _on_page(top)
    box = _box_of(matrix)
    if not (_lies_in(box, page.get_bbox()) and all(s.level == 0 and _lies_in(s.get_bounds(), box) for s in shapes)):
        return None
    area_pt = shown_box(box, page.get_bbox(), page.get_rotation() // 90)
    placement = _placement(top.get_px_size(), matrix, page.get_rotation() // 90, area_pt)
    return None if placement is None else (top, placement)


def _annotations(page: "PdfPage") -> Iterator[int]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        try:
            yield pdfium.FPDFAnnot_GetSubtype(annotation)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _is_unseen(shape: "PdfObject") -> bool:
    """Whether a shape paints nothing: a group, whose members come on their own, or invisible text."""
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    kind = pdfium.FPDFPageObj_GetType(shape)
    if kind == pdfium.FPDF_PAGEOBJ_TEXT:
        return pdfium.FPDFTextObj_GetTextRenderMode(shape) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
    return kind == pdfium.FPDF_PAGEOBJ_FORM


def _is_see_through(shape: "PdfObject | None") -> bool:
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    while shape is not None:
        if pdfium.FPDFPageObj_HasTransparency(shape):
            return True
        shape = shape.container
    return False


def _on_page(shape: "PdfObject") -> "PdfMatrix":
    matrix, group = shape.get_matrix(), shape.container
    while group is not None:
        matrix, group = matrix.multiply(group.get_matrix()), group.container
    return matrix


def _box_of(matrix: "PdfMatrix") -> Box:
    corners = [matrix.on_point(x, y) for x, y in itertools.product((0, 1), repeat=2)]
    across, up = zip(*corners, strict=True)
    return min(across), min(up), max(across), max(up)


def _lies_in(inner: Box, outer: Box) -> bool:
    slack_x, slack_y = MOST_OVERHANG * (inner[2] - inner[0]), MOST_OVERHANG * (inner[3] - inner[1])
    is_across = inner[0] >= outer[0] - slack_x and inner[2] <= outer[2] + slack_x
    return is_across and inner[1] >= outer[1] - slack_y and inner[3] <= outer[3] + slack_y


def shown_box(box: Box, page_box: Box, quarter_turns: int) -> Box:
    """Return left, top, right, bottom of `box` from the top left corner of its page, turned clockwise as it is shown.

    `box` and `page_box` are left, bottom, right, top in the page's own coordinates; all are in points.
    """
    left, bottom, right, top = page_box
    width_pt, height_pt = right - left, top - bottom
    shown = box[0] - left, top - box[3], box[2] - left, top - box[1]
    for _ in range(quarter_turns):
        shown = height_pt - shown[3], shown[0], height_pt - shown[1], shown[2]
        width_pt, height_pt = height_pt, width_pt
    return shown


def _placement(size_px: tuple[int, int], matrix: "PdfMatrix", quarter_turns: int, area_pt: Box) -> Placement | None:
    """Follow the picture's two directions onto the page as shown, where y points down; None when they lie aslant."""
    right, down = (matrix.a, -matrix.b), (-matrix.c, matrix.d)
    lengths_pt = math.hypot(*right), math.hypot(*down)
    if not all(lengths_pt):
        return None
    for _ in range(quarter_turns):
        right, down = (-right[1], right[0]), (-down[1], down[0])
    across, along = (pixels / length_pt for pixels, length_pt in zip(size_px, lengths_pt, strict=True))
    is_turned = abs(right[1]) > abs(right[0])
    if is_turned:
        right, down, across, along = down, right, along, across
        size_px = (size_px[1], size_px[0])
    if abs(right[1]) > MOST_SLANT * math.hypot(*right) or abs(down[0]) > MOST_SLANT * math.hypot(*down):
        return None
    orientation = orientation_of(is_turned, 1 if down[1] > 0 else -1, 1 if right[0] > 0 else -1)
    return Placement(size_px, orientation, squeeze(across, along), area_pt)
