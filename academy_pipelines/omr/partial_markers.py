"""The page by three marks: all that a sheet has, or those that are left when the fourth is covered or cut off.

Three marks give the page up to perspective: enough for a scanner, and for a photo a start from which the rings are
found. An orientation mark, where the template has one, must confirm it; else the rings alone tell which way up it is.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

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
from academy_pipelines.omr.template import Marker, SheetTemplate

MAX_SHEAR = 0.35
"""Largest cosine between the page's axes in the picture."""
MAX_STRETCH = 0.4
"""Largest |log| ratio of the scales along the page's axes."""
TRIED = 60


def fit_three_markers(template: SheetTemplate, blobs: Blobs) -> list[MarkerFit]:
    """Return affine hypotheses from three marks and the orientation mark, if there is one, best first."""
    fits: list[MarkerFit] = []
    for marks in _triples(template):
        pools = [candidates_for(mark, blobs, POOLS[-1]) for mark in marks]
        if all(len(pool) for pool in pools):
            chosen = np.array(list(itertools.product(*pools)))
            fits.extend(_fits_of(template, blobs, marks, chosen))
    return sorted(fits, key=lambda fit: fit.misfit)


def _triples(template: SheetTemplate) -> list[tuple[Marker, ...]]:
    """Return the marks to look for: the three that there are, or the corners' less one."""
    if len(template.markers) == 3:  # noqa: PLR2004 - as many as are needed
        return [template.markers]
    return list(itertools.combinations(corner_markers(template), 3))


def _fits_of(
    template: SheetTemplate, blobs: Blobs, marks: tuple[Marker, ...], triples: NDArray[np.intp]
) -> list[MarkerFit]:
    points = blobs.centers_px[triples]
    places_mm = np.array([(mark.center.x_mm, mark.center.y_mm) for mark in marks])
    system = np.concatenate([places_mm, np.ones((3, 1))], axis=1)
    affine = np.einsum("ij,njk->nki", np.linalg.inv(system), points)
    across, down = affine[:, :, 0], affine[:, :, 1]
    lengths = np.hypot(*across.T), np.hypot(*down.T)
    area = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        shear = np.abs((across * down).sum(axis=1)) / (lengths[0] * lengths[1])
        stretch = np.abs(np.log(lengths[0] / lengths[1]))
        misfit = _size_misfit(np.log(blobs.side_px[triples] / np.sqrt(area)[:, None]), marks)
    sound = (area > 0) & (shear < MAX_SHEAR) & (stretch < MAX_STRETCH) & (misfit < 0.4)  # noqa: PLR2004 - half as large again
    order = np.flatnonzero(sound)[np.argsort((misfit + 0.3 * (shear + stretch))[sound])][:TRIED]
    if not len(order):
        return []
    matrices = np.stack([_matrix(affine[index]) for index in order])
    there = extras_are_there(template, blobs, matrices) if _has_extras(template) else np.zeros(len(order), np.bool_)
    return [
        MarkerFit(matrix, (int(first), int(second), int(third), -1), float(misfit[index]), extras_found=found)
        for matrix, index, (first, second, third), found in zip(
            matrices, order, triples[order], there.tolist(), strict=True
        )
        if found or not _has_extras(template)
    ]


def _has_extras(template: SheetTemplate) -> bool:
    return len(template.markers) > 3 and bool(extra_markers(template))  # noqa: PLR2004 - three are all at corners


def _size_misfit(logs_mm: NDArray[np.float64], marks: tuple[Marker, ...]) -> NDArray[np.float64]:
    """Return how far (Q, 3) sides are from their printed ones, or from each other: mean |log ratio|, (Q,)."""
    sides = [printed_side_mm(mark) for mark in marks]
    known = np.log([side or np.nan for side in sides])
    expected = np.where(np.isfinite(known), known, logs_mm.mean(axis=1, keepdims=True))
    return np.asarray(np.abs(logs_mm - expected).mean(axis=1), np.float64)


def _matrix(affine: NDArray[np.float64]) -> Matrix:
    return np.vstack([affine, [0.0, 0.0, 1.0]])
