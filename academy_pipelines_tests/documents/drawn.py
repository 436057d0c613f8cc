"""Small pages drawn for tests: lines of Korean, circled choices, rules."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont

NANUM = "/usr/share/fonts/truetype/nanum/NanumGothic.ttf"
MYEONGJO = "/usr/share/fonts/truetype/nanum/NanumMyeongjo.ttf"
DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


@dataclass
class Sheet:
    """A white page to write on; letters are 42 px high, as of 10 points at 300 dpi."""

    size_px: tuple[int, int]
    font: str = MYEONGJO
    letter_px: int = 42
    image: Image.Image = field(init=False)

    def __post_init__(self):
        self.image = Image.new("L", self.size_px, 255)

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def write(self, x: int, y: int, *lines: str) -> "Sheet":
        font = ImageFont.truetype(self.font, self.letter_px)
        for at, line in enumerate(lines):
            self.draw.text((x, y + round(1.6 * self.letter_px) * at), line, 0, font)
        return self

    @property
    def pixels(self) -> np.ndarray:
        return np.asarray(self.image).copy()


def squeezed(text: str) -> str:
    """The text without its spaces."""
    return "".join(text.split())
