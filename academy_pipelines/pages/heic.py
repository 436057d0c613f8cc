"""HEIC pictures, as phones take them."""

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import READ_ERRORS, Gray, as_gray, check_size, gray_on_white
from academy_pipelines.pages.page import Page

if TYPE_CHECKING:
    from pillow_heif import HeifImage

_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def is_heic(data: bytes) -> bool:
    """Whether the file says that it is HEIC (which AVIF, its sibling, does not)."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS and b"avif" not in data[8:64]


def heic_page(data: bytes) -> Page:
    """Return the file's primary picture; bursts, thumbnails and depth maps are views of it.

    The container itself says how the picture is turned, and its decoder does so. What EXIF says beside it is for
    information (ISO/IEC 23008-12), and is not applied again.

    Raises:
        UnreadableImageError: the file is damaged, or the picture has too many pixels.
    """
    picture = _primary(data)
    check_size(*picture.size)
    return Page(picture.size, partial(_decode, data))


def _primary(data: bytes) -> "HeifImage":
    import pillow_heif  # noqa: PLC0415 - only where such pictures are read

    try:
        file = pillow_heif.open_heif(data)
        return file[file.primary_index]
    except READ_ERRORS as error:
        raise _damaged(error) from error


def _decode(data: bytes) -> Gray:
    picture = _primary(data)
    try:
        if picture.mode == "RGB":
            return as_gray(cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2GRAY))
        return gray_on_white(picture.to_pillow())
    except READ_ERRORS as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> UnreadableImageError:
    return UnreadableImageError(f"the HEIC picture is damaged ({error}); send it again, as JPEG")
