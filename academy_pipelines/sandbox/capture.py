"""What scanners and phones do to a sheet: perspective, light, blur, noise, JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, encode_jpeg

Field = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CaptureEffects:
    """How a sheet gets into a file; every effect is drawn anew for each picture, up to its limit.

    Attributes:
        long_side_px: of the picture.
        quarter_turns: how often the picture is turned by 90 degrees clockwise, 0 to 3.
        skew_deg: largest rotation beyond the quarter turns.
        perspective: how far a corner may wander, as a share of the picture's side.
        margin: share of the picture's side that is desk, at each side; 0 means the page fills it.
        desk: grey of what lies under the sheet, 0 to 255.
        exposure: grey of white paper in the brightest place, 0 to 255.
        falloff: how much darker the darkest corner is than the brightest, 0 to 1.
        shadow: depth of one soft shadow across the picture, 0 (none) to 1 (black).
        blur_px: standard deviation of the lens's blur.
        motion_px: length of the camera's shake.
        noise: standard deviation of the sensor's noise, in grey levels.
        jpeg_quality: 1 to 100.
        is_tinted: warm light and a brown desk, in colour, as phones give it; else grey.
    """

    long_side_px: int
    quarter_turns: int = 0
    skew_deg: float = 0.0
    perspective: float = 0.0
    margin: float = 0.0
    desk: float = 250.0
    exposure: float = 250.0
    falloff: float = 0.0
    shadow: float = 0.0
    blur_px: float = 0.0
    motion_px: float = 0.0
    noise: float = 0.0
    jpeg_quality: int = 85
    is_tinted: bool = False


SCAN = CaptureEffects(
    long_side_px=1754, skew_deg=0.5, exposure=248, blur_px=0.6, noise=2.0, jpeg_quality=75, perspective=0.001
)
"""A flat-bed scanner at 150 dpi."""

PHONE = CaptureEffects(
    long_side_px=2000,
    skew_deg=4.0,
    perspective=0.035,
    margin=0.06,
    desk=95,
    exposure=232,
    falloff=0.22,
    shadow=0.18,
    blur_px=0.8,
    motion_px=1.5,
    noise=3.0,
    jpeg_quality=72,
    is_tinted=True,
)
"""A phone over a desk by daylight."""

DIM_PHONE = CaptureEffects(
    long_side_px=1800,
    skew_deg=6.0,
    perspective=0.05,
    margin=0.07,
    desk=45,
    exposure=165,
    falloff=0.45,
    shadow=0.35,
    blur_px=1.1,
    motion_px=2.5,
    noise=6.0,
    jpeg_quality=65,
    is_tinted=True,
)
"""A phone in the evening, in a hurry."""

PRESETS = {"scan": SCAN, "phone": PHONE, "dim_phone": DIM_PHONE}

_WARM_LIGHT_BGR = (0.93, 0.98, 1.0)
_BROWN_DESK_BGR = (0.55, 0.80, 1.05)
_DESK_GRAIN = 0.07
_SHADOW_SOFTNESS = 0.06
"""Width of a shadow's edge, as a share of the picture's side."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """A picture before JPEG: (H, W) grey or (H, W, 3) BGR, and where the sheet lies in it.

    `matrix` (3x3) takes the sheet's pixel coordinates to the picture's, both from the corner of the
    top-left pixel.
    """

    picture: NDArray[np.uint8]
    matrix: Field


def capture(sheet: Gray, effects: CaptureEffects, rng: np.random.Generator) -> bytes:
    """Return `sheet` as a JPEG that a scanner or phone might have made of it."""
    return encode_jpeg(expose(sheet, effects, rng).picture, effects.jpeg_quality)


def expose(sheet: Gray, effects: CaptureEffects, rng: np.random.Generator) -> Exposure:
    """Return what `capture` encodes, and where the sheet lies in it."""
    height, width = sheet.shape
    turned = (height, width) if effects.quarter_turns % 2 else (width, height)
    zoom = effects.long_side_px / max(turned)
    size = (round(turned[0] * zoom), round(turned[1] * zoom))
    matrix = _view((width, height), size, effects, rng)
    paper, share = _laid_on_desk(sheet, matrix, size)
    light = _light(size, effects, rng)
    seen = share * (paper / 255) * effects.exposure + (1 - share) * _desk(size, effects, rng)
    seen = _shaken(seen * light, effects, rng)
    seen += rng.normal(0, max(effects.noise, 1e-9), seen.shape)
    return Exposure(_developed(seen, share, effects), matrix)


def _view(
    sheet_size: tuple[int, int], size: tuple[int, int], effects: CaptureEffects, rng: np.random.Generator
) -> Field:
    """Return the homography from the sheet's pixels to the picture's."""
    width, height = size
    inset = np.array([effects.margin * width, effects.margin * height])
    middle = np.array([width, height]) / 2
    quad = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    quad = middle + (quad - middle) * (1 - 2 * inset / size)
    angle = np.deg2rad(rng.uniform(-effects.skew_deg, effects.skew_deg))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    quad = middle + (quad - middle) @ turn.T
    quad += rng.uniform(-1, 1, quad.shape) * effects.perspective * np.array(size)
    if effects.margin > 0:
        quad = np.clip(quad, 4, np.array(size) - 4)
    sheet_quad = np.array([(0, 0), (sheet_size[0], 0), sheet_size, (0, sheet_size[1])], np.float32)
    seen_quad = np.roll(quad, -effects.quarter_turns, axis=0).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(sheet_quad, seen_quad), np.float64)


def _laid_on_desk(sheet: Gray, matrix: Field, size: tuple[int, int]) -> tuple[Field, Field]:
    """Return the sheet's grey in the picture, and per pixel the share (0 to 1) that is paper."""
    shrink = np.sqrt(1 / abs(np.linalg.det(matrix[:2, :2])))
    smooth = cv2.GaussianBlur(sheet, (0, 0), 0.4 * shrink) if shrink > 1 else sheet
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    between_centres = np.linalg.inv(half) @ matrix @ half
    paper = cv2.warpPerspective(smooth, between_centres, size, flags=cv2.INTER_LINEAR, borderValue=(255.0,))
    share = cv2.warpPerspective(np.full_like(sheet, 255), between_centres, size, flags=cv2.INTER_LINEAR)
    return paper.astype(np.float64), share.astype(np.float64) / 255


def _desk(size: tuple[int, int], effects: CaptureEffects, rng: np.random.Generator) -> Field:
    """Return what lies under the sheet; a tinted one has wood grain along x, 2 px fine and 50 px long."""
    width, height = size
    grain = cv2.resize(rng.normal(0, 1, (height // 2, width // 50)), size, interpolation=cv2.INTER_CUBIC)
    contrast = _DESK_GRAIN * effects.desk if effects.is_tinted else 0.0
    return np.asarray(effects.desk + contrast * grain, np.float64)


def _light(size: tuple[int, int], effects: CaptureEffects, rng: np.random.Generator) -> Field:
    """Return the light on every pixel, 1 in the brightest place."""
    width, height = size
    x, y = np.arange(width)[None, :] / width - 0.5, np.arange(height)[:, None] / height - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    light = 1 - effects.falloff * (along - along.min()) / np.ptp(along)
    angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(-0.25, 0.25)
    beyond = (x * np.cos(angle) + y * np.sin(angle) - edge + 0.05 * np.sin(9 * (x - y))) / _SHADOW_SOFTNESS
    return np.asarray(light * (1 - effects.shadow / (1 + np.exp(-beyond))), np.float64)


def _shaken(seen: Field, effects: CaptureEffects, rng: np.random.Generator) -> Field:
    """Return `seen` through a lens that is not quite sharp, held by a hand that is not quite still."""
    if effects.blur_px > 0:
        seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), effects.blur_px), np.float64)
    length_px = rng.uniform(0, effects.motion_px)
    angle = rng.uniform(0, np.pi)
    if length_px < 1:
        return seen
    side = 2 * int(np.ceil(length_px)) + 1
    offset = np.arange(side) - side // 2
    along = offset[None, :] * np.cos(angle) + offset[:, None] * np.sin(angle)
    across = offset[:, None] * np.cos(angle) - offset[None, :] * np.sin(angle)
    kernel = np.clip(length_px / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    return np.asarray(cv2.filter2D(seen, -1, kernel / kernel.sum()), np.float64)


def _developed(seen: Field, share: Field, effects: CaptureEffects) -> NDArray[np.uint8]:
    if effects.is_tinted:
        mix = share[:, :, None]
        seen = seen[:, :, None] * (mix * np.array(_WARM_LIGHT_BGR) + (1 - mix) * np.array(_BROWN_DESK_BGR))
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)
