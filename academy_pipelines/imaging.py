"""The image vocabulary that rooms share: how bytes become a grey page, and back.

Arrays are indexed [y, x]; coordinates are (x, y) from the top-left pixel's centre.
"""

import io
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.errors import UnreadableImageError

Gray = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
"""(H, W) uint8; 0 is black ink, 255 is white paper."""

Points = NDArray[np.float64]
"""(N, 2) float64; one (x, y) per row."""

MAX_PIXELS = 120_000_000
"""A 600-dpi A3 scan has 70 million pixels; far more is an accident or an attack on memory."""

REDUCE_ABOVE_LONG_SIDE_PX = 4200
"""Longer pictures are decoded at half size: an A4 page then still has more than 7 px/mm."""


def decode_gray(data: bytes) -> Gray:
    """Decode a picture to grey, upright as its EXIF orientation says.

    Pictures whose longer side exceeds `REDUCE_ABOVE_LONG_SIDE_PX` come at half size.

    Raises:
        UnreadableImageError: `data` is empty, no picture, truncated, or has more than
            `MAX_PIXELS` pixels (found in the header, before anything is decoded).
    """
    width_px, height_px = picture_size(data)
    reduce = max(width_px, height_px) > REDUCE_ABOVE_LONG_SIDE_PX
    flag = cv2.IMREAD_REDUCED_GRAYSCALE_2 if reduce else cv2.IMREAD_GRAYSCALE
    try:
        page = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        message = f"the picture ({width_px}x{height_px}) cannot be decoded; send it again as JPEG or PNG"
        raise UnreadableImageError(message) from error
    if page is None:
        message = f"the picture ({width_px}x{height_px}) is damaged; send it again as JPEG or PNG"
        raise UnreadableImageError(message)
    return as_gray(page)


def picture_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels from the header alone.

    Raises:
        UnreadableImageError: as `decode_gray`; a JPEG without its end marker counts as truncated.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only where pictures are read

    if not data:
        message = "the file is empty (0 bytes); upload the picture again"
        raise UnreadableImageError(message)
    try:
        with Image.open(io.BytesIO(data)) as picture:
            width_px, height_px, kind = picture.width, picture.height, picture.format
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        message = f"the file is not a picture we can read ({_looks_like(data)}); send a JPEG or PNG"
        raise UnreadableImageError(message) from error
    if width_px * height_px > MAX_PIXELS:
        message = f"the picture has {width_px}x{height_px} pixels, more than {MAX_PIXELS}; scan at 300 dpi"
        raise UnreadableImageError(message)
    if kind == "JPEG" and b"\xff\xd9" not in data[-4096:]:
        message = "the JPEG is cut off before its end; upload it again"
        raise UnreadableImageError(message)
    return width_px, height_px


def as_gray(page: NDArray[Any]) -> Gray:
    """Return a one-channel result of OpenCV under our type, without copying where it already fits."""
    return np.ascontiguousarray(page, dtype=np.uint8).reshape(page.shape[0], page.shape[1])


def encode_jpeg(page: Gray | NDArray[np.uint8], quality: int = 80) -> bytes:
    """Return `page` ((H, W) grey or (H, W, 3) BGR) as a JPEG; `quality` in 1..100."""
    _, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def encode_png(page: Gray | NDArray[np.uint8]) -> bytes:
    """Return `page` ((H, W) grey or (H, W, 3) BGR) as a PNG."""
    _, data = cv2.imencode(".png", page)
    return data.tobytes()


def _looks_like(data: bytes) -> str:
    start = data[:256].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return "it is a web page, perhaps an error or login page"
    if start.startswith(b"<?xml"):
        return "it is XML, perhaps a storage error message"
    if start.startswith(b"%pdf"):
        return "it is a PDF"
    return f"{len(data)} bytes beginning {data[:8]!r}"
