import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.pages import tiff
from academy_pipelines.pages.file import pages_of
from academy_pipelines_tests.pages.samples import exif, saved, stored_for, tiff_with

BLOCK = np.full((60, 100), 255, np.uint8)
BLOCK[10:20, 10:50] = 0
BILEVEL = ["group4", "group3", "tiff_ccitt", "packbits", "tiff_lzw", "tiff_adobe_deflate", "raw"]


def bilevel(pixels: np.ndarray = BLOCK) -> Image.Image:
    return Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE)


def numbered(number: int) -> Image.Image:
    pixels = BLOCK.copy()
    pixels[40:50, 10 * number : 10 * number + 8] = 0
    return bilevel(pixels)


def many(count: int, compression: str = "group4", **options) -> bytes:
    first, *rest = [numbered(number) for number in range(count)]
    return saved(first, "TIFF", save_all=True, append_images=rest, compression=compression, **options)


@pytest.mark.parametrize("compression", BILEVEL)
def test_black_and_white_scans_are_read_exactly(compression):
    (page,) = pages_of(saved(bilevel(), "TIFF", compression=compression))
    assert np.array_equal(page.decode(), BLOCK)


@pytest.mark.parametrize(
    "picture",
    [
        Image.fromarray(BLOCK),
        Image.fromarray(BLOCK.astype(np.uint16) * 257),
        Image.fromarray(BLOCK).convert("RGB"),
        Image.fromarray(BLOCK).convert("CMYK"),
        Image.fromarray(BLOCK).convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE),
        Image.fromarray(BLOCK).convert("RGBA"),
    ],
    ids=lambda picture: picture.mode,
)
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_grey_and_coloured_scans_are_read(picture, compression):
    (page,) = pages_of(saved(picture, "TIFF", compression=compression))
    assert np.abs(page.decode().astype(int) - BLOCK).max() <= 2


def test_pixels_that_say_no_brightness_are_refused():
    (page,) = pages_of(saved(Image.fromarray(BLOCK.astype(np.float32)), "TIFF"))
    with pytest.raises(UnreadableImageError, match="rare kind"):
        page.decode()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["group4", "raw", "tiff_lzw"])
def test_every_orientation_comes_upright_in_any_compression(orientation, compression):
    stored = bilevel(stored_for(BLOCK, orientation))
    (page,) = pages_of(saved(stored, "TIFF", compression=compression, exif=exif(orientation)))
    assert page.size_px == (100, 60)
    assert np.array_equal(page.decode(), BLOCK)


@pytest.mark.parametrize("compression", ["group4", "raw"])
def test_white_may_be_zero(compression):
    data = saved(Image.fromarray(~BLOCK).convert("1"), "TIFF", compression=compression)
    (page,) = pages_of(tiff_with(data, 262, 0))
    assert np.array_equal(page.decode(), BLOCK)


@pytest.mark.parametrize(("dpi", "stored_shape"), [((204, 98), (98, 204)), ((98, 204), (204, 98))])
def test_pixels_of_a_coarse_fax_become_square(dpi, stored_shape):
    stored = Image.fromarray(np.full(stored_shape, 255, np.uint8))
    (page,) = pages_of(saved(stored, "TIFF", dpi=dpi))
    assert page.size_px == stored_shape[::-1]
    assert page.decode().shape == (204, 204)


def test_a_coarse_fax_on_its_side_becomes_square_too():
    stored = Image.fromarray(np.full((98, 204), 255, np.uint8))
    (page,) = pages_of(saved(stored, "TIFF", dpi=(204, 98), exif=exif(6)))
    assert (page.size_px, page.decode().shape) == ((98, 204), (204, 204))


@pytest.mark.parametrize("compression", ["group4", "raw", "tiff_lzw"])
def test_every_page_of_a_tiff_is_its_own(compression):
    pages = pages_of(many(5, compression))
    assert len(pages) == 5
    for number, page in reversed(list(enumerate(pages))):
        assert np.array_equal(page.decode(), np.asarray(numbered(number).convert("L")))


def test_thumbnails_are_no_pages():
    thumbnail = Image.new("1", (20, 12))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    data = saved(bilevel(), "TIFF", save_all=True, append_images=[thumbnail], compression="group4")
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.n_frames == 2
    pages = pages_of(data)
    assert [page.size_px for page in pages] == [(100, 60)]


def test_too_many_pages_are_refused(monkeypatch):
    monkeypatch.setattr(tiff, "MAX_PAGES", 4)
    assert len(pages_of(many(4))) == 4
    with pytest.raises(UnreadableImageError, match="more than 4 pages"):
        pages_of(many(5))


def test_a_tiff_whose_directories_form_a_ring_ends():
    data = bytearray(saved(bilevel(), "TIFF"))
    directory = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[directory : directory + 2], "little")
    end = directory + 2 + 12 * entries
    data[end : end + 4] = directory.to_bytes(4, "little")
    assert len(pages_of(bytes(data))) == 1


def test_a_giant_page_does_not_spoil_its_neighbours():
    whole = many(3, "raw")
    with Image.open(io.BytesIO(whole)) as picture:
        picture.seek(1)
        second = picture._frame_pos[1]
    body = bytearray(whole)
    for place in range(second + 2, second + 2 + 12 * int.from_bytes(body[second : second + 2], "little"), 12):
        if int.from_bytes(body[place : place + 2], "little") in {256, 257}:
            body[place + 2 : place + 12] = b"\x04\0\x01\0\0\0" + (40_000).to_bytes(4, "little")
    pages = pages_of(bytes(body))
    assert [page.is_broken for page in pages] == [False, True, False]
    with pytest.raises(UnreadableImageError, match="pixels"):
        pages[1].decode()


@settings(max_examples=100, deadline=None)
@given(data=st.data())
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
def test_damage_anywhere_is_a_reason_and_never_an_accident(data):
    whole = bytearray(many(2, data.draw(st.sampled_from(["group4", "raw", "tiff_lzw"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    kept = data.draw(st.integers(4, len(whole)))
    with contextlib.suppress(UnreadableImageError):
        for page in pages_of(bytes(whole[:kept])):
            page.decode()
