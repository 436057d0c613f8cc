"""The text that a PDF itself says is on its pages, with its places; None where it cannot be believed.

Runs over pdfium's characters, because its own lines follow the order in which a page was drawn.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.page_text import PageText
from academy_pipelines.documents.plausibility import garbage_share, unmeant_share
from academy_pipelines.documents.typeset import Letters, text_lines
from academy_pipelines.imaging import READ_ERRORS
from academy_pipelines.pages.page import Page
from academy_pipelines.pages.pdf import opened
from academy_pipelines.pages.pdf_picture import lone_picture, shown_box

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_HYPHEN_AT_LINE_END = 0x02
"""What pdfium makes of a hyphen that parts a word."""


@dataclass(frozen=True, slots=True)
class TextLayerPolicy:
    """Which text of a PDF is believed."""

    fewest_characters: int = 20
    """On a page: a stamp or a page number beside a scan has fewer."""
    fewest_beside_picture: int = 250
    """On a page that a picture covers for the most part: a heading may be typed above a scan."""
    fewest_beneath_picture: int = 60
    """On a page that is nothing but a picture, text is what another program recognised on it."""
    covering_share: float = 0.5
    most_unmeant: float = 0.05
    most_garbage: float = 0.3
    """Characters that are unusual on a paper, as in a text that was recognised in the wrong language."""


def text_layers(
    data: bytes, pages: Sequence[Page], policy: TextLayerPolicy = TextLayerPolicy()
) -> list[PageText | None]:
    """Return the text of every page of a PDF, its boxes in the pages' full-size pictures.

    None where a page has too little of it for what is shown, or text that nobody can have meant: it has to be read
    from its picture then. `pages` are those of the PDF `data`.

    Raises:
        UnreadableImageError: the PDF is damaged or locked by a password.
    """
    with opened(data) as document:
        return [_layer(document[place], place + 1, page, policy) for place, page in enumerate(pages)]


def _layer(pdf_page: "PdfPage", number: int, page: Page, policy: TextLayerPolicy) -> PageText | None:
    if page.area_pt is None:
        return None
    try:
        letters = _letters(pdf_page, page)
        if len(letters.codes) < policy.fewest_characters:
            return None
        lines = text_lines(letters, page.full_size_px)
        found = PageText(number, page.full_size_px, "text_layer", lines)
        is_believed = _is_meant(found.text, policy) and not _is_beside_picture(pdf_page, letters, policy)
    except READ_ERRORS:
        return None
    finally:
        pdf_page.close()
    return found if is_believed else None


def _is_meant(text: str, policy: TextLayerPolicy) -> bool:
    return unmeant_share(text) <= policy.most_unmeant and garbage_share(text) <= policy.most_garbage


def _is_beside_picture(page: "PdfPage", letters: Letters, policy: TextLayerPolicy) -> bool:
    """Whether there is too little text for the picture that covers most of the page."""
    from pypdfium2 import raw  # noqa: PLC0415 - only where PDFs are read

    if len(letters.codes) >= policy.fewest_beside_picture:
        return False
    if lone_picture(page) is not None:
        return len(letters.codes) < policy.fewest_beneath_picture
    width_pt, height_pt = page.get_size()
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = shape.get_bounds()
        if (right - left) * (top - bottom) > policy.covering_share * width_pt * height_pt:
            return True
    return False


def _letters(pdf_page: "PdfPage", page: Page) -> Letters:
    """Return the visible characters in the order in which the page was drawn, in pixels of its picture."""
    text_page = pdf_page.get_textpage()
    try:
        codes, loose, tight = _characters(text_page)
    finally:
        text_page.close()
    codes[codes == _HYPHEN_AT_LINE_END] = ord("-")
    bodies, inks = _in_picture(loose, pdf_page, page), _in_picture(tight, pdf_page, page)
    return Letters(codes, bodies, inks).visible(page.full_size_px)


def _characters(text_page: "PdfTextPage") -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (N,) code points and twice (N, 4) left, bottom, right, top in points: of the type's body, of the ink."""
    from pypdfium2 import raw  # noqa: PLC0415

    rectangle, (left, right, bottom, top) = raw.FS_RECTF(), (ctypes.c_double() for _ in range(4))
    to_rectangle, *to_edges = (ctypes.byref(each) for each in (rectangle, left, right, bottom, top))
    raw_page, codes = text_page.raw, list[int]()
    loose: list[tuple[float, ...]] = []
    tight: list[tuple[float, ...]] = []
    for index in range(text_page.count_chars()):
        codes.append(raw.FPDFText_GetUnicode(raw_page, index))
        raw.FPDFText_GetLooseCharBox(raw_page, index, to_rectangle)
        loose.append((rectangle.left, rectangle.bottom, rectangle.right, rectangle.top))
        raw.FPDFText_GetCharBox(raw_page, index, *to_edges)
        tight.append((left.value, bottom.value, right.value, top.value))
    boxes = np.array([loose, tight], np.float64).reshape(2, -1, 4)
    return np.array(codes, np.int64), boxes[0], boxes[1]


def _in_picture(boxes: NDArray[np.float64], pdf_page: "PdfPage", page: Page) -> NDArray[np.float64]:
    """Return boxes (left, bottom, right, top in points) as left, top, right, bottom in pixels of the page's picture."""
    turns = pdf_page.get_rotation() // 90
    shown = np.stack(shown_box(tuple(boxes.T), pdf_page.get_bbox(), turns), axis=1)
    left, top, right, bottom = page.area_pt or (0.0, 0.0, *pdf_page.get_size())
    width_px, height_px = page.full_size_px
    scale = width_px / (right - left), height_px / (bottom - top)
    return (shown - (left, top, left, top)) * (*scale, *scale)
