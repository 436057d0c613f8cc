"""Documents opened: every kind of file, at full size, turned the same way as everywhere."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from academy_pipelines import imaging
from academy_pipelines.documents.document_page import document_pages
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.pages.file import pages_of
from academy_pipelines_tests.pages.samples import (
    bilevel_image,
    exif,
    flate_image,
    jpeg_image,
    pdf_of,
    saved,
    stored_for,
)

TALL = np.full((3200, 64), 255, np.uint8)
TALL[100:900, 8:30] = 0
WHOLE = b"q 64 0 0 3200 0 0 cm /I Do Q"


def heic(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    pillow_heif.from_pillow(picture).save(data, quality=95, enc_params={"preset": "ultrafast"})
    return data.getvalue()


FILES = {
    "JPEG": lambda: saved(Image.fromarray(TALL), "JPEG", quality=95),
    "PNG": lambda: saved(Image.fromarray(TALL), "PNG"),
    "JPEG on its side": lambda: saved(Image.fromarray(stored_for(TALL, 6)), "JPEG", quality=95, exif=exif(6)),
    "TIFF": lambda: saved(Image.fromarray(TALL), "TIFF"),
    "TIFF on its head": lambda: saved(Image.fromarray(stored_for(TALL, 3)), "TIFF", exif=exif(3)),
    "HEIC": lambda: heic(Image.fromarray(TALL)),
    "PDF of a JPEG": lambda: pdf_of(
        {"image": jpeg_image(saved(Image.fromarray(TALL), "JPEG", quality=95)), "content": WHOLE, "size_pt": (64, 3200)}
    ),
    "PDF of a fax": lambda: pdf_of({"image": bilevel_image(TALL), "content": WHOLE, "size_pt": (64, 3200)}),
}


@pytest.mark.parametrize("kind", FILES)
def test_large_pages_come_at_full_size_and_upright(kind):
    data = FILES[kind]()
    (page,) = document_pages(data)
    picture = page.decode()
    assert (page.number, page.size_px, picture.shape) == (1, (64, 3200), (3200, 64))
    assert np.abs(picture.astype(int) - TALL).mean() < 3
    assert pages_of(data)[0].decode().shape == (1600, 32)
    assert page.text_layer is None
    assert page.error is None


def test_drawn_pages_come_at_300_dpi():
    data = pdf_of({"content": b"0 g 10 10 20 20 re f", "size_pt": (612, 792)})
    (page,) = document_pages(data)
    assert page.size_px == page.decode().shape[::-1] == (2550, 3300)
    assert max(pages_of(data)[0].decode().shape) == 1650


def test_a_coarse_fax_is_as_large_as_its_page_says():
    (page,) = document_pages(saved(Image.fromarray(TALL[:98, :]), "TIFF", dpi=(204, 98)))
    assert page.size_px == page.decode().shape[::-1] == (64, 204)


def encrypted() -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data, (100, 60), encrypt=StandardEncryption("secret"))
    canvas.drawString(10, 10, "locked")
    canvas.showPage()
    canvas.save()
    return data.getvalue()


def bomb() -> bytes:
    head, _ = flate_image(np.zeros((4, 4), np.uint8))
    giant = head.replace(b"/Width 4/Height 4", b"/Width 40000/Height 40000")
    return pdf_of({"image": (giant, b"x"), "content": b"q 100 0 0 60 0 0 cm /I Do Q"})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: b"", "empty"),
        (pdf_of, "no pages"),
        (encrypted, "locked by a password"),
        (lambda: FILES["PDF of a JPEG"]()[:-300], "cut off"),
        (lambda: pdf_of(*[{"content": b""}] * 600), "600 pages"),
        (bomb, "pixels"),
        (lambda: b"<html>login</html>", "web page"),
    ],
    ids=["empty", "no pages", "encrypted", "cut off", "600 pages", "bomb", "web page"],
)
def test_what_cannot_be_read_at_all_is_refused_with_its_reason(data, reason):
    with pytest.raises(UnreadableImageError, match=reason):
        document_pages(data())


def test_too_many_pixels_are_refused_before_anything_is_decoded(monkeypatch):
    monkeypatch.setattr(imaging, "MAX_PIXELS", TALL.size - 1)
    for kind in ("JPEG", "TIFF", "HEIC", "PDF of a JPEG"):
        with pytest.raises(UnreadableImageError, match="pixels"):
            document_pages(FILES[kind]())


def test_a_page_that_alone_is_broken_says_why():
    good = {"image": flate_image(TALL[:60, :]), "content": b"q 64 0 0 60 0 0 cm /I Do Q", "size_pt": (64, 60)}
    head, _ = good["image"]
    broken = {**good, "image": (head.replace(b"/Height 60", b"/Height 9000000"), b"x")}
    first, second = document_pages(pdf_of(broken, good))
    assert first.error is not None
    assert "pixels" in first.error
    assert second.error is None
    assert second.decode().shape == (60, 64)


def pdf_with_text(*lines: str, hidden: bool = False, picture: bool = False, rotation: int = 0) -> bytes:
    """A page of 400 x 300 points with lines of Helvetica, on a picture if wanted."""
    data = io.BytesIO()
    canvas = Canvas(data, (400, 300))
    canvas.setPageRotation(rotation)
    if picture:
        canvas.drawImage(ImageReader(Image.fromarray(np.full((300, 400), 240, np.uint8))), 0, 0, 400, 300)
    text = canvas.beginText(40, 250)
    text.setTextRenderMode(3 if hidden else 0)
    for line in lines:
        text.textLine(line)
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


ENGLISH = ["Which of the following is true?", "The captain came home early.", "Nobody had seen the map."]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_lines_lie_where_the_full_size_picture_shows_them(rotation):
    (page,) = document_pages(pdf_with_text(*ENGLISH, rotation=rotation))
    assert page.text_layer is not None
    assert page.text_layer.size_px == page.size_px
    ink = page.decode() < 128
    for line in page.text_layer.lines:
        box = line.box
        assert ink[box.top : box.bottom, box.left : box.right].any()
        ink[max(0, box.top - 2) : box.bottom + 2, max(0, box.left - 2) : box.right + 2] = False
    assert not ink.any()
    if rotation == 0:
        assert [line.text for line in page.text_layer.lines] == ENGLISH


def test_text_hidden_beneath_a_scan_lies_in_the_scans_own_pixels():
    (page,) = document_pages(pdf_with_text(*ENGLISH, hidden=True, picture=True))
    assert page.text_layer is not None
    assert page.size_px == page.text_layer.size_px == (400, 300)
    first = page.text_layer.lines[0]
    assert first.text == ENGLISH[0]
    assert 38 <= first.box.left <= 42
    assert 38 <= first.box.top <= 52
    assert first.box.bottom <= 56


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        (
            ["\xa2\xa3 \xa5\xa7 \xb6\xa9 \xae\xb1", "\xa2\xa3\xa5\xa7\xb6\xa9\xae\xb1\xbf\xa1 ab"],
            {"hidden": True, "picture": True},
        ),
        (["- 3 -"], {}),
        (["A heading typed above the scan of a page"], {"picture": True}),
        ([], {}),
    ],
    ids=["garbage", "page number", "heading above a scan", "nothing"],
)
def test_text_that_is_not_the_pages_own_is_not_believed(lines, options):
    (page,) = document_pages(pdf_with_text(*lines, **options))
    assert page.text_layer is None
    assert page.decode().size
