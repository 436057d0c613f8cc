"""Rows that lie beside their place, by a fold or a template's inaccuracy, are moved onto their own rings."""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.bend import reach_mm, search_rings
from academy_pipelines.omr.bubbles import all_bubbles, centers_mm, radii_mm
from academy_pipelines.omr.rings import prove_rings
from academy_pipelines.omr.sampling import Ellipses
from academy_pipelines.omr.template import SheetTemplate

MOVED_BELOW_SHARE = 0.8
"""Rows with more of their rings in place stay where they are."""
AGREE_RADII = 0.2
"""A row is moved only if most of its rings vote for the same place, within this share of a radius."""


def settle(page: Gray, ellipses: Ellipses, template: SheetTemplate) -> tuple[Ellipses, NDArray[np.bool_]]:
    """Return `ellipses` with displaced rows moved onto their rings, and which rings were then found, (N,).

    Bubbles without a promised ring stay where they are and count as found.
    """
    promised = np.array([bubble.is_explicit for bubble in all_bubbles(template)], np.bool_)
    if not promised.all():
        seen = np.ones(len(promised), np.bool_)
        if promised.any():
            seen[promised] = prove_rings(page, _some(ellipses, promised)).found
        return ellipses, seen
    proof = prove_rings(page, ellipses)
    lost = [row for row in rows_of(template) if proof.found[row].mean() < MOVED_BELOW_SHARE]
    if not lost:
        return ellipses, proof.found
    bubbles = all_bubbles(template)
    radii = radii_mm(bubbles)
    reach = reach_mm(centers_mm(bubbles)) / float(np.median(radii))
    centers = ellipses.centers_px.copy()
    for row in lost:
        chosen = np.zeros(len(promised), np.bool_)
        chosen[row] = True
        votes = search_rings(page, _some(ellipses, chosen), np.ones((int(chosen.sum()), 2)), reach, proof)
        move = np.median(votes.offsets_mm, axis=0)
        agree = np.hypot(*(votes.offsets_mm - move).T) < AGREE_RADII
        if agree.mean() > 0.5:  # noqa: PLR2004 - most
            centers[row] += np.einsum("nij,j->ni", ellipses.axes_px[row], move)
    moved = Ellipses(centers, ellipses.axes_px)
    again = prove_rings(page, moved)
    better = again.found.sum() > proof.found.sum()
    return (moved, again.found) if better else (ellipses, proof.found)


def rows_of(template: SheetTemplate) -> list[slice]:
    """Return the places of each question's and each digit's bubbles in the order of `all_bubbles`."""
    sizes = [len(question.bubbles) for question in template.questions]
    sizes += [len(column.bubbles) for column in template.identifier]
    ends = np.cumsum(sizes)
    return [slice(int(end) - size, int(end)) for size, end in zip(sizes, ends, strict=True)]


def _some(ellipses: Ellipses, chosen: NDArray[np.bool_]) -> Ellipses:
    return Ellipses(ellipses.centers_px[chosen], ellipses.axes_px[chosen])
