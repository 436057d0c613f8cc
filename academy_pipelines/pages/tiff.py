"""TIFF files, as scanners, copiers and fax servers write them: one page or many, one bit or sixteen."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import MAX_PIXELS, READ_ERRORS, Gray, check_size, gray_on_white
from academy_pipelines.pages.page import MAX_PAGES, Page, is_sideways, squeeze, with_square_pixels

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import TiffImageFile

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The first four bytes of a TIFF, of a BigTIFF."""

_SUBFILE_KIND, _ORIENTATION, _ACROSS, _DOWN = 254, 274, 282, 283
_THUMBNAIL_OR_MASK = 0b101
"""Bits of the kind of a subfile that is no page of its own."""


def tiff_pages(data: bytes) -> list[Page]:
    """Return the pages of a TIFF without its thumbnails; a damaged page ends the file.

    Raises:
        UnreadableImageError: it has more than `MAX_PAGES` pages.
    """
    pages: list[Page] = []
    with _opened(data) as picture:
        for place in range(MAX_PAGES + 1):
            try:
                picture.seek(place)
                if not int(picture.tag_v2.get(_SUBFILE_KIND, 0)) & _THUMBNAIL_OR_MASK:
                    pages.append(_page(data, place, picture))
            except EOFError:
                return pages
            except UnreadableImageError as error:
                pages.append(Page.broken(error))
            except READ_ERRORS as error:
                return [*pages, Page.broken(_damaged(place, error))]
    raise UnreadableImageError(f"the TIFF has more than {MAX_PAGES} pages; split it into smaller files")


@contextmanager
def _opened(data: bytes) -> Generator["TiffImageFile"]:
    from PIL.Image import DecompressionBombError  # noqa: PLC0415 - only where pictures are read
    from PIL.TiffImagePlugin import TiffImageFile  # noqa: PLC0415

    try:
        with TiffImageFile(io.BytesIO(data)) as picture:
            yield picture
    except DecompressionBombError as error:
        raise UnreadableImageError(f"{error}; more than {MAX_PIXELS} pixels are refused, scan at 300 dpi") from error
    except READ_ERRORS as error:
        raise _damaged(0, error) from error


def _page(data: bytes, place: int, picture: "TiffImageFile") -> Page:
    width_px, height_px = picture.size
    across, down = (float(picture.tag_v2.get(tag) or 0) for tag in (_ACROSS, _DOWN))
    if is_sideways(_orientation(picture)):
        across, down = down, across
    squeezed = squeeze(across, down)
    check_size(width_px, height_px * max(squeezed, 1 / squeezed))
    return Page((width_px, height_px), partial(_decode, data, place, squeezed), squeezed=squeezed)


def _orientation(picture: "TiffImageFile") -> int:
    found = picture.tag_v2.get(_ORIENTATION)
    return found if isinstance(found, int) and found in range(1, 9) else 1


def _decode(data: bytes, place: int, squeezed: float) -> Gray:
    with _opened(data) as picture:
        picture.seek(place)
        try:
            picture.load()  # turns it upright, too
            return with_square_pixels(gray_on_white(picture), squeezed)
        except READ_ERRORS as error:
            raise _damaged(place, error) from error


def _damaged(place: int, error: Exception) -> UnreadableImageError:
    message = f"page {place + 1} of the TIFF is damaged or of a rare kind ({error}); scan it again, as PDF or JPEG"
    return UnreadableImageError(message)
