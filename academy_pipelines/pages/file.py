"""A file's pages, whatever its kind: told by content, never by name."""

from functools import partial

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import decode_picture, read_header
from academy_pipelines.pages.heic import heic_page, is_heic
from academy_pipelines.pages.page import Page
from academy_pipelines.pages.pdf import is_pdf, pdf_pages
from academy_pipelines.pages.tiff import STARTS, tiff_pages


def pages_of(data: bytes) -> tuple[Page, ...]:
    """Return every page of a PDF or TIFF, or the one picture of any other file (JPEG, PNG, WebP, HEIC, BMP, GIF).

    Nothing is decoded yet. A page that cannot be read is `broken` as long as another one is well.

    Raises:
        UnreadableImageError: no page can be read, for the first page's reason; the file is empty, cut off, locked,
            an animation or no picture at all; or it has too many pages.
    """
    pages = _pages(data)
    if not pages:
        raise UnreadableImageError("the file has no pages; scan the sheets again")
    if all(page.is_broken for page in pages):
        pages[0].decode()
    return tuple(pages)


def _pages(data: bytes) -> list[Page]:
    if data.startswith(STARTS):
        return tiff_pages(data)
    if is_pdf(data):
        return pdf_pages(data)
    if is_heic(data):
        return [heic_page(data)]
    header = read_header(data)
    decode_full = partial(decode_picture, data, header, reduced=False)
    decode_reduced = partial(decode_picture, data, header, reduced=True) if header.is_large else None
    return [Page((header.width_px, header.height_px), decode_full, decode_reduced)]
