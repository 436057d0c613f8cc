"""How good a picture of the sheet is: resolution, blur, clipping, contrast, and how much of the print was seen."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.sampling import Ellipses, circle_points, percentile, row_percentile, sample_around

LOOKED_AT = 24
ANGLES = 8
RADII = np.linspace(0.55, 1.45, 31)
OUTSIDE = 5
"""Of the last radii lie on paper."""
BRIGHTEST = 254
MIN_CONTRAST = 4.0
"""Grey levels of an edge below which its width says nothing."""
GOOD_PX_PER_MM = 4.0
GOOD_BLUR_MM = 0.5
GOOD_CONTRAST = 0.25
POOR_PX_PER_MM = 3.0
POOR_BLUR_MM = 0.8
"""Beyond these a printed ring is a pixel wide, or a grey spot, and finding it becomes luck."""
RISE_SHARE = 0.8
"""Of an edge's height lies between 10 and 90 %."""
STRONG_EDGE = 40
"""Grey levels of a printed edge in any usable picture; paper grain and noise stay below."""
STEEPEST_PER_THOUSAND = 1.0
"""Of a picture's strong edges: what was in focus, if anything was."""
_RAYS = circle_points(RADII, ANGLES).reshape(len(RADII), ANGLES, 2).transpose(1, 0, 2).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What limits the reading of one picture.

    `px_per_mm` of the sheet in the picture; `blur_mm` the width over which a printed edge rises (10 to 90 %), None
    where none is strong enough; `clipped_share` of the paper around the bubbles that is pure white; `contrast` of
    the printed rings, 0..1 of the paper; `alignment_share` of the bubbles seen where the template says.
    """

    px_per_mm: float
    blur_mm: float | None
    clipped_share: float
    contrast: float
    alignment_share: float

    @property
    def complaints(self) -> tuple[str, ...]:
        """What a person should do better next time; empty for a good picture."""
        found: list[str] = []
        if self.px_per_mm < GOOD_PX_PER_MM:
            found.append(f"only {self.px_per_mm:.1f} px/mm; go nearer or scan at 150 dpi or more")
        if self.blur_mm is not None and self.blur_mm > GOOD_BLUR_MM:
            found.append(f"blurred over {self.blur_mm:.1f} mm; hold still and focus")
        if self.contrast < GOOD_CONTRAST:
            found.append(f"print has {self.contrast:.0%} contrast; use more light")
        return tuple(found)

    def to_json(self) -> dict[str, float | None]:
        """Return plain numbers."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, float | None]) -> Self:
        """Return what `to_json` described."""
        names = ("px_per_mm", "clipped_share", "contrast", "alignment_share")
        px_per_mm, clipped, contrast, alignment = (float(data[name] or 0) for name in names)
        return cls(px_per_mm, data["blur_mm"], clipped, contrast, alignment)


def measure_quality(page: Gray, ellipses: Ellipses, px_per_mm: float, alignment_share: float) -> QualityReport:
    """Return the quality of `page` around the bubbles at `ellipses`."""
    count = len(ellipses.centers_px)
    chosen = np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int)
    some = Ellipses(ellipses.centers_px[chosen], ellipses.axes_px[chosen])
    samples = np.nan_to_num(sample_around(page, some, _RAYS), copy=False, nan=255.0).reshape(-1, len(RADII))
    outside = samples[:, -OUTSIDE:]
    paper = np.maximum(row_percentile(outside, 50), 1.0)
    darkest = samples.min(axis=1)
    radius_mm = float(np.sqrt(np.abs(np.linalg.det(some.axes_px))).mean()) / max(px_per_mm, 1e-6)
    return QualityReport(
        px_per_mm=round(px_per_mm, 2),
        blur_mm=_blur_mm(samples, paper - darkest, radius_mm),
        clipped_share=round(float((outside >= BRIGHTEST).mean()), 3),
        contrast=round(percentile(1 - darkest / paper, 50), 3),
        alignment_share=round(alignment_share, 4),
    )


def picture_complaints(page: Gray, size_mm: tuple[float, float]) -> tuple[str, ...]:
    """Return what keeps a sheet of `size_mm` from being found in `page`, wherever it lies; empty if nothing is seen.

    The sheet is taken to fill the picture, so that resolution and sharpness can only be worse than told.
    """
    px_per_mm = min(max(page.shape) / max(size_mm), min(page.shape) / min(size_mm))
    found: list[str] = []
    if px_per_mm < POOR_PX_PER_MM:
        found.append(f"the picture has at most {px_per_mm:.1f} px/mm; go nearer or scan at 150 dpi or more")
    blur_mm = _sharpest_edge_px(page, reach_px=round(2 * POOR_BLUR_MM * px_per_mm)) / px_per_mm
    if blur_mm > POOR_BLUR_MM:
        found.append(f"the picture is blurred over {blur_mm:.1f} mm or more; hold still and focus")
    return tuple(found)


def _sharpest_edge_px(page: Gray, reach_px: int) -> float:
    """Return the width of the picture's steepest strong edges, looked at within `reach_px`; 0 where there is none."""
    around = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    heights = cv2.subtract(cv2.dilate(page, around), cv2.erode(page, around))
    across, down = (cv2.Sobel(page, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    strong = heights >= STRONG_EDGE
    if not strong.any():
        return 0.0
    slopes = cv2.magnitude(across, down)[strong]
    steepest = slopes >= np.percentile(slopes, 100 - STEEPEST_PER_THOUSAND / 10)
    return float(np.median(RISE_SHARE * heights[strong][steepest] / np.maximum(slopes[steepest], 1e-3)))


def _blur_mm(samples: NDArray[np.float32], depths: NDArray[np.floating[Any]], radius_mm: float) -> float | None:
    """Return the width of the steepest edges: `RISE_SHARE` of their height over their slope."""
    step_mm = float(RADII[1] - RADII[0]) * radius_mm
    slopes = np.abs(samples[:, 2:] - samples[:, :-2]).max(axis=1) / 2
    strong = (depths > MIN_CONTRAST) & (slopes > 0)
    if not strong.any():
        return None
    return round(percentile(RISE_SHARE * depths[strong] / slopes[strong], 50) * step_mm, 3)
