"""The page by three corner marks when the fourth is covered or outside the picture.

Three marks give the page up to perspective: enough for a scanner, and for a photo a start from
which the rings are found. The orientation mark must confirm it.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.blobs import Blobs
from academy_pipelines.omr.geometry import Matrix
from academy_pipelines.omr.markers import (
    POOLS,
    MarkerFit,
    candidates_for,
    corner_markers,
    extra_markers,
    extras_are_there,
    printed_side_mm,
)
from academy_pipelines.omr.template import SheetTemplate

MAX_SHEAR = 0.35
"""Largest cosine between the page's axes in the picture."""
MAX_STRETCH = 0.4
"""Largest |log| ratio of the scales along the page's axes."""
TRIED = 60


def fit_three_markers(template: SheetTemplate, blobs: Blobs) -> list[MarkerFit]:
    """Return affine hypotheses from three marks and a confirmed orientation mark, best first."""
    corners = corner_markers(template)
    sides = [printed_side_mm(mark) for mark in corners]
    if not extra_markers(template) or not corners or any(side is None for side in sides):
        return []
    places_mm = np.array([(mark.center.x_mm, mark.center.y_mm) for mark in corners])
    pools = [candidates_for(mark, blobs, POOLS[-1]) for mark in corners]
    fits: list[MarkerFit] = []
    for missing in range(4):
        seen = [role for role in range(4) if role != missing]
        if not all(len(pools[role]) for role in seen):
            continue
        triples = np.array(list(itertools.product(*(pools[role] for role in seen))))
        side_mm = np.array([side for role, side in enumerate(sides) if role in seen and side], np.float64)
        fits.extend(_fits_of(template, blobs, places_mm[seen], side_mm, triples))
    return sorted(fits, key=lambda fit: fit.misfit)


def _fits_of(
    template: SheetTemplate, blobs: Blobs, places_mm: Points, side_mm: NDArray[np.float64], triples: NDArray[np.intp]
) -> list[MarkerFit]:
    points = blobs.centers_px[triples]
    system = np.concatenate([places_mm, np.ones((3, 1))], axis=1)
    affine = np.einsum("ij,njk->nki", np.linalg.inv(system), points)
    across, down = affine[:, :, 0], affine[:, :, 1]
    lengths = np.hypot(*across.T), np.hypot(*down.T)
    area = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        shear = np.abs((across * down).sum(axis=1)) / (lengths[0] * lengths[1])
        stretch = np.abs(np.log(lengths[0] / lengths[1]))
        misfit = np.abs(np.log(blobs.side_px[triples] / np.sqrt(area)[:, None] / side_mm)).mean(axis=1)
    sound = (area > 0) & (shear < MAX_SHEAR) & (stretch < MAX_STRETCH) & (misfit < 0.4)  # noqa: PLR2004 - half as large again
    order = np.flatnonzero(sound)[np.argsort((misfit + 0.3 * (shear + stretch))[sound])][:TRIED]
    if not len(order):
        return []
    fits = [(_matrix(affine[i]), triples[i], float(misfit[i])) for i in order]
    there = extras_are_there(template, blobs, np.stack([matrix for matrix, _, _ in fits]))
    return [
        MarkerFit(matrix, (int(t[0]), int(t[1]), int(t[2]), -1), misfit, extras_found=True)
        for (matrix, t, misfit), found in zip(fits, there.tolist(), strict=True)
        if found
    ]


def _matrix(affine: NDArray[np.float64]) -> Matrix:
    return np.vstack([affine, [0.0, 0.0, 1.0]])
