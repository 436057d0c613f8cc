"""How dark the same print is from place to place: a lamp's reflection or an empty cartridge makes it paler.

Most bubbles are blank: one of the palest around each shows its print.
"""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.omr.bubbles import MIN_LABEL_BUBBLES, table_of
from academy_pipelines.omr.template import SheetTemplate, remembered

NEIGHBOURS = 9
"""Bubbles looked at: in three rows of three, marks in one column of each leave most blank."""
MIN_PRINT = 0.02
"""Darkness of blank bubbles below which it tells nothing: pale letters without a ring in reach."""
RANK = 3
"""Of the bubbles around, from the palest: below their middle, for two of three columns may be marked in a row."""
RANGE = (0.4, 1.1)
"""Print is paler in places, hardly ever darker: what seems so is more marks than blank bubbles."""


def local_contrast(
    darkness: NDArray[np.float64], levels: NDArray[np.float64], template: SheetTemplate
) -> NDArray[np.float64]:
    """Return the darkness of print at each of N bubbles over the sheet's, 1 where nothing is known.

    `darkness`, (N,), is that within the bubbles, NaN off the picture; `levels`, (N,), what they show when blank,
    by their label's bubbles all over the sheet.
    """
    known = np.isfinite(darkness) & (levels > MIN_PRINT) & _has_own_level(template)
    relative = np.where(known, darkness / np.maximum(levels, MIN_PRINT), 1.0)
    near = relative[_neighbours(template)]
    rank = min(RANK, near.shape[1] - 1)
    around = np.partition(near, rank, axis=1)[:, rank]
    return np.asarray((around / max(float(np.median(around)), RANGE[0])).clip(*RANGE), np.float64)


@remembered
def _neighbours(template: SheetTemplate) -> NDArray[np.intp]:
    """Return which bubbles are nearest to each, itself among them, (N, `NEIGHBOURS`)."""
    places_mm = table_of(template).centers_mm
    gaps = np.hypot(*(places_mm[:, None, :] - places_mm[None, :, :]).transpose(2, 0, 1))
    return np.argsort(gaps, axis=1, kind="stable")[:, :NEIGHBOURS]


@remembered
def _has_own_level(template: SheetTemplate) -> NDArray[np.bool_]:
    """Return which bubbles' labels are frequent enough for a blank level of their own, (N,)."""
    own = np.zeros(len(table_of(template).centers_mm), np.bool_)
    for _, by_label in table_of(template).label_groups:
        for like in by_label:
            own[like] = len(like) >= MIN_LABEL_BUBBLES
    return own
