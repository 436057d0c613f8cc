"""Proof of alignment where no rings are printed, or a threshold swallowed them: is there print in each bubble's place?

Many sheets print only the letter or digit that is to be marked. It is darker than the paper around, and so is what
was marked over it. Between two letters, or beside a row, the darker side is outside: a place that is off by more
than half a bubble shows few. Weaker than rings, for a row further on shows the same: only trusted where marks or the
whole pattern leave no other place.
"""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.sampling import Ellipses, circle_points, disc_points, row_percentile, sample_around

INSIDE_RADII = 0.75
INSIDE_STEPS = 12
AROUND_RADII = np.array([1.3, 1.45, 1.6])
AROUND_ANGLES = 24
DARK_PERCENTILE = 12.0
"""Of the brightness: a letter covers a tenth to a fifth of its bubble."""
DARKER_BY = 0.05


def find_prints(page: Gray, ellipses: Ellipses) -> NDArray[np.bool_]:
    """Return which of `ellipses` hold something darker than anything just outside them, (N,)."""
    inside = sample_around(page, ellipses, disc_points(INSIDE_RADII, INSIDE_STEPS))
    around = sample_around(page, ellipses, circle_points(AROUND_RADII, AROUND_ANGLES))
    inner, outer = row_percentile(inside, DARK_PERCENTILE), row_percentile(around, DARK_PERCENTILE)
    return np.asarray(inner < outer * (1 - DARKER_BY), np.bool_)
