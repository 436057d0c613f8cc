"""Stage "locate": where every bubble of a template lies in one picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.bubbles import table_of
from academy_pipelines.omr.geometry import bent, jacobians, project
from academy_pipelines.omr.registration import Registration
from academy_pipelines.omr.sampling import Ellipses
from academy_pipelines.omr.template import SheetTemplate


@dataclass(frozen=True)
class BubbleLayout:
    """Every bubble's place in the picture, N of them in the order of `all_bubbles`.

    `rings_found`, (N,), tells which bubbles' printed rings are there; None where that is not known of all.
    """

    ellipses: Ellipses
    px_per_mm: float
    rings_found: NDArray[np.bool_] | None = None
    by_prints: bool = False
    """Whether there are no rings, and `rings_found` tells which letters are there."""

    @property
    def centers_px(self) -> Points:
        """The bubbles' middles, (N, 2)."""
        return self.ellipses.centers_px


def locate_bubbles(template: SheetTemplate, registration: Registration) -> BubbleLayout:
    """Return where the bubbles of `template` lie in the picture that `registration` describes."""
    bubbles = table_of(template)
    matrix = registration.matrix
    places_mm = bent(bubbles.centers_mm, registration.bend, (template.width_mm, template.height_mm))
    axes = jacobians(matrix, places_mm) * bubbles.radii_mm[:, None, :] * registration.radius_scale
    found = registration.rings_found
    return BubbleLayout(
        ellipses=Ellipses(project(matrix, places_mm), axes),
        px_per_mm=registration.px_per_mm,
        rings_found=np.array(found, np.bool_) if len(found) == len(places_mm) else None,
        by_prints=registration.by_prints,
    )
