"""Where the page may lie in a picture, method by method, each with its likeliest place."""

from collections.abc import Iterator

import numpy as np

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.alignment import QUICK_RINGS, Alignment, RingTargets, proved
from academy_pipelines.omr.blobs import Blobs, find_blobs
from academy_pipelines.omr.geometry import corners_of, fit_homography
from academy_pipelines.omr.markers import POOLS, MarkerFit, corner_markers, fit_markers
from academy_pipelines.omr.outline import matches_aspect, paper_edges, printed_borders
from academy_pipelines.omr.partial_markers import fit_three_markers
from academy_pipelines.omr.refine import refine_markers
from academy_pipelines.omr.template import SheetTemplate

QUICK_LONG_SIDE_PX = 500
"""Marks of a sheet that fills the picture are found at this size, in half the time: a 3 mm mark covers 4 px."""
MAX_MARKER_FITS = 10
SURE_MISFIT = 0.25
"""Marks that agree with their printed sizes within a quarter, and with the orientation mark, prove themselves."""
FOUND_SHARE = 0.25
"""Four marks with this share of rings are the sheet's, bent perhaps: no other four are looked for."""
CERTAIN_SHARE = 0.3
"""Marks that prove themselves and show this share of rings, bent perhaps, are not compared with others."""
CLEAR_SHARE = 0.6
"""A hypothesis with this share of rings is not compared with further ones of the same method."""


def by_markers(page: Gray, template: SheetTemplate, targets: RingTargets) -> Alignment | None:
    """Return the likeliest place of the page by its four marks, or by three; None without."""
    if len(template.markers) < 3:  # noqa: PLR2004 - a page needs three
        return None
    are_solid = all(mark.kind.lower().startswith("square") for mark in template.markers)
    if are_solid and targets.are_explicit:
        large = find_blobs(page, are_solid=True, long_side_px=QUICK_LONG_SIDE_PX)
        certain = _certain(page, template, targets, large, fit_markers(template, large, page.size, POOLS[0]))
        if certain is not None:
            return certain
    blobs = find_blobs(page, are_solid=are_solid)
    found: list[Alignment] = []
    for pool in POOLS:
        fits = fit_markers(template, blobs, page.size, pool)[:MAX_MARKER_FITS]
        if not targets.are_explicit:
            fits = [fit for fit in fits if _is_sure(fit)][:1]
        certain = _certain(page, template, targets, blobs, fits)
        if certain is not None:
            return certain
        best = _likeliest(page, targets, (_from_marks(page, template, blobs, fit) for fit in fits))
        if best is not None and (best.share >= FOUND_SHARE or best.is_sure):
            return best
        found += [best] if best is not None else []
    three = _likeliest(page, targets, _from_three_marks(template, blobs))
    found += [three] if three is not None else []
    return max(found, key=lambda one: one.share, default=None)


def by_outline(page: Gray, template: SheetTemplate, targets: RingTargets) -> Alignment | None:
    """Return the likeliest place of the page by the paper's edge."""
    return _likeliest(page, targets, _turned(paper_edges(page), template, "outline"))


def by_border(page: Gray, template: SheetTemplate, targets: RingTargets) -> Alignment | None:
    """Return the likeliest place of the page by a printed border."""
    return _likeliest(page, targets, _turned(printed_borders(page), template, "border"))


def by_full_page(page: Gray, template: SheetTemplate, targets: RingTargets) -> Alignment | None:
    """Return the page filling the picture, in the likeliest of its rotations."""
    height_px, width_px = page.shape
    picture = corners_of(width_px, height_px) - 0.5
    return _likeliest(page, targets, _turned([picture], template, "full_page"))


def _certain(
    page: Gray, template: SheetTemplate, targets: RingTargets, blobs: Blobs, fits: list[MarkerFit]
) -> Alignment | None:
    """Return the first of `fits`, proved, when its marks prove themselves and rings do not gainsay it."""
    if not fits or not _is_sure(fits[0]) or not targets.are_explicit:
        return None
    first = proved(page, targets, _from_marks(page, template, blobs, fits[0]))
    return first if first.share >= CERTAIN_SHARE else None


def _from_marks(page: Gray, template: SheetTemplate, blobs: Blobs, fit: MarkerFit) -> Alignment:
    corners = corner_markers(template)
    index = np.array(fit.blob_index)
    places_px = refine_markers(page, corners, blobs.centers_px[index], blobs.side_px[index])
    places_mm = np.array([(mark.center.x_mm, mark.center.y_mm) for mark in corners])
    pins = tuple((float(x), float(y)) for x, y in places_mm)
    matrix = fit_homography(places_mm, places_px)
    return Alignment(matrix, "markers", pins_mm=pins, is_upright_known=fit.extras_found, is_sure=_is_sure(fit))


def _from_three_marks(template: SheetTemplate, blobs: Blobs) -> Iterator[Alignment]:
    for fit in fit_three_markers(template, blobs)[:MAX_MARKER_FITS]:
        yield Alignment(fit.matrix, "markers", is_upright_known=fit.extras_found)


def _is_sure(fit: MarkerFit) -> bool:
    return fit.extras_found and fit.misfit < SURE_MISFIT


def _turned(quads: list[Points], template: SheetTemplate, method: str) -> Iterator[Alignment]:
    page_mm = corners_of(template.width_mm, template.height_mm)
    for quad in quads:
        for turn in range(4):
            corners = np.roll(quad, -turn, axis=0)
            if matches_aspect(corners, template.width_mm, template.height_mm):
                yield Alignment(fit_homography(page_mm, corners), method)


def _likeliest(page: Gray, targets: RingTargets, candidates: Iterator[Alignment]) -> Alignment | None:
    best: Alignment | None = None
    few = targets.subset(QUICK_RINGS)
    for candidate in candidates:
        if not np.isfinite(candidate.matrix).all() or abs(np.linalg.det(candidate.matrix)) < 1e-12:  # noqa: PLR2004 - no plane at all
            continue
        judged = proved(page, few, candidate)
        if best is None or judged.share > best.share:
            best = judged
        if best.share >= CLEAR_SHARE:
            break
    return best
