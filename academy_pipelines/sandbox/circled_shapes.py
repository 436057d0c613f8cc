"""Draw the shapes of `documents.circled_shapes` from fonts: `python -m academy_pipelines.sandbox.circled_shapes`.

Fonts that have circled characters give them as they are. From other fonts the character is put into a drawn circle,
because papers are set in more fonts than any one machine has.
"""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from academy_pipelines import documents
from academy_pipelines.documents.circled import inside_of
from academy_pipelines.documents.circled_shapes import CHARACTERS, FILE
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.imaging import Gray, as_gray

FONTS = Path("/usr/share/fonts/truetype")
WITH_CIRCLES = (
    "nanum/NanumGothic.ttf",
    "nanum/NanumGothicBold.ttf",
    "nanum/NanumMyeongjo.ttf",
    "nanum/NanumMyeongjoBold.ttf",
    "nanum/NanumBarunGothic.ttf",
    "nanum/NanumSquareR.ttf",
    "dejavu/DejaVuSans.ttf",
    "dejavu/DejaVuSans-Bold.ttf",
)
WITHOUT_CIRCLES = ("dejavu/DejaVuSerif.ttf", "dejavu/DejaVuSansMono.ttf")
PLAIN = dict(zip(CHARACTERS, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", *"ㄱㄴㄷㄹㅁ", *"abcde"], strict=True))
DRAWN_PX = 120
BLURS_PX = (0.0, 7.0)
"""Of the drawn glyph: in print it is 20 to 40 px high, and scanned."""


def main(fonts: Sequence[str] = WITH_CIRCLES) -> None:
    """Write the file."""
    stored = {character: [_digits(shape) for shape in shapes_of(character, fonts)] for character in CHARACTERS}
    with as_file(files(documents) / FILE) as path:
        path.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def shapes_of(character: str, fonts: Sequence[str]) -> Iterator[Gray]:
    """Yield the inside of a circled character as every font draws it, sharp and blurred."""
    drawn = [_glyph(FONTS / font, character) for font in fonts]
    drawn += [_encircled(FONTS / font, PLAIN[character]) for font in WITHOUT_CIRCLES if (FONTS / font).exists()]
    for page in drawn:
        if page is None:
            continue
        for blur_px in BLURS_PX:
            blurred = as_gray(cv2.GaussianBlur(page, (0, 0), blur_px)) if blur_px else page
            yield inside_of(blurred, _box(page))


def _glyph(font: Path, character: str) -> Gray | None:
    """Return a large circled character, None when the font lacks it."""
    drawn = _drawn(ImageFont.truetype(str(font), DRAWN_PX), character)
    missing = _drawn(ImageFont.truetype(str(font), DRAWN_PX), "\U0010fffe")
    return None if np.array_equal(drawn, missing) else drawn


def _encircled(font: Path, text: str) -> Gray | None:
    """Return `text` in a circle, None when the font is not for it."""
    if not text.isascii():
        return None
    page = Image.new("L", (2 * DRAWN_PX, 2 * DRAWN_PX), 255)
    draw = ImageDraw.Draw(page)
    low, high = DRAWN_PX * 0.5, DRAWN_PX * 1.5
    draw.ellipse((low, low, high, high), outline=0, width=5)
    size = round(DRAWN_PX * (0.74 if len(text) == 1 else 0.56))
    draw.text((DRAWN_PX, DRAWN_PX), text, 0, ImageFont.truetype(str(font), size), anchor="mm")
    return as_gray(np.asarray(page))


def _drawn(font: ImageFont.FreeTypeFont, text: str) -> Gray:
    page = Image.new("L", (2 * DRAWN_PX, 2 * DRAWN_PX), 255)
    ImageDraw.Draw(page).text((DRAWN_PX, DRAWN_PX), text, 0, font, anchor="mm")
    return as_gray(np.asarray(page))


def _box(page: Gray) -> PixelBox:
    return PixelBox(*cv2.boundingRect((page < 128).astype(np.uint8)))  # noqa: PLR2004 - the middle of 0..255


def _digits(shape: Gray) -> str:
    return "".join(f"{value // 16:x}" for value in shape.ravel().tolist())


if __name__ == "__main__":
    main()
