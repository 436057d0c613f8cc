"""A document's pages: the text that they bring with them, and their pictures at full size when they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from academy_pipelines.documents.page_text import PageText
from academy_pipelines.documents.text_layer import text_layers
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import Gray, as_gray
from academy_pipelines.pages.file import pages_of
from academy_pipelines.pages.page import Page
from academy_pipelines.pages.pdf import is_pdf


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One page of a document; `number` is 1 for the first, `size_px` the (width, height) of its picture.

    `decode` returns the picture upright, with square pixels, at full size (pages of a PDF that are no scan at 300 dpi);
    it raises `UnreadableImageError` when the page is damaged. `error` says so where it is known already.
    """

    number: int
    size_px: tuple[int, int]
    decode: Callable[[], Gray]
    text_layer: PageText | None = None
    error: str | None = None


def document_pages(data: bytes) -> tuple[DocumentPage, ...]:
    """Return every page of a PDF or TIFF, or the one picture of any other file. No picture is decoded yet.

    Raises:
        UnreadableImageError: as `pages_of`: no page can be read, or there are too many, or too large ones.
    """
    pages = pages_of(data)
    layers = text_layers(data, pages) if is_pdf(data) else [None] * len(pages)
    return tuple(_page(number, page, layer) for number, (page, layer) in enumerate(zip(pages, layers, strict=True), 1))


def _page(number: int, page: Page, layer: PageText | None) -> DocumentPage:
    return DocumentPage(number, page.full_size_px, partial(_decoded, page), layer, _known_error(page))


def _decoded(page: Page) -> Gray:
    width_px, height_px = page.full_size_px
    return as_gray(page.decode_full()[:height_px, :width_px])


def _known_error(page: Page) -> str | None:
    if not page.is_broken:
        return None
    try:
        page.decode_full()
    except UnreadableImageError as error:
        return str(error)
    return None
