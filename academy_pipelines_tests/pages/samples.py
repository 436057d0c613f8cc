"""Files of every kind, made in memory from one small picture."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

ORIENTATION = 0x0112


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def stored_for(shown: np.ndarray, orientation: int) -> np.ndarray:
    """The pixels that a viewer turns into `shown` (EXIF 2.3, tag Orientation: where row 0 and column 0 are seen)."""
    back = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).T,
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(back[orientation](shown))


def tiff_with(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with one short tag of its first page replaced."""
    out = bytearray(data)
    directory = struct.unpack_from("<I", out, 4)[0]
    for entry in range(struct.unpack_from("<H", out, directory)[0]):
        place = directory + 2 + 12 * entry
        if struct.unpack_from("<H", out, place)[0] == tag:
            struct.pack_into("<HII", out, place + 2, 4, 1, value)
            return bytes(out)
    raise AssertionError(f"no tag {tag}")


def pdf_of(*pages: dict) -> bytes:
    """A PDF written by hand.

    A page has `content`, and may have `image` (the dictionary's entries, its stream), `size_pt`, and `extra` entries.
    """
    count = len(pages)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % (3 + 3 * i) for i in range(count)), count),
    ]
    for number, page in enumerate(pages):
        first = 3 + 3 * number
        width, height = page.get("size_pt", (100, 60))
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>%s>>"
            % (width, height, first + 1, first + 2, page.get("extra", b"")),
            _stream(b"", page["content"]),
            _stream(b"/Type/XObject/Subtype/Image" + page["image"][0], page["image"][1])
            if "image" in page
            else b"null",
        ]
    return _assembled(objects)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def _assembled(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, table, end)


def jpeg_image(jpeg: bytes) -> tuple[bytes, bytes]:
    """A JPEG as a PDF embeds it."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        width, height = picture.size
        colours = {"L": b"DeviceGray", "RGB": b"DeviceRGB", "CMYK": b"DeviceCMYK"}[picture.mode]
    head = b"/Width %d/Height %d/ColorSpace/%s/BitsPerComponent 8/Filter/DCTDecode" % (width, height, colours)
    return head, jpeg


def flate_image(pixels: np.ndarray, *, extra: bytes = b"") -> tuple[bytes, bytes]:
    """Grey pixels as a PDF embeds them without loss."""
    height, width = pixels.shape
    head = b"/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode" % (width, height)
    return head + extra, zlib.compress(pixels.tobytes())


def bilevel_image(pixels: np.ndarray, *, head: bytes = b"/ColorSpace/DeviceGray") -> tuple[bytes, bytes]:
    """Black and white pixels as fax machines compress them (CCITT group 4)."""
    height, width = pixels.shape
    tiff = saved(
        Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE), "TIFF", compression="group4", strip_size=1 << 30
    )
    with Image.open(io.BytesIO(tiff)) as picture:
        (start,), (length,) = picture.tag_v2[273], picture.tag_v2[279]
        is_white_zero = picture.tag_v2[262] == 0
    parameters = b"/DecodeParms<</K -1/Columns %d/Rows %d/BlackIs1 %s>>" % (
        *(width, height),
        b"false" if is_white_zero else b"true",
    )
    entries = b"/Width %d/Height %d/BitsPerComponent 1/Filter/CCITTFaxDecode" % (width, height)
    return entries + parameters + head, tiff[start : start + length]
