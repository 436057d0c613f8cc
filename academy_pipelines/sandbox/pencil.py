"""How people mark bubbles: nine kinds of mark and correction fluid, on the pixels around one bubble.

Sizes are in millimetres or shares of the bubble's radius. Darkness is the share of light that a
mark takes away, in grey: a soft pencil 0.8, a hard one 0.3, the remains of an erasure less than 0.12; a red,
green or blue pen, whose colour a grey picture does not keep, 0.38 to 0.68.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np

from academy_pipelines.omr.template import Bubble
from academy_pipelines.sandbox.raster import Field, Window, distance_to_ellipse, stroke_coverage, window_around

MarkKind = Literal["full", "pencil_light", "coloured", "tick", "cross", "scribble", "partial", "overflow", "erased"]
MARK_KINDS: tuple[MarkKind, ...] = (
    "full", "pencil_light", "coloured", "tick", "cross", "scribble", "partial", "overflow", "erased",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Filling:
    """A mark that fills: its size in radii and its darkness, each as a range to draw from."""

    size: tuple[float, float]
    darkness: tuple[float, float]
    jitter_mm: float = 0.15
    edge_mm: float = 0.0


_FILLINGS: dict[MarkKind, _Filling] = {
    "full": _Filling(size=(0.92, 1.08), darkness=(0.74, 0.92)),
    "pencil_light": _Filling(size=(0.90, 1.02), darkness=(0.28, 0.40)),
    "coloured": _Filling(size=(0.90, 1.05), darkness=(0.38, 0.68)),
    "partial": _Filling(size=(0.92, 1.02), darkness=(0.70, 0.88)),
    "overflow": _Filling(size=(1.30, 1.48), darkness=(0.74, 0.92), jitter_mm=0.3),
    "erased": _Filling(size=(1.05, 1.20), darkness=(0.05, 0.11), edge_mm=0.5),
}
_STROKES: dict[MarkKind, tuple[tuple[tuple[float, float], ...], ...]] = {
    "tick": (((-0.75, -0.10), (-0.20, 0.75), (1.05, -1.15)),),
    "cross": (((-0.85, -0.85), (0.85, 0.85)), ((-0.85, 0.85), (0.85, -0.85))),
}
"""Polylines in radii from the bubble's middle, y downwards."""

_STROKE_MM = (0.55, 0.80)
_STROKE_DARKNESS = (0.75, 0.92)
_SCRIBBLE_TURNS = (5, 9)
_SCRIBBLE_REACH = (0.85, 1.1)
"""Of a zigzag across the bubble, in radii; its strokes leave paper between them."""
_SCRIBBLE_MM = (0.35, 0.55)
_FLUID_SIZE = (1.05, 1.5)
_WOBBLE = 0.05
_PARTIAL_SHARE = (0.50, 0.65)
"""How much of its width a partial mark covers, from one side."""


def mark_ink(kind: MarkKind, bubble: Bubble, px_per_mm: float, rng: np.random.Generator) -> tuple[Window, Field]:
    """Return where a mark on `bubble` lies, and per pixel the share in [0, 1] of light that it takes."""
    if kind == "scribble":
        return _strokes((_zigzag(rng),), _SCRIBBLE_MM, bubble, px_per_mm, rng)
    if kind in _STROKES:
        return _strokes(_STROKES[kind], _STROKE_MM, bubble, px_per_mm, rng)
    return _filling(kind, bubble, px_per_mm, rng)


def fluid_cover(bubble: Bubble, px_per_mm: float, rng: np.random.Generator) -> tuple[Window, Field]:
    """Return where a dab of correction fluid on `bubble` lies, and how much of each pixel it hides, 0..1."""
    middle = _middle_px(bubble, 0.2, px_per_mm, rng)
    rx_px, ry_px = bubble.rx_mm * px_per_mm, bubble.ry_mm * px_per_mm
    window = window_around(float(middle[0]), float(middle[1]), 1.9 * rx_px, 1.9 * ry_px)
    x_px, y_px = window.grid()
    dx_px, dy_px = x_px - middle[0], y_px - middle[1]
    size = rng.uniform(*_FLUID_SIZE) * _wobbling(np.arctan2(dy_px / ry_px, dx_px / rx_px), rng)
    distance_px = distance_to_ellipse(dx_px / size, dy_px / size, rx_px, ry_px) * size
    return window, np.clip(0.5 - distance_px / (0.2 * px_per_mm), 0.0, 1.0)


def _filling(kind: MarkKind, bubble: Bubble, px_per_mm: float, rng: np.random.Generator) -> tuple[Window, Field]:
    style = _FILLINGS[kind]
    middle = _middle_px(bubble, style.jitter_mm, px_per_mm, rng)
    rx_px, ry_px = bubble.rx_mm * px_per_mm, bubble.ry_mm * px_per_mm
    window = window_around(float(middle[0]), float(middle[1]), 1.8 * rx_px, 1.8 * ry_px)
    x_px, y_px = window.grid()
    dx_px, dy_px = x_px - middle[0], y_px - middle[1]
    size = rng.uniform(*style.size) * _wobbling(np.arctan2(dy_px / ry_px, dx_px / rx_px), rng)
    distance_px = distance_to_ellipse(dx_px / size, dy_px / size, rx_px, ry_px) * size
    cover = np.clip(0.5 - distance_px / (1 + style.edge_mm * px_per_mm), 0.0, 1.0)
    if kind == "partial":
        cover = cover * _one_side(dx_px / rx_px, dy_px / ry_px, rng)
    return window, cover * rng.uniform(*style.darkness) * _grain(window, px_per_mm, rng)


def _zigzag(rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """Return a scribble to and fro across the bubble, at any angle, in radii."""
    turns = int(rng.integers(*_SCRIBBLE_TURNS)) + 1
    across = np.linspace(-1, 1, turns) * rng.uniform(*_SCRIBBLE_REACH)
    along = np.where(np.arange(turns) % 2, 1.0, -1.0) * rng.uniform(*_SCRIBBLE_REACH) * np.sqrt(1 - (0.8 * across) ** 2)
    angle = rng.uniform(0, np.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    return tuple(zip((across * cosine - along * sine).tolist(), (across * sine + along * cosine).tolist(), strict=True))


def _strokes(
    polylines: tuple[tuple[tuple[float, float], ...], ...],
    width_mm: tuple[float, float],
    bubble: Bubble,
    px_per_mm: float,
    rng: np.random.Generator,
) -> tuple[Window, Field]:
    middle = _middle_px(bubble, 0.2, px_per_mm, rng)
    radii = np.array([bubble.rx_mm, bubble.ry_mm]) * px_per_mm
    window = window_around(float(middle[0]), float(middle[1]), 2.0 * float(radii[0]), 2.0 * float(radii[1]))
    cover = np.zeros((window.height, window.width))
    width_px = rng.uniform(*width_mm) * px_per_mm
    for polyline in polylines:
        corners = [middle + (np.array(corner) + rng.normal(0, 0.06, 2)) * radii for corner in polyline]
        for start, end in pairwise(corners):
            part, stroke = stroke_coverage(start, end, width_px)
            rows = slice(part.top - window.top, part.top - window.top + part.height)
            columns = slice(part.left - window.left, part.left - window.left + part.width)
            cover[rows, columns] = np.maximum(cover[rows, columns], stroke)
    return window, cover * rng.uniform(*_STROKE_DARKNESS) * _grain(window, px_per_mm, rng)


def _middle_px(bubble: Bubble, jitter_mm: float, px_per_mm: float, rng: np.random.Generator) -> Field:
    jitter = np.clip(rng.normal(0, jitter_mm, 2), -2 * jitter_mm, 2 * jitter_mm)
    return (np.array([bubble.center.x_mm, bubble.center.y_mm]) + jitter) * px_per_mm


def _wobbling(angle: Field, rng: np.random.Generator) -> Field:
    """Return a hand-drawn outline: a radius around 1 for every angle, of five low harmonics."""
    radius = np.ones_like(angle)
    for harmonic in range(2, 7):
        radius += rng.normal(0, _WOBBLE / harmonic) * np.cos(harmonic * angle + rng.uniform(0, 2 * np.pi))
    return radius


def _one_side(x: Field, y: Field, rng: np.random.Generator) -> Field:
    angle, edge = rng.uniform(0, 2 * np.pi), 2 * rng.uniform(*_PARTIAL_SHARE) - 1
    along = x * np.cos(angle) + y * np.sin(angle)
    return np.clip((edge - along) / 0.15 + 0.5, 0.0, 1.0)


def _grain(window: Window, px_per_mm: float, rng: np.random.Generator) -> Field:
    """Return pencil on paper, around 0.95: hatching 0.5 mm apart in one direction, and tooth of 0.15 mm."""
    x_px, y_px = window.grid()
    angle = rng.uniform(-np.pi / 3, np.pi / 3)
    across_mm = (x_px * np.sin(angle) + y_px * np.cos(angle)) / px_per_mm
    hatching = 0.05 * np.sin(2 * np.pi * across_mm / 0.5 + rng.uniform(0, 2 * np.pi))
    tooth = rng.normal(0, 1, (window.height, window.width))
    tooth = cv2.GaussianBlur(tooth, (0, 0), max(0.15 * px_per_mm, 0.5))
    return np.clip(0.93 + hatching + 0.08 * tooth, 0.5, 1.0)
