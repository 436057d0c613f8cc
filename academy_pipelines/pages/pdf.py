"""PDF files: scanned pages give the very picture that is embedded in them, other pages are drawn.

An embedded JPEG is decoded from its own bytes, any other picture pixel for pixel, so that nothing is compressed or
resampled on the way.
"""

import re
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import cv2

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import (
    READ_ERRORS,
    Gray,
    as_gray,
    check_size,
    decode_picture,
    read_header,
)
from academy_pipelines.pages.page import MAX_PAGES, Page
from academy_pipelines.pages.pdf_picture import Placement, lone_picture

if TYPE_CHECKING:
    from pypdfium2 import PdfBitmap, PdfDocument, PdfImage, PdfPage

DRAWN_DPI = 300
MOST_DRAWN_PX = 5000
"""Longer side of a page that is drawn: A3 at 300 dpi. Pages of photos are metres long at 72 dpi."""

POINTS_PER_INCH = 72
_START_WITHIN_BYTES = 1024
_END_WITHIN_BYTES = 1024
_PADDING_BYTES = 65536

_MASK = re.compile(rb"/S?Mask\s*[\[\d]|/ImageMask\s*true")
"""Somewhere a picture is painted through a mask. Dictionaries of pictures are never compressed or encrypted."""
_INVERTED = re.compile(rb"/Decode\s*(?:\[\s*1|\d)")
"""Somewhere the values of a picture mean the opposite, or stand elsewhere."""

_PDFIUM = threading.Lock()
"""pdfium works for one thread at a time."""


def is_pdf(data: bytes) -> bool:
    """Whether the file is a PDF; mail programs put some bytes before its beginning."""
    return b"%PDF-" in data[:_START_WITHIN_BYTES]


def pdf_pages(data: bytes) -> list[Page]:
    """Return the pages of a PDF.

    Raises:
        UnreadableImageError: it is cut off, damaged or locked by a password, or has more than `MAX_PAGES` pages.
    """
    if b"%%EOF" not in data[-_PADDING_BYTES:].rstrip(b"\0\r\n\t ")[-_END_WITHIN_BYTES:]:
        raise UnreadableImageError("the PDF is cut off before its end; upload it again")
    has_masks, has_inverted = _MASK.search(data) is not None, _INVERTED.search(data) is not None
    with opened(data) as document:
        if len(document) > MAX_PAGES:
            message = f"the PDF has {len(document)} pages, more than {MAX_PAGES}; split it into smaller files"
            raise UnreadableImageError(message)
        return [
            _page(data, document, place, has_masks=has_masks, has_inverted=has_inverted)
            for place in range(len(document))
        ]


@contextmanager
def opened(data: bytes) -> Generator["PdfDocument"]:
    """Open a PDF for this thread alone; what is taken from it must be copied before it closes.

    Raises:
        UnreadableImageError: it is damaged or locked by a password.
    """
    import pypdfium2  # noqa: PLC0415 - only where PDFs are read

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD and b"/Encrypt" in data:  # a code may be an older one
                raise UnreadableImageError("the PDF is locked by a password; save it without one") from error
            raise UnreadableImageError("the PDF is damaged or has no pages; save or scan it again") from error
        try:
            yield document
        finally:
            document.close()


def _page(data: bytes, document: "PdfDocument", place: int, *, has_masks: bool, has_inverted: bool) -> Page:
    try:
        with closing(document[place]) as page:
            found = None if has_masks else lone_picture(page)
            if found is None:
                return _drawn(data, place, page)
            jpeg = None if has_inverted else embedded_jpeg(found[0])
            return (_of_jpeg(jpeg, found[1]) if jpeg else None) or _of_pixels(data, place, found[1])
    except UnreadableImageError as error:
        return Page.broken(error)
    except READ_ERRORS as error:
        return Page.broken(_damaged(place, error))


def embedded_jpeg(image: "PdfImage") -> bytes | None:
    """Return the JPEG as it is embedded, None when the picture is of another kind."""
    if image.get_filters(skip_simple=True) != ["DCTDecode"]:
        return None
    return bytes(image.get_data(decode_simple=True))


def _of_jpeg(jpeg: bytes, placement: Placement) -> Page | None:
    """Return the page of an embedded JPEG, None when its inks are for a PDF's reader to mix."""
    header = read_header(jpeg)
    if header.mode == "CMYK":
        return None
    _check_size(placement)

    def decode(*, reduced: bool) -> Gray:
        return placement.shown(decode_picture(jpeg, header, reduced=reduced, as_stored=True))

    decode_reduced = partial(decode, reduced=True) if header.is_large else None
    return Page(
        placement.size_px, partial(decode, reduced=False), decode_reduced, placement.squeezed, placement.area_pt
    )


def _of_pixels(data: bytes, place: int, placement: Placement) -> Page:
    _check_size(placement)

    def decode() -> Gray:
        with _page_opened(data, place) as page:
            found = lone_picture(page)
            pixels = None if found is None else _copied(found[0].get_bitmap())
        if pixels is None:
            raise UnreadableImageError(f"page {place + 1} of the PDF has no picture; save or scan it again")
        return placement.shown(pixels)

    return Page(placement.size_px, decode, squeezed=placement.squeezed, area_pt=placement.area_pt)


def _drawn(data: bytes, place: int, page: "PdfPage") -> Page:
    width_pt, height_pt = page.get_size()
    scale = min(DRAWN_DPI / POINTS_PER_INCH, MOST_DRAWN_PX / max(width_pt, height_pt))

    def decode() -> Gray:
        with _page_opened(data, place) as reopened:
            return draw(reopened, scale)

    size_px = round(width_pt * scale), round(height_pt * scale)
    return Page(size_px, decode, area_pt=(0.0, 0.0, width_pt, height_pt))


@contextmanager
def _page_opened(data: bytes, place: int) -> Generator["PdfPage"]:
    with opened(data) as document:
        try:
            document.init_forms()
            yield document[place]
        except READ_ERRORS as error:
            raise _damaged(place, error) from error


def draw(page: "PdfPage", scale: float) -> Gray:
    """Return a page as one sees it, notes and filled-in fields included, `scale` pixels to the point."""
    return _copied(page.render(scale=scale, grayscale=True))  # pyright: ignore[reportArgumentType] - typed by its default 1


def _copied(bitmap: "PdfBitmap") -> Gray:
    """Return a bitmap's grey pixels, and free it."""
    pixels = bitmap.to_numpy()
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]  # noqa: PLR2004 - rows and columns
    to_gray = {3: cv2.COLOR_BGR2GRAY, 4: cv2.COLOR_BGRA2GRAY}
    copy = as_gray(pixels.copy() if channels == 1 else cv2.cvtColor(pixels, to_gray[channels]))
    bitmap.warn_on_close = False  # nothing looks at its memory any more
    bitmap.close()
    return copy


def _check_size(placement: Placement) -> None:
    width_px, height_px = placement.size_px
    check_size(width_px, height_px * max(placement.squeezed, 1 / placement.squeezed))


def _damaged(place: int, error: Exception) -> UnreadableImageError:
    return UnreadableImageError(f"page {place + 1} of the PDF is damaged ({error}); save or scan it again")
