"""A sheet reads the same from a file of any kind."""

import dataclasses
import functools
import io

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from academy_pipelines.omr.objective import objective_template
from academy_pipelines.omr.primitives import Disc
from academy_pipelines.omr.reading import read_sheet
from academy_pipelines.omr.registration import CaptureMode
from academy_pipelines.omr.sheet import design_sheet
from academy_pipelines.pages.file import pages_of
from academy_pipelines.resources.renderer import find_font, render_pdf
from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet
from academy_pipelines_tests.pages.samples import (
    bilevel_image,
    exif,
    flate_image,
    jpeg_image,
    pdf_of,
    saved,
    stored_for,
)
from academy_pipelines_tests.sheets import IDENTIFIER, answers_of

TEMPLATE = objective_template(10)
SEED = 5
A4_PT = (842, 595)
ON_A4 = b"q 842 0 0 595 0 0 cm /I Do Q"


@functools.cache
def picture(px_per_mm: float = 6.0) -> np.ndarray:
    filled = FilledSheet(TEMPLATE, answers_of(SEED), IDENTIFIER)
    return draw_sheet(filled, px_per_mm, np.random.default_rng(SEED))


def read(data: bytes) -> tuple[dict, str]:
    (page,) = pages_of(data)
    _, _, reading = read_sheet(page.decode(), TEMPLATE, CaptureMode.AUTO)
    return {answer.question_id: answer.detected for answer in reading.answers}, reading.identifier.identifier


def heic(pixels: np.ndarray, orientation: int) -> bytes:
    data = io.BytesIO()
    file = pillow_heif.from_pillow(Image.fromarray(pixels).convert("RGB"))
    file.save(data, quality=80, exif=exif(orientation).tobytes(), enc_params={"preset": "ultrafast"})
    return data.getvalue()


def bilevel(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE)


FORMATS = {
    "JPEG": lambda p, o: saved(Image.fromarray(p), "JPEG", quality=85, exif=exif(o)),
    "progressive JPEG": lambda p, o: saved(Image.fromarray(p), "JPEG", quality=85, progressive=True, exif=exif(o)),
    "PNG": lambda p, o: saved(Image.fromarray(p), "PNG", exif=exif(o)),
    "WebP": lambda p, o: saved(Image.fromarray(p), "WEBP", quality=85, exif=exif(o)),
    "HEIC": heic,
    "grey TIFF": lambda p, o: saved(Image.fromarray(p), "TIFF", compression="tiff_lzw", exif=exif(o)),
    "fax TIFF": lambda p, o: saved(bilevel(p), "TIFF", compression="group4", exif=exif(o)),
}


@pytest.mark.parametrize("orientation", [1, 2, 6, 7])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_sheet_reads_the_same_from_any_format_and_orientation(kind, orientation):
    data = FORMATS[kind](stored_for(picture(), orientation), orientation)
    assert read(data) == (answers_of(SEED), IDENTIFIER)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("kind", ["JPEG", "fax", "lossless"])
def test_a_sheet_reads_the_same_from_a_pdf_turned_by_its_page(kind, rotate):
    image = {
        "JPEG": lambda: jpeg_image(saved(Image.fromarray(picture()), "JPEG", quality=85)),
        "fax": lambda: bilevel_image(picture()),
        "lossless": lambda: flate_image(picture()),
    }[kind]()
    page = {"image": image, "content": ON_A4, "size_pt": A4_PT, "extra": b"/Rotate %d" % rotate}
    assert read(pdf_of(page)) == (answers_of(SEED), IDENTIFIER)


def test_a_sheet_that_was_printed_to_pdf_and_filled_on_a_screen_is_drawn_and_read():
    printed = design_sheet(10, "시험")
    bubbles = {(q.number, b.label): b for q in TEMPLATE.questions for b in q.bubbles}
    digits = {(c.digit_index, b.label): b for c in TEMPLATE.identifier for b in c.bubbles}
    marked = [bubbles[number, label] for number, labels in answers_of(SEED).items() for label in labels]
    marked += [digits[place, digit] for place, digit in enumerate(IDENTIFIER, 1)]
    dots = tuple(Disc(bubble.center, bubble.rx_mm, bubble.ry_mm, 0.1) for bubble in marked)
    filled = dataclasses.replace(printed, primitives=(*printed.primitives, *dots))
    assert read(render_pdf(filled, find_font())) == (answers_of(SEED), IDENTIFIER)


@pytest.mark.parametrize("lines_per_inch", [98, 196, 391])
@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_a_fax_with_oblong_pixels_is_read(kind, lines_per_inch):
    upright = np.rot90(picture(8.0))
    size = (round(210 * 204 / 25.4), round(297 * lines_per_inch / 25.4))
    faxed = cv2.resize(np.ascontiguousarray(upright), size, interpolation=cv2.INTER_AREA)
    if kind == "TIFF":
        data = saved(bilevel(faxed), "TIFF", compression="group3", dpi=(204, lines_per_inch))
    else:
        data = pdf_of(
            {"image": bilevel_image(faxed), "content": b"q 595 0 0 842 0 0 cm /I Do Q", "size_pt": (595, 842)}
        )
    assert read(data) == (answers_of(SEED), IDENTIFIER)
