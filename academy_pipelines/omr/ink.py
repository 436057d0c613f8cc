"""Stage "score": how much ink each bubble holds, relative to the paper around and to print.

Ink is the mean darkness within 0.8 radii over the local paper, minus what blank bubbles with the
same printed label show on this very sheet. So neither the shadow over a bubble, nor the ring, nor
the letter "E" being darker than "I" counts as a mark.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.bubbles import MIN_LABEL_BUBBLES, table_of
from academy_pipelines.omr.contrast import local_contrast
from academy_pipelines.omr.layout import BubbleLayout
from academy_pipelines.omr.lossy import is_lossy
from academy_pipelines.omr.sampling import (
    Ellipses,
    Samples,
    circle_points,
    disc_points,
    percentile,
    row_percentile,
    sample_around,
)
from academy_pipelines.omr.settling import settle
from academy_pipelines.omr.strokes import pooling, stroke_scores
from academy_pipelines.omr.template import SheetTemplate

INSIDE_RADII = 0.8
INSIDE_STEPS = 16
"""A step is the pixel and a half that one bilinear sample sees, at 6 px/mm."""
PAPER_RADII = np.array([1.3, 1.4, 1.5, 1.6])
PAPER_ANGLES = 24
PAPER_PERCENTILE = 50.0
"""Of the brightness around a bubble. Higher, and the edge of a shadow over half of it would count as ink."""
BLANK_PERCENTILE = 35.0
"""Of a label's bubbles, where the blank ones are: marks and overflow are above."""
MAX_LABEL_DARKNESS = 0.05
"""How much darker than its group a label's blank level may be; more is a column of marks, not a letter."""
CLEAR_INK = 0.2
"""Ink above this is a mark on any sheet; the sheet's own mark level is their median."""
DEFAULT_INK_LEVEL = 0.4
UNEVEN_NOISE = 0.012
"""Below this deviation of blank bubbles nothing is to be gained from a trend over the page."""
MIN_TREND_BUBBLES = 60
TREND_ROUNDS = 3
TREND_DEVIATIONS = 2.5
NOTICEABLE = 0.8
"""A trend is taken away when that leaves less than this part of the deviation."""
SURELY_BLANK = 0.02
"""Ink below this, or twice the noise, shows what blank print looks like."""
_INSIDE = disc_points(INSIDE_RADII, INSIDE_STEPS)
_POINTS = np.concatenate([_INSIDE, circle_points(PAPER_RADII, PAPER_ANGLES)])
_CELLS = pooling(_INSIDE, INSIDE_RADII)


@dataclass(frozen=True, slots=True)
class FillScores:
    """The ink of every bubble in the order of `all_bubbles`, and what the decisions need.

    `ink` is in -1..1, near 0 when blank, about 0.3 to 0.9 when filled; -1 marks a bubble off the
    picture. `rings_seen` tells whether the bubble's printed ring was found where the ink was measured; it
    is True where the template promises none. `noise` is the standard deviation of blank bubbles,
    `ink_level` a typical mark. `centers_px` (x, y) and `rois_px` (x, y, w, h) say where it was measured.
    """

    ink: tuple[float, ...]
    noise: float
    ink_level: float
    centers_px: tuple[tuple[float, float], ...]
    rois_px: tuple[tuple[float, float, float, float], ...]
    rings_seen: tuple[bool, ...]
    strokes: tuple[float, ...] = ()
    """How far each bubble's darkest places stand out from blank print, in deviations (see `strokes`); or empty."""
    beside: tuple[float, ...] = ()
    """Mean darkness just outside each bubble, 0..1: of overflow, or of what is no mark at all; empty: unknown."""
    px_per_mm: float = 6.0
    """Of the sheet in the picture: below about 3 a ring is hardly a pixel wide."""
    is_lossy: bool = False
    """Whether a threshold broke the printed rings: light pencil is lost in such a picture."""

    def shares(self) -> list[float]:
        """Return the ink of every bubble as the wire has it: 0..1, three decimals."""
        return np.array(self.ink).clip(0.0, 1.0).round(3).tolist()

    def to_json(self) -> dict[str, Any]:
        """Return the fields as they are: numbers, and tuples of numbers, which JSON writes as lists."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` described."""
        return cls(
            ink=tuple(float(value) for value in data["ink"]),
            noise=float(data["noise"]),
            ink_level=float(data["ink_level"]),
            centers_px=tuple((float(x), float(y)) for x, y in data["centers_px"]),
            rois_px=tuple((float(x), float(y), float(w), float(h)) for x, y, w, h in data["rois_px"]),
            rings_seen=tuple(bool(seen) for seen in data["rings_seen"]),
            strokes=tuple(float(value) for value in data.get("strokes", ())),
            beside=tuple(float(value) for value in data.get("beside", ())),
            px_per_mm=float(data.get("px_per_mm", 6.0)),
            is_lossy=bool(data.get("is_lossy", False)),
        )


OFF_PICTURE = -1.0


def score_fills(page: Gray, layout: BubbleLayout, template: SheetTemplate) -> FillScores:
    """Return the ink of every bubble of `template` that `layout` places in `page`."""
    ellipses, found = layout.ellipses, layout.rings_found
    if layout.by_prints and found is not None:
        seen_rings = found
    else:
        ellipses, seen_rings = settle(page, ellipses, template, found)
    inside, beside = darkness_of(page, ellipses)
    darkness = inside.mean(axis=1).clip(0.0, 1.0).astype(np.float64)
    levels = blank_levels(darkness, template)
    contrast = local_contrast(darkness, levels, template)
    ink, noise = flattened(darkness - contrast * levels, table_of(template).centers_mm)
    seen = ink[np.isfinite(ink)]
    cells = (inside @ _CELLS) / contrast[:, None].astype(np.float32)
    strokes = stroke_scores(cells, ink < max(SURELY_BLANK, 2 * noise), template)
    clear = seen[seen > max(CLEAR_INK, 10 * noise)]
    half = np.hypot(ellipses.axes_px[:, :, 0], ellipses.axes_px[:, :, 1])
    boxes = np.concatenate([ellipses.centers_px - half, 2 * half], axis=1).round(1)
    return FillScores(
        ink=tuple(np.nan_to_num(ink, nan=OFF_PICTURE).round(4).tolist()),
        noise=round(noise, 5),
        ink_level=round(percentile(clear, 50), 4) if len(clear) else DEFAULT_INK_LEVEL,
        centers_px=tuple((x, y) for x, y in ellipses.centers_px.round(2).tolist()),
        rois_px=tuple((x, y, w, h) for x, y, w, h in boxes.tolist()),
        rings_seen=tuple(seen_rings.tolist()),
        strokes=tuple(strokes.round(2).tolist()),
        beside=tuple(np.nan_to_num(beside.clip(0.0, 1.0), nan=0.0).round(3).tolist()),
        px_per_mm=layout.px_per_mm,
        is_lossy=is_lossy(page, ellipses, layout.px_per_mm),
    )


def darkness_of(page: Gray, ellipses: Ellipses) -> tuple[Samples, NDArray[np.float32]]:
    """Return the darkness at points all over each ellipse, (N, K), and the mean darkness just outside it, (N,).

    Both are 0 for paper, which is the middle brightness around the ellipse, and 1 for black. They are NaN where the
    ellipse, or half of the paper around it, is off the picture.
    """
    samples = sample_around(page, ellipses, _POINTS)
    inside, around = samples[:, : len(_INSIDE)], samples[:, len(_INSIDE) :]
    paper = row_percentile(around, PAPER_PERCENTILE, min_seen=0.5)
    paper = np.maximum(paper, 1.0).astype(np.float32)
    return 1 - inside / paper[:, None], 1 - around.mean(axis=1) / paper


def flattened(ink: NDArray[np.float64], places_mm: Points) -> tuple[NDArray[np.float64], float]:
    """Return `ink` without what changes smoothly over the page in blank bubbles, if noticeable, and its noise.

    Print is heavier, or less sharp in the picture, at one side than at the other.
    """
    known = np.isfinite(ink)
    if not known.any():
        return ink, 0.0
    noise = _spread(ink[known])
    if noise < UNEVEN_NOISE or known.sum() < MIN_TREND_BUBBLES:
        return ink, noise
    basis = _trend_basis(places_mm)
    level = ink.copy()
    for _ in range(TREND_ROUNDS):
        blank = known & (np.abs(level - percentile(level[known], 40)) < TREND_DEVIATIONS * _spread(level[known]))
        weights = np.linalg.lstsq(basis[blank], ink[blank], rcond=None)[0]
        level = ink - basis @ weights
    even = _spread(level[known])
    return (level, even) if even < NOTICEABLE * noise else (ink, noise)


def _trend_basis(places_mm: Points) -> NDArray[np.float64]:
    """Return the (N, 6) quadratic monomials of places scaled to -1..1."""
    low, high = places_mm.min(axis=0), places_mm.max(axis=0)
    x, y = (2 * (places_mm - low) / np.maximum(high - low, 1e-9) - 1).T
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _spread(values: NDArray[np.float64]) -> float:
    """Return the deviation of blank bubbles among all: most are blank, so that below the middle no mark disturbs it."""
    return percentile(values, 50) - percentile(values, 16)


def blank_levels(darkness: NDArray[np.float64], template: SheetTemplate) -> NDArray[np.float64]:
    """Return what each bubble would show if it were blank, from its label's bubbles on this sheet, (N,)."""
    levels = np.zeros(len(darkness))
    for places, by_label in table_of(template).label_groups:
        values = darkness[places]
        seen = values[np.isfinite(values)]
        if not len(seen):
            continue
        common = percentile(seen, BLANK_PERCENTILE)
        for like in by_label:
            own = darkness[like]
            own = own[np.isfinite(own)]
            level = percentile(own, BLANK_PERCENTILE) if len(own) >= MIN_LABEL_BUBBLES else common
            levels[like] = min(level, common + MAX_LABEL_DARKNESS)
    return levels
