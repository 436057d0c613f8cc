"""Rows that lie beside their place, by a fold or a template's inaccuracy, are moved onto their own rings."""

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.bend import reach_mm, search_rings
from academy_pipelines.omr.bubbles import BubbleTable, all_bubbles, table_of
from academy_pipelines.omr.rings import RingProof, prove_rings
from academy_pipelines.omr.sampling import Ellipses
from academy_pipelines.omr.template import SheetTemplate

MOVED_BELOW_SHARE = 0.8
"""Rows with more of their rings in place stay where they are."""
COLUMN_NEIGHBOURS = 7
AGREE_RADII = 0.2
"""A row is moved only if most of its rings vote for the same place, within this share of a radius."""


def settle(
    page: Gray, ellipses: Ellipses, template: SheetTemplate, rings_found: NDArray[np.bool_] | None = None
) -> tuple[Ellipses, NDArray[np.bool_]]:
    """Return `ellipses` with displaced rows moved onto their rings, and which rings were then found, (N,).

    Bubbles without a promised ring stay where they are and count as found. `rings_found`, (N,), tells which rings
    are known to be at `ellipses`: they are looked for again only where rows are to be moved.
    """
    table = table_of(template)
    promised = table.is_explicit
    if rings_found is not None and promised.all() and not _lost_rows(rings_found, table):
        return ellipses, rings_found
    if not promised.all():
        seen = np.ones(len(promised), np.bool_)
        if promised.any():
            seen[promised] = prove_rings(page, _some(ellipses, promised)).found
        return ellipses, seen
    proof = prove_rings(page, ellipses)
    lost = _lost_rows(proof.found, table)
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
    table = table_of(template)
    return reach_mm(table.centers_mm) / float(np.median(table.radii_mm))


def _lost_rows(found: NDArray[np.bool_], table: BubbleTable) -> list[slice]:
    """Return the rows of which too few rings were found."""
    starts = np.concatenate([[0], table.row_ends[:-1]])
    shares = np.add.reduceat(found, starts, dtype=np.float64) / (table.row_ends - starts)
    return [row for row, share in zip(table.rows(), shares.tolist(), strict=True) if share < MOVED_BELOW_SHARE]


def _some(ellipses: Ellipses, chosen: NDArray[np.bool_]) -> Ellipses:
    return Ellipses(ellipses.centers_px[chosen], ellipses.axes_px[chosen])
