"""Pictures that a threshold made black and white, as faxes are, and that may have lost what was pale.

A bubble that looks blank there may have been marked in light pencil. Where print as dark as the bubbles' own rings
broke into dashes, the threshold was low; a coarse picture is a fax, whose threshold knows only ink. Fine thresholded
scans with whole rings keep their pencil too. Of 60 pictures with known marks, grey pixels by the bubbles are less than
a quarter of those that are not paper on the thresholded ones, after JPEG too, and more than two fifths on all others.
"""

import numpy as np

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.sampling import Ellipses, circle_points, disc_points, percentile, sample_around

LOOKED_AT = 48
RADII = np.linspace(0.7, 1.2, 13)
ANGLES = 24
BROKEN = 0.4
"""Darkness of the palest tenth of the rings over that of their middle, below which they are broken."""
MIN_DARKNESS = 0.85
"""Of the rings' darkest tenth: a threshold leaves black, drop-out print and blur do not."""
GREY = (0.25, 0.8)
"""Brightness over paper that is neither black nor white."""
MAX_GREY = 0.3
"""Share of grey among what is not white, pixel by pixel, that JPEG leaves of a threshold."""
FINE_PX_PER_MM = 4.5
"""Scans of 100 dpi and less are faxes."""

_POINTS = circle_points(RADII, ANGLES)
_ALL_OVER = disc_points(1.6, 12)


def is_lossy(page: Gray, ellipses: Ellipses, px_per_mm: float) -> bool:
    """Return whether `page` is black and white, and coarse or with rings at `ellipses` that a threshold broke."""
    count = len(ellipses.centers_px)
    chosen = np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int)
    some = Ellipses(ellipses.centers_px[chosen], ellipses.axes_px[chosen])
    return _is_black_and_white(page, some) and (px_per_mm < FINE_PX_PER_MM or _has_broken_rings(page, some))


def _is_black_and_white(page: Gray, ellipses: Ellipses) -> bool:
    """Return whether single pixels, which no interpolation mixed, are black or white."""
    height_px, width_px = page.shape
    x, y = (ellipses.axes_px @ _ALL_OVER.T + ellipses.centers_px[:, :, None]).transpose(1, 0, 2)
    inside = (x > 0) & (y > 0) & (x < width_px - 1) & (y < height_px - 1)
    pixels = page[np.rint(y[inside]).astype(np.intp), np.rint(x[inside]).astype(np.intp)].astype(np.float32)
    if not len(pixels):
        return False
    brightness = pixels / max(percentile(pixels, 90), 1.0)
    inked = brightness < GREY[1]
    return bool((inked & (brightness > GREY[0])).sum() < MAX_GREY * int(inked.sum()))


def _has_broken_rings(page: Gray, ellipses: Ellipses) -> bool:
    samples = sample_around(page, ellipses, _POINTS)
    samples = samples[np.isfinite(samples).all(axis=1)]
    if not len(samples):
        return False
    brightness = samples / np.float32(max(percentile(samples[:, ::7], 90), 1.0))
    darkness = np.sort(1 - brightness.reshape(-1, len(RADII), ANGLES).min(axis=1), axis=None)
    pale, middle, dark = (float(darkness[round(share * (len(darkness) - 1))]) for share in (0.1, 0.5, 0.9))
    return dark >= MIN_DARKNESS and pale < BROKEN * middle
