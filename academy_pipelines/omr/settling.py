"""Rows that lie beside their place, by a fold or a template's inaccuracy, are moved onto their own rings."""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.bend import reach_mm, search_rings
from academy_pipelines.omr.bubbles import all_bubbles, centers_mm, radii_mm
from academy_pipelines.omr.rings import RingProof, prove_rings
from academy_pipelines.omr.sampling import Ellipses
from academy_pipelines.omr.template import SheetTemplate

MOVED_BELOW_SHARE = 0.8
"""Rows with more of their rings in place stay where they are."""
COLUMN_NEIGHBOURS = 7
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
    by_row = _moved(ellipses, _row_moves(page, ellipses, template, proof, lost))
    again = prove_rings(page, by_row)
    if again.found.sum() > proof.found.sum():
        ellipses, proof = by_row, again
    if proof.found.mean() >= MOVED_BELOW_SHARE and all(proof.found[row].mean() >= MOVED_BELOW_SHARE for row in lost):
        return ellipses, proof.found
    return _settle_one_by_one(page, ellipses, template, proof)


def _row_moves(
    page: Gray, ellipses: Ellipses, template: SheetTemplate, proof: RingProof, lost: list[slice]
) -> NDArray[np.float64]:
    """Return by how many radii each bubble of the rows `lost` moves with its row, (N, 2)."""
    moves = np.zeros((len(ellipses.centers_px), 2))
    reach = _reach_radii(template)
    for row in lost:
        chosen = np.zeros(len(moves), np.bool_)
        chosen[row] = True
        votes = search_rings(page, _some(ellipses, chosen), np.ones((int(chosen.sum()), 2)), reach, proof)
        move = np.median(votes.offsets_mm, axis=0)
        agree = np.hypot(*(votes.offsets_mm - move).T) < AGREE_RADII
        if agree.mean() > 0.5:  # noqa: PLR2004 - most
            moves[row] = move
    return moves


def _settle_one_by_one(
    page: Gray, ellipses: Ellipses, template: SheetTemplate, proof: RingProof
) -> tuple[Ellipses, NDArray[np.bool_]]:
    """Move each lost bubble as the nearest bubbles of its label vote, where its own ring is then found.

    Templates measured from pictures have whole columns beside their place.
    """
    labels = np.array([bubble.label for bubble in all_bubbles(template)])
    votes = search_rings(page, ellipses, np.ones((len(labels), 2)), _reach_radii(template), proof).offsets_mm
    moves = np.zeros_like(votes)
    for index in np.flatnonzero(~proof.found):
        like = np.flatnonzero(labels == labels[index])
        away = np.hypot(*(ellipses.centers_px[like] - ellipses.centers_px[index]).T)
        near = like[np.argsort(away)[:COLUMN_NEIGHBOURS]]
        move = np.median(votes[near], axis=0)
        if (np.hypot(*(votes[near] - move).T) < AGREE_RADII).mean() > 0.5:  # noqa: PLR2004 - most
            moves[index] = move
    moved = _moved(ellipses, moves)
    found = prove_rings(page, moved).found
    kept = found & ~proof.found
    return Ellipses(
        np.where(kept[:, None], moved.centers_px, ellipses.centers_px), ellipses.axes_px
    ), proof.found | kept


def _moved(ellipses: Ellipses, moves: NDArray[np.float64]) -> Ellipses:
    return Ellipses(ellipses.centers_px + np.einsum("nij,nj->ni", ellipses.axes_px, moves), ellipses.axes_px)


def _reach_radii(template: SheetTemplate) -> float:
    bubbles = all_bubbles(template)
    return reach_mm(centers_mm(bubbles)) / float(np.median(radii_mm(bubbles)))


def rows_of(template: SheetTemplate) -> list[slice]:
    """Return the places of each question's and each digit's bubbles in the order of `all_bubbles`."""
    sizes = [len(question.bubbles) for question in template.questions]
    sizes += [len(column.bubbles) for column in template.identifier]
    ends = np.cumsum(sizes)
    return [slice(int(end) - size, int(end)) for size, end in zip(sizes, ends, strict=True)]


def _some(ellipses: Ellipses, chosen: NDArray[np.bool_]) -> Ellipses:
    return Ellipses(ellipses.centers_px[chosen], ellipses.axes_px[chosen])
