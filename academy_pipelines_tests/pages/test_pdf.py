"""PDFs: scanned pages give their embedded picture, all others are drawn."""

import contextlib
import io
import itertools
import threading

import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from academy_pipelines import imaging
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.pages import pdf, pdf_picture
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

BLOCK = np.full((60, 100), 255, np.uint8)
BLOCK[10:20, 10:50] = 0
NOISE = np.random.default_rng(1).integers(0, 256, (60, 100), dtype=np.uint8)
WHOLE_PAGE = b"q 100 0 0 60 0 0 cm /I Do Q"

MATRICES = {
    1: b"100 0 0 60 0 0",
    2: b"-100 0 0 60 100 0",
    3: b"-100 0 0 -60 100 60",
    4: b"100 0 0 -60 0 60",
    5: b"0 -60 -100 0 100 60",
    6: b"0 -60 100 0 0 60",
    7: b"0 60 100 0 0 0",
    8: b"0 60 -100 0 100 0",
}
"""Places a picture stored with an EXIF orientation upright on a page of 100 x 60 points."""


def never(*_args, **_options):
    pytest.fail("the page was drawn")


@pytest.fixture
def only_extracted(monkeypatch):
    monkeypatch.setattr(pdf, "draw", never)


def is_drawn(data: bytes) -> bool:
    """Whether the only page comes at the drawing's resolution; all embedded pictures here are far smaller."""
    (page,) = pages_of(data)
    return page.size_px == (417, 250)


def looks_like(picture: np.ndarray, shown: np.ndarray) -> bool:
    return picture.shape == shown.shape and np.abs(picture.astype(int) - shown).mean() < 2


def test_the_embedded_jpeg_is_taken_byte_for_byte(only_extracted, monkeypatch):
    jpeg = saved(Image.fromarray(NOISE), "JPEG", quality=60)
    decoded = []
    monkeypatch.setattr(pdf, "decode_picture", lambda data, *_, **__: decoded.append(data) or imaging.decode_gray(data))
    (page,) = pages_of(pdf_of({"image": jpeg_image(jpeg), "content": WHOLE_PAGE}))
    assert np.array_equal(page.decode(), imaging.decode_gray(jpeg))
    assert decoded == [jpeg]


@pytest.mark.parametrize("orientation", MATRICES)
@pytest.mark.parametrize("kind", ["jpeg", "flate", "fax"])
def test_a_picture_may_lie_on_its_page_in_any_way(kind, orientation, only_extracted):
    stored = stored_for(BLOCK, orientation)
    image = {
        "jpeg": lambda: jpeg_image(saved(Image.fromarray(stored), "JPEG", quality=95)),
        "flate": lambda: flate_image(stored),
        "fax": lambda: bilevel_image(stored),
    }[kind]()
    (page,) = pages_of(pdf_of({"image": image, "content": b"q %s cm /I Do Q" % MATRICES[orientation]}))
    assert page.size_px == (100, 60)
    assert looks_like(page.decode(), BLOCK)


@settings(max_examples=32, deadline=None)
@given(
    orientation=st.sampled_from(sorted(MATRICES)),
    rotate=st.sampled_from([0, 90, 180, 270, -90, 450]),
    squeezed=st.sampled_from([1.0, 2.0]),
)
def test_what_is_extracted_is_what_a_viewer_draws(orientation, rotate, squeezed):
    stored = stored_for(BLOCK, orientation)
    stored = np.ascontiguousarray(stored[:: int(squeezed)])
    content = b"q %s cm /I Do Q" % MATRICES[orientation]
    data = pdf_of({"image": flate_image(stored), "content": content, "extra": b"/Rotate %d" % rotate})
    (page,) = pages_of(data)
    with pypdfium2.PdfDocument(data) as document:
        viewed = document[0].render(scale=1, grayscale=True).to_numpy().copy()
    extracted = page.decode()
    assert extracted.shape == viewed.shape
    assert np.abs(extracted.astype(int) - viewed).mean() < 5


def test_the_orientation_in_an_embedded_jpeg_is_ignored_as_every_viewer_does(only_extracted):
    jpeg = saved(Image.fromarray(BLOCK), "JPEG", quality=95, exif=exif(6))
    (page,) = pages_of(pdf_of({"image": jpeg_image(jpeg), "content": WHOLE_PAGE}))
    assert page.size_px == (100, 60)
    assert looks_like(page.decode(), BLOCK)


def test_a_picture_in_a_group_is_found_where_the_group_lies(only_extracted):
    data = io.BytesIO()
    canvas = Canvas(data, (100, 60))
    canvas.beginForm("group")
    canvas.drawImage(reader(BLOCK), 0, 0, 50, 30)
    canvas.endForm()
    canvas.translate(100, 0)
    canvas.scale(-2, 2)
    canvas.doForm("group")
    canvas.showPage()
    canvas.save()
    (page,) = pages_of(data.getvalue())
    assert looks_like(page.decode(), BLOCK[:, ::-1])


def reader(pixels: np.ndarray):
    from reportlab.lib.utils import ImageReader

    return ImageReader(Image.fromarray(pixels))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"BT /F 9 Tf 3 Tr 10 10 Td (found by OCR) Tj ET"),
        (b"1 g 0 0 100 60 re f ", b""),
        (b"0 g 20 20 30 30 re f ", b""),
        (b"", b" 0 0 m"),
    ],
    ids=["invisible text", "white ground", "hidden beneath", "a path that paints nothing"],
)
def test_what_nobody_sees_does_not_matter(before, after, only_extracted):
    (page,) = pages_of(pdf_of({"image": flate_image(BLOCK), "content": before + WHOLE_PAGE + after}))
    assert looks_like(page.decode(), BLOCK)


@pytest.mark.parametrize(
    "content",
    [
        WHOLE_PAGE + b" 0 g 60 30 20 20 re f",
        WHOLE_PAGE + b" BT /F 9 Tf 10 10 Td (typed) Tj ET",
        WHOLE_PAGE + b" q 20 0 0 20 70 10 cm /I Do Q",
        b"q 200 0 0 60 0 0 cm /I Do Q",
        b"q 70 70 -42 42 20 0 cm /I Do Q",
        b"0 g 0 0 100 60 re f q 50 0 0 30 10 10 cm /I Do Q",
        b"0 g 10 10 20 20 re f",
        b"",
    ],
    ids=[
        "painted over",
        "written on",
        "two pictures",
        "cropped",
        "aslant",
        "on a dark ground",
        "no picture",
        "nothing at all",
    ],
)
def test_other_pages_are_drawn_as_one_sees_them(content):
    data = pdf_of({"image": flate_image(BLOCK), "content": content})
    assert is_drawn(data)
    (page,) = pages_of(data)
    with pypdfium2.PdfDocument(data) as document:
        viewed = document[0].render(scale=300 / 72, grayscale=True).to_numpy()
        assert np.array_equal(page.decode(), viewed)


def test_a_page_of_countless_shapes_is_not_looked_through(monkeypatch):
    monkeypatch.setattr(pdf_picture, "MOST_SHAPES", 3)
    under = b"0 0 1 1 re f " * 2
    assert not is_drawn(pdf_of({"image": flate_image(BLOCK), "content": under + WHOLE_PAGE}))
    assert is_drawn(pdf_of({"image": flate_image(BLOCK), "content": under + b"0 0 1 1 re f " + WHOLE_PAGE}))


@pytest.mark.parametrize("subtype", ["Ink", "Link"])
def test_what_was_written_on_a_scan_with_a_stylus_is_drawn(subtype):
    note = b"/Annots[<</Type/Annot/Subtype/%s/Rect[0 0 9 9]/InkList[[1 1 9 9]]>>]" % subtype.encode()
    data = pdf_of({"image": flate_image(BLOCK), "content": WHOLE_PAGE, "extra": note})
    assert is_drawn(data) is (subtype == "Ink")


@pytest.mark.parametrize(
    "image",
    [
        flate_image(BLOCK, extra=b"/Mask[0 10]"),
        bilevel_image(~BLOCK, head=b"/ImageMask true"),
        bilevel_image(BLOCK, head=b"/ImageMask true/Decode[1 0]"),
    ],
    ids=["colour key", "stencil", "inverted stencil"],
)
def test_a_picture_painted_through_a_mask_is_drawn(image):
    assert is_drawn(pdf_of({"image": image, "content": WHOLE_PAGE}))


@pytest.mark.parametrize("kind", ["jpeg", "flate", "fax"])
def test_inverted_values_are_put_right(kind, only_extracted):
    inverted = b"/Decode[1 0]"
    head, jpeg = jpeg_image(saved(Image.fromarray(~BLOCK), "JPEG", quality=95))
    image = {
        "jpeg": (head + inverted, jpeg),
        "flate": flate_image(~BLOCK, extra=inverted),
        "fax": bilevel_image(~BLOCK, head=b"/ColorSpace/DeviceGray" + inverted),
    }[kind]
    (page,) = pages_of(pdf_of({"image": image, "content": WHOLE_PAGE}))
    assert looks_like(page.decode(), BLOCK)


def test_inks_of_a_printing_press_are_mixed_as_the_pdf_says(only_extracted):
    jpeg = saved(Image.fromarray(BLOCK).convert("CMYK"), "JPEG", quality=95)
    head, data = jpeg_image(jpeg)
    (page,) = pages_of(pdf_of({"image": (head + b"/Decode[1 0 1 0 1 0 1 0]", data), "content": WHOLE_PAGE}))
    picture = page.decode()
    assert picture[15, 20] < 60
    assert picture[50, 50] == 255


def test_every_page_is_its_own_and_may_be_read_in_any_order():
    pages = []
    for number in range(4):
        pixels = BLOCK.copy()
        pixels[40:50, 10 * number : 10 * number + 8] = 0
        pages.append(pixels)
    found = pages_of(pdf_of(*({"image": flate_image(pixels), "content": WHOLE_PAGE} for pixels in pages)))
    assert len(found) == 4
    for pixels, page in reversed(list(zip(pages, found, strict=True))):
        assert np.array_equal(page.decode(), pixels)


def test_pages_are_read_by_many_threads_at_once():
    jpeg = jpeg_image(saved(Image.fromarray(BLOCK), "JPEG", quality=95))
    kinds = [
        {"image": jpeg, "content": WHOLE_PAGE},
        {"image": flate_image(BLOCK), "content": WHOLE_PAGE},
        {"content": b"0 g 10 40 40 10 re f"},
    ]
    data = pdf_of(*(kinds * 5))
    alone = [page.decode() for page in pages_of(data)]
    agreed: list[bool] = []

    def read() -> None:
        for page, expected in zip(pages_of(data), alone, strict=True):
            agreed.append(np.array_equal(page.decode(), expected))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert agreed == [True] * len(threads) * len(alone)


def test_pages_of_photos_that_are_metres_long_are_drawn_no_larger_than_needed():
    (page,) = pages_of(pdf_of({"content": b"0 g 0 0 4000 1000 re f", "size_pt": (12_000, 9000)}))
    assert page.size_px == (5000, 3750)


def locked(user_password: str) -> bytes:
    data = io.BytesIO()
    encryption = StandardEncryption(user_password, ownerPassword="owner", canPrint=0)
    canvas = Canvas(data, (100, 60), encrypt=encryption)
    canvas.drawImage(reader(BLOCK), 0, 0, 100, 60)
    canvas.showPage()
    canvas.save()
    return data.getvalue()


def test_a_locked_pdf_is_refused_and_says_so():
    with pytest.raises(UnreadableImageError, match="locked by a password"):
        pages_of(locked("secret"))


def test_a_pdf_that_only_forbids_printing_is_read(only_extracted):
    (page,) = pages_of(locked(""))
    assert looks_like(page.decode(), BLOCK)


WHOLE = pdf_of(*({"image": flate_image(BLOCK), "content": WHOLE_PAGE} for _ in range(3)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf_of(), "no pages"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
        (b"%PDF-1.7", "cut off"),
        (WHOLE[: len(WHOLE) // 2], "cut off"),
        (WHOLE[:-9], "cut off"),
    ],
    ids=["empty", "only a beginning", "only a header", "half", "nearly whole"],
)
def test_a_pdf_without_usable_pages_is_refused(data, reason):
    with pytest.raises(UnreadableImageError, match=reason):
        pages_of(data)


def test_too_many_pages_are_refused(monkeypatch):
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    with pytest.raises(UnreadableImageError, match="has 3 pages, more than 2; split"):
        pages_of(WHOLE)


def test_bytes_around_a_pdf_do_not_matter():
    assert len(pages_of(b"X-Mailer: 1\r\n\r\n" + WHOLE + b"\0" * 5000)) == 3


def test_a_giant_picture_does_not_spoil_the_other_pages(monkeypatch):
    monkeypatch.setattr(imaging, "MAX_PIXELS", 100 * 60)
    large = flate_image(np.zeros((61, 100), np.uint8))
    pages = pages_of(
        pdf_of({"image": large, "content": WHOLE_PAGE}, {"image": flate_image(BLOCK), "content": WHOLE_PAGE})
    )
    assert [page.is_broken for page in pages] == [True, False]
    with pytest.raises(UnreadableImageError, match="pixels"):
        pages[0].decode()


def test_an_embedded_jpeg_that_is_cut_off_is_refused_and_the_other_pages_are_read():
    jpeg = saved(Image.fromarray(NOISE), "JPEG")
    head, data = jpeg_image(jpeg)
    broken = {"image": (head, data[: len(data) // 2]), "content": WHOLE_PAGE}
    pages = pages_of(pdf_of({"image": flate_image(BLOCK), "content": WHOLE_PAGE}, broken))
    assert [page.is_broken for page in pages] == [False, True]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_a_reason_and_never_an_accident(data):
    whole = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnreadableImageError):
        for page in itertools.islice(pages_of(bytes(whole)), 5):
            page.decode()
