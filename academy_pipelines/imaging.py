"""The image vocabulary that rooms share: how bytes become a grey page, and back.

Arrays are indexed [y, x]; coordinates are (x, y) from the top-left pixel's centre.
"""

import functools
import io
import re
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from academy_pipelines.errors import UnreadableImageError

if TYPE_CHECKING:
    from PIL.Image import Image

Gray = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
"""(H, W) uint8; 0 is black ink, 255 is white paper."""

Points = NDArray[np.float64]
"""(N, 2) float64; one (x, y) per row."""

MAX_PIXELS = 120_000_000
"""A 600-dpi A3 scan has 70 million pixels; far more is an accident or an attack on memory."""

REDUCE_ABOVE_LONG_SIDE_PX = 3000
"""Longer pictures are decoded at half size: an A4 page then still has more than 7 px/mm."""

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A JPEG marker that is neither a stuffed byte, nor a restart, nor fill."""
_END_OF_IMAGE = 0xD9
_END_MARKER = b"\xff\xd9"
_EXIF_ORIENTATION = 0x0112
_TURNED_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
_OF_SEVERAL_PAGES = frozenset({"TIFF", "MPO"})
"""Kinds of file whose further pictures are pages, or views of the first one."""


READ_ERRORS = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, struct.error, RuntimeError)
"""What Pillow and its codecs raise on damaged files."""


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What is known of a picture before it is decoded; sides are upright, as the EXIF orientation says."""

    width_px: int
    height_px: int
    mode: str
    """Pillow's name of the pixels' form, such as "L" or "CMYK"."""
    has_alpha: bool

    @property
    def is_large(self) -> bool:
        """Whether the picture is read at half size."""
        return max(self.width_px, self.height_px) > REDUCE_ABOVE_LONG_SIDE_PX


def decode_gray(data: bytes, *, keep_size: bool = False) -> Gray:
    """Decode a picture to grey, upright as its EXIF orientation says, transparency shown on white.

    Pictures whose longer side exceeds `REDUCE_ABOVE_LONG_SIDE_PX` come at half size, unless
    `keep_size`: then pixels count as in the original. Of a file with several pages, the first; see `pages`.

    Raises:
        UnreadableImageError: `data` is empty, no picture, truncated, an animation, or has more than
            `MAX_PIXELS` pixels (found in the header, before anything is decoded).
    """
    header = read_header(data)
    return decode_picture(data, header, reduced=header.is_large and not keep_size)


def decode_picture(data: bytes, header: PictureHeader, *, reduced: bool, as_stored: bool = False) -> Gray:
    """Decode a picture whose header was read; `reduced` halves its sides, `as_stored` ignores its EXIF orientation.

    Raises:
        UnreadableImageError: the picture is damaged.
    """
    if header.has_alpha:
        page = _decode_on_white(data)
        return halved(page) if reduced else page
    flag = cv2.IMREAD_REDUCED_GRAYSCALE_2 if reduced else cv2.IMREAD_GRAYSCALE
    flag |= cv2.IMREAD_IGNORE_ORIENTATION if as_stored else 0
    size = f"{header.width_px}x{header.height_px}"
    try:
        decoded: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        raise UnreadableImageError(f"the picture ({size}) cannot be decoded; send it again as JPEG or PNG") from error
    if decoded is None:
        raise UnreadableImageError(f"the picture ({size}) is damaged; send it again as JPEG or PNG")
    return as_gray(decoded)


def halved(page: Gray) -> Gray:
    """Return `page` at half its size."""
    return as_gray(cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def picture_size(data: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels, upright as the EXIF orientation says, from the header alone.

    Raises:
        UnreadableImageError: as `decode_gray`; a JPEG without its end marker counts as truncated.
    """
    header = read_header(data)
    return header.width_px, header.height_px


def is_complete_jpeg(data: bytes) -> bool:
    """Return whether the JPEG in `data` reaches its end marker; what follows it (a video, say) does not matter.

    A file that ends with the marker is taken as complete unread, though it might be a thumbnail's, cut off right
    behind it: then there is nothing to decode, which is found out anyway.
    """
    if data.endswith(_END_MARKER):
        return True
    place = 2
    while (found := _MARKER.search(data, place)) is not None:
        kind = data[found.start() + 1]
        if kind == _END_OF_IMAGE:
            return True
        length = int.from_bytes(data[found.end() : found.end() + 2], "big")
        place = found.end() + length
    return False


def read_header(data: bytes) -> PictureHeader:
    """Return what a picture says of itself.

    Raises:
        UnreadableImageError: as `decode_gray`; a JPEG without its end marker counts as truncated.
    """
    from PIL import Image  # noqa: PLC0415 - only where pictures are read

    if not data:
        raise UnreadableImageError("the file is empty (0 bytes); upload the picture again")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            (width_px, height_px), kind = picture.size, picture.format
            has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
            header = PictureHeader(width_px, height_px, picture.mode, has_alpha)
            may_turn = kind != "TIFF" and (kind != "PNG" or b"eXIf" in data)  # else Pillow decodes to look for it
            if may_turn and picture.getexif().get(_EXIF_ORIENTATION) in _TURNED_ON_ITS_SIDE:
                header = replace(header, width_px=height_px, height_px=width_px)
            frame_count = 1 if kind in _OF_SEVERAL_PAGES else getattr(picture, "n_frames", 1)
    except Image.DecompressionBombError as error:
        raise UnreadableImageError(f"{error}; more than {MAX_PIXELS} pixels are refused, scan at 300 dpi") from error
    except READ_ERRORS as error:
        message = f"the file is not a picture we can read ({_looks_like(data)}); send a JPEG, PNG or PDF"
        raise UnreadableImageError(message) from error
    check_size(width_px, height_px)
    if frame_count > 1:
        message = f"the file is an animation of {frame_count} pictures; send sheets one by one or as pages of a PDF"
        raise UnreadableImageError(message)
    if kind in {"JPEG", "MPO"} and not is_complete_jpeg(data):
        raise UnreadableImageError("the JPEG is cut off before its end; upload it again")
    return header


def check_size(width_px: float, height_px: float) -> None:
    """Raise `UnreadableImageError` when a picture would have more than `MAX_PIXELS` pixels."""
    if width_px * height_px > MAX_PIXELS:
        message = f"the picture has {width_px:.0f}x{height_px:.0f} pixels, more than {MAX_PIXELS}; scan at 300 dpi"
        raise UnreadableImageError(message)


def _decode_on_white(data: bytes) -> Gray:
    from PIL import Image, ImageOps  # noqa: PLC0415 - only where pictures are read

    try:
        with Image.open(io.BytesIO(data)) as picture:
            return gray_on_white(ImageOps.exif_transpose(picture))
    except READ_ERRORS as error:
        raise UnreadableImageError("the picture is damaged; send it again as JPEG or PNG") from error


def gray_on_white(picture: "Image") -> Gray:
    """Return the grey pixels of a picture that Pillow has opened, transparency shown on white.

    Raises:
        ValueError: its pixels are of a form that says no brightness, such as floating-point numbers.
    """
    from PIL import Image  # noqa: PLC0415 - only where pictures are read

    if picture.mode.startswith("I;16"):
        return as_gray(np.asarray(picture) >> 8)
    if picture.mode in {"I", "F", "LAB", "HSV"}:
        raise ValueError(f"pixels of the form {picture.mode}")
    if not picture.has_transparency_data:
        return as_gray(np.asarray(picture.convert("L")))
    opaque = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    return as_gray(np.asarray(opaque.convert("L")))


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


@functools.cache
def one_thread_each() -> None:
    """Keep OpenCV and numpy's linear algebra in this process from splitting each picture's work over threads.

    Where many pictures are worked on at once, threads that spin while they wait for more take the other pictures'
    cores: reading a sheet costs twice the processor time.
    """
    cv2.setNumThreads(1)
    threadpool_limits(1, "blas")
