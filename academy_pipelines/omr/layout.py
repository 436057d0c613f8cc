"""Stage "locate": where every bubble of a template lies in one picture."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

from academy_pipelines.omr.bubbles import table_of
from academy_pipelines.omr.geometry import bent, jacobians, project
from academy_pipelines.omr.registration import Registration
from academy_pipelines.omr.template import SheetTemplate


@dataclass(frozen=True, slots=True)
class BubbleLayout:
    """Every bubble's place in the picture, in the order of `all_bubbles`.

    A bubble's outline is `center + axes @ (cos t, sin t)`: `centers_px` are (x, y), `axes_px` the
    2x2 matrix (row-major xx, xy, yx, yy) that takes the unit circle to the ellipse in the picture.
    """

    centers_px: tuple[tuple[float, float], ...]
    axes_px: tuple[tuple[float, float, float, float], ...]
    px_per_mm: float
    rings_found: tuple[bool, ...] = ()
    """Which bubbles' printed rings are there; empty where that is not known of all."""
    by_prints: bool = False
    """Whether there are no rings, and `rings_found` tells which letters are there."""

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` described."""
        return cls(
            centers_px=tuple((float(x), float(y)) for x, y in data["centers_px"]),
            axes_px=tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in data["axes_px"]),
            px_per_mm=float(data["px_per_mm"]),
            rings_found=tuple(bool(found) for found in data.get("rings_found", ())),
            by_prints=bool(data.get("by_prints", False)),
        )


def locate_bubbles(template: SheetTemplate, registration: Registration) -> BubbleLayout:
    """Return where the bubbles of `template` lie in the picture that `registration` describes."""
    bubbles = table_of(template)
    matrix = registration.matrix
    places_mm = bent(bubbles.centers_mm, registration.bend, (template.width_mm, template.height_mm))
    axes = jacobians(matrix, places_mm) * bubbles.radii_mm[:, None, :] * registration.radius_scale
    places_px = project(matrix, places_mm)
    return BubbleLayout(
        centers_px=tuple((x, y) for x, y in places_px.round(2).tolist()),
        axes_px=tuple((a, b, c, d) for a, b, c, d in axes.reshape(-1, 4).round(3).tolist()),
        px_per_mm=registration.px_per_mm,
        rings_found=registration.rings_found if len(registration.rings_found) == len(places_mm) else (),
        by_prints=registration.by_prints,
    )
