"""Files that hold one picture, whatever their kind, and what is refused."""

import io
import struct

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from academy_pipelines import imaging
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.pages.file import pages_of
from academy_pipelines.pages.page import squeeze, upright
from academy_pipelines_tests.pages.samples import ORIENTATION, exif, saved, stored_for, tiff_with

BLOCK = np.full((64, 96), 255, np.uint8)
BLOCK[8:24, 8:48] = 0


def heic(picture: Image.Image, **options) -> bytes:
    data = io.BytesIO()
    pillow_heif.from_pillow(picture).save(data, quality=95, enc_params={"preset": "ultrafast"}, **options)
    return data.getvalue()


def turned(kind: str, orientation: int) -> bytes:
    picture = Image.fromarray(stored_for(BLOCK, orientation))
    if kind == "HEIC":
        return heic(picture, exif=exif(orientation).tobytes())
    return saved(picture, kind, exif=exif(orientation))


def only_page(data: bytes) -> np.ndarray:
    (page,) = pages_of(data)
    picture = page.decode()
    assert picture.dtype == np.uint8
    assert page.size_px == picture.shape[::-1]
    return picture


def looks_like(picture: np.ndarray, shown: np.ndarray) -> bool:
    return picture.shape == shown.shape and np.abs(picture.astype(int) - shown).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIC"])
def test_every_kind_of_picture_is_turned_upright_once(kind, orientation):
    assert looks_like(only_page(turned(kind, orientation)), BLOCK)


@given(
    sides=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    orientation=st.integers(1, 8),
    seed=st.integers(0, 1000),
)
def test_a_picture_comes_upright_from_any_orientation(sides, orientation, seed):
    shown = np.random.default_rng(seed).integers(0, 256, sides, dtype=np.uint8)
    assert np.array_equal(upright(stored_for(shown, orientation), orientation), shown)


def test_exif_beside_the_turn_of_a_heic_container_is_not_applied_again():
    data = heic(Image.fromarray(BLOCK), exif=exif(1).tobytes())
    tag = struct.pack(">HHI", ORIENTATION, 3, 1)
    assert data.count(tag + b"\0\1") == 1
    assert looks_like(only_page(data.replace(tag + b"\0\1", tag + b"\0\6")), BLOCK)


def heic_of_two(picture: Image.Image) -> bytes:
    file = pillow_heif.from_pillow(picture.convert("RGB"))
    file.add_from_pillow(Image.new("RGB", (32, 32)))
    data = io.BytesIO()
    file.save(data, quality=95, enc_params={"preset": "ultrafast"}, primary_index=0)
    return data.getvalue()


PICTURES = {
    "progressive JPEG": lambda p: saved(p, "JPEG", progressive=True),
    "CMYK JPEG": lambda p: saved(p.convert("CMYK"), "JPEG"),
    "colour JPEG": lambda p: saved(p.convert("RGB"), "JPEG"),
    "16-bit PNG": lambda p: saved(Image.fromarray(np.asarray(p).astype(np.uint16) * 257), "PNG"),
    "16-bit PNG with a transparent grey": lambda p: saved(
        Image.fromarray(np.asarray(p).astype(np.uint16) * 257), "PNG", transparency=7
    ),
    "palette PNG": lambda p: saved(p.convert("RGB").convert("P"), "PNG"),
    "palette PNG with a transparent colour": lambda p: saved(p.convert("P"), "PNG", transparency=255),
    "bilevel PNG": lambda p: saved(p.convert("1"), "PNG"),
    "WebP without loss": lambda p: saved(p, "WEBP", lossless=True),
    "GIF": lambda p: saved(p, "GIF"),
    "BMP": lambda p: saved(p, "BMP"),
    "colour HEIC": lambda p: heic(p.convert("RGB")),
    "HEIC of several pictures": heic_of_two,
}


@pytest.mark.parametrize("kind", PICTURES)
def test_every_form_of_pixels_is_read(kind):
    assert looks_like(only_page(PICTURES[kind](Image.fromarray(BLOCK))), BLOCK)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "HEIC"])
def test_what_is_transparent_is_white(kind):
    ink = Image.new("RGB", BLOCK.shape[::-1])
    ink.putalpha(Image.fromarray(255 - BLOCK))
    assert looks_like(only_page(heic(ink) if kind == "HEIC" else saved(ink, kind)), BLOCK)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_refused(kind):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "white")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    with pytest.raises(UnreadableImageError, match="animation of 3 pictures"):
        pages_of(data)


@pytest.mark.parametrize("kind", ["JPEG", "HEIC", "WEBP", "PNG"])
def test_a_picture_that_is_cut_off_is_refused(kind):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (256, 256), dtype=np.uint8))
    data = heic(noise) if kind == "HEIC" else saved(noise, kind)
    with pytest.raises(UnreadableImageError):
        only_page(data[: len(data) // 2])


@pytest.mark.parametrize("kind", ["JPEG", "HEIC", "TIFF"])
def test_too_many_pixels_are_refused_before_anything_is_decoded(kind, monkeypatch):
    monkeypatch.setattr(imaging, "MAX_PIXELS", 64 * 96 - 1)
    with pytest.raises(UnreadableImageError, match="pixels"):
        pages_of(turned(kind, 6))


def test_a_tiff_that_claims_to_be_giant_is_refused():
    data = tiff_with(saved(Image.fromarray(BLOCK), "TIFF"), 256, 400_000)
    with pytest.raises(UnreadableImageError):
        only_page(tiff_with(data, 257, 400_000))


@pytest.mark.parametrize("large", ["JPEG", "TIFF", "HEIC"])
def test_large_pictures_of_every_kind_come_at_half_size(large, monkeypatch):
    picture = Image.fromarray(np.full((64, 3200), 255, np.uint8))
    (page,) = pages_of(heic(picture) if large == "HEIC" else saved(picture, large))
    assert (page.size_px, page.decode().shape) == ((3200, 64), (32, 1600))


@given(across=st.floats(1, 1200), down=st.floats(1, 1200))
def test_pixels_count_as_square_unless_a_scanner_would_make_them_otherwise(across, down):
    ratio = squeeze(across, down)
    assert ratio == 1.0 or (ratio == across / down and 1.05 < max(ratio, 1 / ratio) <= 5)


@pytest.mark.parametrize(("across", "down"), [(0, 0), (float("nan"), 300), (-1, 300), (1, 100_000)])
def test_nonsense_for_a_resolution_counts_as_square(across, down):
    assert squeeze(across, down) == 1.0


@pytest.mark.parametrize(
    ("data", "hint"),
    [(b"", "empty"), (b"<html>login</html>", "web page"), (b"II*\0", "TIFF"), (b"\0\0\0\x18ftypheic", "HEIC")],
)
def test_what_holds_no_page_is_named(data, hint):
    with pytest.raises(UnreadableImageError, match=hint):
        pages_of(data)
