"""Pictures that a threshold made black and white, as faxes are, and that lost what was pale.

Where print as dark as the bubbles' own rings broke into dashes, light pencil is gone without a trace: a bubble
that looks blank there may have been marked. Fine thresholded scans keep their rings whole and their pencil too.
On 75 pictures with known marks the one that lost light marks had 6 % darkness in the palest tenth of its rings
against 48 % in the middle of them; every other kept more than two thirds.
"""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.sampling import Ellipses, circle_points, percentile, sample_around

LOOKED_AT = 48
RADII = np.linspace(0.7, 1.2, 13)
ANGLES = 24
BROKEN = 0.4
"""Darkness of the palest tenth of the rings over that of their middle, below which they are broken."""
MIN_DARKNESS = 0.85
"""Of the rings' darkest tenth: a threshold leaves black, drop-out print and blur do not."""
GREY = (0.15, 0.85)
"""Brightness over paper that is neither black nor white."""
MAX_GREY = 0.9
"""Share of grey among what is not white, around the bubbles, that resampling and JPEG leave of a threshold."""

_POINTS = circle_points(RADII, ANGLES)


def is_lossy(page: Gray, ellipses: Ellipses) -> bool:
    """Return whether the printed rings at `ellipses` were broken by a threshold."""
    count = len(ellipses.centers_px)
    chosen = np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int)
    some = Ellipses(ellipses.centers_px[chosen], ellipses.axes_px[chosen])
    samples = sample_around(page, some, _POINTS)
    samples = samples[np.isfinite(samples).all(axis=1)]
    if not len(samples):
        return False
    light = max(percentile(samples[:, ::7], 90), 1.0)
    return _is_broken(samples / np.float32(light))


def _is_broken(brightness: NDArray[np.float32]) -> bool:
    darkness = np.sort(1 - brightness.reshape(-1, len(RADII), ANGLES).min(axis=1), axis=None)
    pale, middle, dark = (float(darkness[round(share * (len(darkness) - 1))]) for share in (0.1, 0.5, 0.9))
    if dark < MIN_DARKNESS or pale >= BROKEN * middle:
        return False
    inked = brightness < GREY[1]
    return bool((inked & (brightness > GREY[0])).sum() < MAX_GREY * max(int(inked.sum()), 1))
