import io

import cv2
import numpy as np
import pytest
from PIL import Image

from academy_pipelines import imaging
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import decode_gray, encode_jpeg, encode_png, picture_size

BLOCK = np.full((60, 100), 255, np.uint8)
BLOCK[10:20, 10:50] = 0
NOISE = np.random.default_rng(0).integers(0, 255, (400, 500), dtype=np.uint8)


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def plain() -> Image.Image:
    return Image.fromarray(BLOCK)


def transparent(mode: str) -> Image.Image:
    opacity = Image.fromarray(255 - BLOCK)
    ink = Image.new("RGB" if mode == "RGBA" else "L", opacity.size)
    ink.putalpha(opacity)
    return ink


PICTURES = {
    "jpeg": lambda: saved(plain(), "JPEG", quality=95),
    "progressive jpeg": lambda: saved(plain(), "JPEG", quality=95, progressive=True),
    "cmyk jpeg": lambda: saved(plain().convert("CMYK"), "JPEG", quality=95),
    "png": lambda: saved(plain(), "PNG"),
    "16-bit png": lambda: saved(Image.fromarray(BLOCK.astype(np.uint16) * 257), "PNG"),
    "palette png": lambda: saved(plain().convert("RGB").convert("P"), "PNG"),
    "bilevel png": lambda: saved(plain().convert("1"), "PNG"),
    "transparent png": lambda: saved(transparent("RGBA"), "PNG"),
    "transparent grey png": lambda: saved(transparent("LA"), "PNG"),
    "transparent webp": lambda: saved(transparent("RGBA"), "WEBP", lossless=True),
    "webp": lambda: saved(plain().convert("RGB"), "WEBP", lossless=True),
    "tiff": lambda: saved(plain(), "TIFF"),
    "16-bit tiff": lambda: saved(Image.fromarray(BLOCK.astype(np.uint16) * 257), "TIFF"),
    "fax tiff": lambda: saved(plain().convert("1"), "TIFF", compression="group4"),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_of_picture_is_decoded_to_the_same_grey(kind):
    data = PICTURES[kind]()
    page = decode_gray(data)
    assert (page.dtype, page.shape) == (np.uint8, BLOCK.shape)
    assert np.abs(page.astype(int) - BLOCK).max() <= 12
    assert picture_size(data) == (100, 60)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_is_turned_as_its_exif_says(kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(plain().convert("RGB"), kind, exif=exif)
    page = decode_gray(data)
    assert page.shape == (100, 60)
    assert page[30, 45] < 20
    assert picture_size(data) == (60, 100)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_jpeg_that_is_cut_off_is_refused(progressive, kept):
    data = saved(Image.fromarray(NOISE), "JPEG", progressive=progressive)
    with pytest.raises(UnreadableImageError):
        decode_gray(data[: int(len(data) * kept)])


def test_the_end_marker_of_a_thumbnail_does_not_end_the_picture():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x927C] = encode_jpeg(BLOCK)
    data = saved(Image.fromarray(NOISE), "JPEG", exif=exif)
    assert data.count(b"\xff\xd9") == 2
    with pytest.raises(UnreadableImageError, match="cut off"):
        decode_gray(data[: len(data) // 2])
    with pytest.raises(UnreadableImageError):
        decode_gray(data[: data.find(b"\xff\xd9") + 2])


def test_what_follows_the_end_of_a_jpeg_does_not_matter():
    data = saved(plain(), "JPEG") + b"a video of the moment" * 1000
    assert decode_gray(data).shape == BLOCK.shape


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_other_pictures_that_are_cut_off_are_refused(kind):
    data = saved(Image.fromarray(NOISE), kind)
    with pytest.raises(UnreadableImageError):
        decode_gray(data[: len(data) // 2])


def test_a_bomb_is_refused_by_its_header(monkeypatch):
    monkeypatch.setattr(imaging, "MAX_PIXELS", 1000)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(UnreadableImageError, match="100x60"):
        decode_gray(encode_png(BLOCK))


@pytest.mark.parametrize("side", [40_000, 60_000])
def test_a_giant_png_header_is_refused(side):
    data = bytearray(encode_png(BLOCK))
    data[16:24] = side.to_bytes(4, "big") * 2
    data[29:33] = (0).to_bytes(4, "big")
    with pytest.raises(UnreadableImageError):
        decode_gray(bytes(data))


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "empty"),
        (b"<html>login</html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"<?xml version", "XML"),
        (b"abc", "3 bytes"),
    ],
)
def test_what_is_no_picture_is_named(data, hint):
    with pytest.raises(UnreadableImageError, match=hint):
        decode_gray(data)


def test_a_very_large_picture_comes_at_half_size_unless_the_size_is_to_be_kept():
    data = encode_png(np.full((100, 5000), 255, np.uint8))
    assert decode_gray(data).shape == (50, 2500)
    assert decode_gray(data, keep_size=True).shape == (100, 5000)
