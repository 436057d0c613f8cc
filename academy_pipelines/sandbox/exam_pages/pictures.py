"""Pages of papers as pixels: drawn cleanly, and as a scanner in a hurry delivers them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.imaging import Gray, as_gray, decode_gray, encode_jpeg
from academy_pipelines.pages.pdf import POINTS_PER_INCH, draw, opened


@dataclass(frozen=True, slots=True)
class ScanEffects:
    """What a scan suffers; the sign of the turn, the light's direction and the noise are drawn from the seed.

    `blur_px` holds at 200 dpi for an A4 page and grows with the picture.
    """

    turn_deg: float = 1.3
    blur_px: float = 0.7
    darkest: float = 0.72
    """Light in the darkest corner over that in the brightest."""
    noise: float = 6.0
    jpeg_quality: int = 45


@dataclass(frozen=True, slots=True)
class Scan:
    """A picture of a page, and the turn that led to it: (2, 3) float64 from the clean page's pixels to its own."""

    picture: Gray
    matrix: NDArray[np.float64]

    def moved(self, box: PixelBox) -> PixelBox:
        """Return the upright box around where `box` of the clean page has come to lie."""
        corners = np.array([(x, y, 1.0) for x in (box.left, box.right) for y in (box.top, box.bottom)], np.float64)
        places = corners @ self.matrix.T
        left, top = np.floor(places.min(axis=0)).astype(int).tolist()
        right, bottom = np.ceil(places.max(axis=0)).astype(int).tolist()
        return PixelBox(left, top, right - left, bottom - top)


def page_pictures(pdf: bytes, dpi: float) -> list[Gray]:
    """Return every page as grey pixels."""
    with opened(pdf) as document:
        return [draw(document[place], dpi / POINTS_PER_INCH) for place in range(len(document))]


def scanned(picture: Gray, seed: int, effects: ScanEffects | None = None) -> Scan:
    """Return `picture` turned, blurred, unevenly lit, noisy and compressed, at its own size."""
    effects = effects or ScanEffects()
    rng = np.random.default_rng([seed, 78])
    height, width = picture.shape
    turn_deg = effects.turn_deg * float(rng.uniform(0.8, 1.1)) * float(rng.choice((-1, 1)))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1.0), np.float64)
    turned = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255.0,))
    blurred = cv2.GaussianBlur(turned, (0, 0), effects.blur_px * max(height, width) / 2339)
    x, y = np.arange(width)[None, :] / width, np.arange(height)[:, None] / height
    across, down = (share if rng.random() < 0.5 else 1 - share for share in (x, y))  # noqa: PLR2004 - a coin
    light = 1 - (1 - effects.darkest) * (across + down) / 2
    seen = blurred * light + rng.normal(0, effects.noise, (height, width))
    levels = np.clip(np.rint(seen), 0, 255).astype(np.uint8)
    return Scan(decode_gray(encode_jpeg(as_gray(levels), effects.jpeg_quality), keep_size=True), matrix)


def degraded(picture: Gray, seed: int) -> Gray:
    """Return the picture of a usual bad scan."""
    return scanned(picture, seed).picture


def picture_only_pdf(pictures: Sequence[Gray], dpi: float, jpeg_quality: int = 85) -> bytes:
    """Return a PDF of pages that are one JPEG each, without any text; the same pictures give the same bytes."""
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415 - half a second, only where papers are printed
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for picture in pictures:
        height_pt, width_pt = (side * POINTS_PER_INCH / dpi for side in picture.shape)
        canvas.setPageSize((width_pt, height_pt))
        jpeg = ImageReader(io.BytesIO(encode_jpeg(picture, jpeg_quality)))
        canvas.drawImage(jpeg, 0, 0, width_pt, height_pt)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
