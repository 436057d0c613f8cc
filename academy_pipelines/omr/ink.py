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

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.bubbles import table_of
from academy_pipelines.omr.layout import BubbleLayout
from academy_pipelines.omr.lossy import is_lossy
from academy_pipelines.omr.sampling import (
    Ellipses,
    circle_points,
    disc_points,
    percentile,
    row_percentile,
    sample_around,
)
from academy_pipelines.omr.settling import settle
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
MIN_LABEL_BUBBLES = 5
"""Fewer bubbles of one label say nothing about its blank level: the whole group's is used."""
MAX_LABEL_DARKNESS = 0.05
"""How much darker than its group a label's blank level may be; more is a column of marks, not a letter."""
CLEAR_INK = 0.2
"""Ink above this is a mark on any sheet; the sheet's own mark level is their median."""
DEFAULT_INK_LEVEL = 0.4
_INSIDE = disc_points(INSIDE_RADII, INSIDE_STEPS)
_POINTS = np.concatenate([_INSIDE, circle_points(PAPER_RADII, PAPER_ANGLES)])


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
    darkness = darkness_of(page, ellipses)
    ink = darkness - blank_levels(darkness, template)
    seen = ink[np.isfinite(ink)]
    noise = percentile(seen, 50) - percentile(seen, 16) if len(seen) else 0.0
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
        px_per_mm=layout.px_per_mm,
        is_lossy=is_lossy(page, ellipses),
    )


def darkness_of(page: Gray, ellipses: Ellipses) -> NDArray[np.float64]:
    """Return the mean darkness within each ellipse over the paper around it, (N,) 0..1.

    It is NaN where the ellipse, or half of the paper around it, is off the picture.
    """
    samples = sample_around(page, ellipses, _POINTS)
    inside = samples[:, : len(_INSIDE)].mean(axis=1)
    paper = row_percentile(samples[:, len(_INSIDE) :], PAPER_PERCENTILE, min_seen=0.5)
    return np.asarray(np.clip(1 - inside / np.maximum(paper, 1.0), 0.0, 1.0), np.float64)


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
