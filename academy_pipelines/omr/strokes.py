"""Marks that hardly darken a bubble as a whole: ticks, crosses, pale scribbles, seen as what blank print leaves over.

What blank bubbles with the same label look like on this very sheet is averaged, place by place; what remains of a
bubble beyond it, in its darkest places, is measured in deviations of the sheet's own bubbles. So a stroke of a
tenth of the bubble's area stands out from print and noise that its mean darkness drowns in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.omr.bubbles import table_of
from academy_pipelines.omr.sampling import Samples, percentile
from academy_pipelines.omr.template import SheetTemplate, remembered

CELLS = 6
"""Along a bubble's diameter: each a quarter of its radius wide, about a pencil's stroke."""
DARKEST = 4
"""Cells taken for the stroke."""
MIN_DEVIATION = 0.004
"""Of darkness: what grey levels of eight bits and JPEG leave on the cleanest scan."""


@dataclass(frozen=True)
class _Labels:
    """Which of L labels each of N bubbles has, as (L, N) zeros and ones."""

    members: NDArray[np.float32]


def pooling(points: NDArray[np.float64], radius: float) -> NDArray[np.float32]:
    """Return (K, C) weights that average samples at `points` ((K, 2), within `radius`) over cells of a regular grid."""
    cells = np.clip(((points / radius + 1) / 2 * CELLS).astype(int), 0, CELLS - 1)
    names, owner, counts = np.unique(cells[:, 1] * CELLS + cells[:, 0], return_inverse=True, return_counts=True)
    weights = np.zeros((len(points), len(names)), np.float32)
    weights[np.arange(len(points)), owner] = 1 / counts[owner]
    return weights[:, counts >= counts.max() / 2]


def stroke_scores(cells: Samples, is_blank: NDArray[np.bool_], template: SheetTemplate) -> NDArray[np.float64]:
    """Return by how many deviations of the sheet's bubbles the darkest places of each exceed blank print, (N,).

    `cells` is the darkness ((N, C), 0..1, NaN off the picture) in places within each bubble, `is_blank` tells which
    bubbles surely are. Zero where nothing is known.
    """
    members = _labels_of(template).members
    known = np.asarray(np.isfinite(cells).all(axis=1), np.bool_)
    seen = np.where(known[:, None], cells, np.float32(0))
    blank = members * (is_blank & known)
    counts = blank.sum(axis=1, keepdims=True)
    if not counts.any():
        return np.zeros(len(cells))
    common = (blank.sum(axis=0) @ seen) / counts.sum()
    print_of = np.where(counts > 1, (blank @ seen) / np.maximum(counts, 1), common)
    beyond = seen - members.T @ print_of
    darkest: NDArray[np.float32] = np.partition(beyond, -DARKEST, axis=1)[:, -DARKEST:].mean(axis=1)
    middle = percentile(darkest[known], 50)
    deviation = max(middle - percentile(darkest[known], 16), MIN_DEVIATION)
    return np.where(known, (darkest - middle) / deviation, 0.0)


@remembered
def _labels_of(template: SheetTemplate) -> _Labels:
    groups = [like for _, by_label in table_of(template).label_groups for like in by_label]
    members = np.zeros((len(groups), len(table_of(template).centers_mm)), np.float32)
    for row, like in enumerate(groups):
        members[row, like] = 1
    return _Labels(members)
