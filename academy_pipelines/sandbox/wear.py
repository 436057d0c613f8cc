"""What happens to a sheet before and while it is captured: bad printing, folds, the other side, dirty scanners, glare.

Printing and paper are worn at the sheet's own resolution (`PRINT_WEAR`, `PAPER_WEAR`), pictures after capture
(`PICTURE_WEAR`). Every function takes and returns grey levels 0..255 as float64 (H, W), and draws its strength.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from academy_pipelines.omr.bubbles import all_bubbles
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.sandbox.raster import Field, distance_to_ellipse, window_around

Wear = Callable[[Field, np.random.Generator], Field]


def low_ink(page: Field, rng: np.random.Generator) -> Field:
    """Return print that fades in streaks, as from an empty cartridge: at worst to a third of its darkness."""
    streaks = _bands(page.shape[0], rng, width=page.shape[0] / 60)
    return 255 - (255 - page) * (1 - rng.uniform(0.2, 0.65) * streaks[:, None])


def ink_bleed(page: Field, rng: np.random.Generator) -> Field:
    """Return print whose strokes have run into the paper by a tenth of a millimetre or two."""
    side = int(rng.integers(2, 4))
    run = np.asarray(cv2.erode(page, np.ones((side, side), np.uint8)), np.float64)
    return page + rng.uniform(0.4, 1.0) * (np.asarray(cv2.GaussianBlur(run, (0, 0), 1.0), np.float64) - page)


def texture(page: Field, rng: np.random.Generator) -> Field:
    """Return rough paper: 3 % of light and shade, some pixels wide."""
    height, width = page.shape
    coarse = rng.normal(0, 1, (height // 4 + 1, width // 4 + 1))
    grain = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(page * (1 + rng.uniform(0.01, 0.03) * grain), 0, 255)


def fold(page: Field, rng: np.random.Generator) -> Field:
    """Return a sheet that was folded in two: a crease, and the part beyond moved by up to half a millimetre."""
    height, width = page.shape
    at = rng.uniform(0.2, 0.8) * width
    x = np.broadcast_to(np.arange(width, dtype=np.float32)[None, :], page.shape)
    y = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], page.shape)
    move = np.where(x > at, np.float32(rng.uniform(-4, 4)), np.float32(0))
    moved = cv2.remap(page.astype(np.float32), x - move / 2, y - move, cv2.INTER_LINEAR, borderValue=(255.0,))
    crease = np.exp(-((np.arange(width) - at) ** 2) / (2 * rng.uniform(1.5, 5.0) ** 2))
    return moved.astype(np.float64) * (1 - rng.uniform(0.1, 0.4) * crease[None, :])


def show_through(page: Field, template: SheetTemplate, px_per_mm: float, rng: np.random.Generator) -> Field:
    """Return `page` with the marks of its other side shining through, mirrored: a tenth of their darkness at most."""
    ink = np.zeros_like(page)
    for bubble in all_bubbles(template):
        if rng.random() < 0.75:  # noqa: PLR2004 - a quarter of them marked
            continue
        x_px, y_px = (template.width_mm - bubble.center.x_mm) * px_per_mm, bubble.center.y_mm * px_per_mm
        rx_px, ry_px = bubble.rx_mm * px_per_mm, bubble.ry_mm * px_per_mm
        window = window_around(x_px, y_px, rx_px, ry_px)
        x, y = window.grid()
        rows, columns = (
            slice(window.top, window.top + window.height),
            slice(window.left, window.left + window.width),
        )
        ink[rows, columns] += np.clip(0.5 - distance_to_ellipse(x - x_px, y - y_px, rx_px, ry_px), 0, 1)
    blurred = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.4 * px_per_mm), np.float64)
    return page * (1 - rng.uniform(0.03, 0.1) * blurred)


def dirty_rollers(picture: Field, rng: np.random.Generator) -> Field:
    """Return a picture with dark bands across it, along rows or columns: at worst two fifths of the light."""
    along = int(rng.integers(2))
    bands = _bands(picture.shape[along], rng, width=picture.shape[along] / rng.uniform(100, 400))
    return picture * (1 - rng.uniform(0.1, 0.4) * (bands[:, None] if along == 0 else bands[None, :]))


def bad_copy(picture: Field, rng: np.random.Generator) -> Field:
    """Return a picture with specks of toner, and dropouts where there should be some."""
    share = rng.uniform(0.0005, 0.004)
    specks = rng.random(picture.shape) < share
    drops = rng.random(picture.shape) < share
    toner = cv2.GaussianBlur(specks.astype(np.float64) * 3, (0, 0), 0.8)
    paper = cv2.GaussianBlur(drops.astype(np.float64) * 3, (0, 0), 0.8)
    darker = picture * (1 - 0.7 * np.clip(toner, 0, 1))
    return np.asarray(darker + (255 - darker) * 0.4 * np.clip(paper, 0, 1), np.float64)


def grain(picture: Field, rng: np.random.Generator) -> Field:
    """Return a picture taken in the dark: noise that a phone's smoothing made two or three pixels wide."""
    height, width = picture.shape
    coarse = rng.normal(0, 1, (height // 2 + 1, width // 2 + 1))
    return picture + rng.uniform(4, 14) * np.asarray(
        cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float64
    )


def glare(picture: Field, rng: np.random.Generator) -> Field:
    """Return a picture with the reflection of a lamp, which takes up to half of the contrast in its middle."""
    height, width = picture.shape
    x0, y0 = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height
    away = ((np.arange(width)[None, :] - x0) / width) ** 2 + ((np.arange(height)[:, None] - y0) / height) ** 2
    light = rng.uniform(0.1, 0.5) * np.exp(-away / (2 * rng.uniform(0.05, 0.15) ** 2))
    return picture + (255 - picture) * light


PRINT_WEAR: Mapping[str, Wear] = {"low_ink": low_ink, "ink_bleed": ink_bleed}
PAPER_WEAR: Mapping[str, Wear] = {"texture": texture, "fold": fold}
PICTURE_WEAR: Mapping[str, Wear] = {
    "dirty_rollers": dirty_rollers,
    "bad_copy": bad_copy,
    "grain": grain,
    "glare": glare,
}


def _bands(count: int, rng: np.random.Generator, width: float) -> Field:
    """Return a profile of soft irregular bands, 0..1, (count,)."""
    profile = cv2.GaussianBlur(rng.normal(0, 1, (count, 1)), (0, 0), max(width, 0.6)).ravel()
    low, high = np.percentile(profile, (40, 99))
    return np.clip((profile - low) / max(float(high - low), 1e-9), 0, 1)
