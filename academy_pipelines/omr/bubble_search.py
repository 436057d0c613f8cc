"""The page by its printed bubbles, for sheets without registration marks or with marks that cannot be found."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.alignment import Alignment, RingTargets, proved
from academy_pipelines.omr.blobs import paper_level, shrink
from academy_pipelines.omr.geometry import Matrix, corners_of, project
from academy_pipelines.omr.lattice import Grid, Placement, ShapeMap, judge
from academy_pipelines.omr.outline import paper_edges, printed_borders
from academy_pipelines.omr.placement import GOOD, Evidence, find_places, is_clear_lead, is_same_place, page_distance_mm
from academy_pipelines.omr.shapes import find_shapes
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.omr.uniqueness import grid_steps_mm, shifted

LOOKED_AT = 14
"""Places whose rings are looked at."""
WIDE = 0.42
"""Distance in pitches within which a shape is a bubble's, when places on one grid are compared."""
MIN_SEEN = 0.85
"""Share of bubbles that must be seen: a page cut off by the picture's edge shows fewer."""
NEAR_PAGE_MM = 10.0
"""Corners of the page this near to a seen outline, on average, are taken for it."""
PAGE_LEAD_MM = 6.0
PAPER_LONG_SIDE_PX = 500
PAPER_INSET = 0.02
PAPER_BRIGHTNESS = 0.6
"""Of the paper by the bubbles: shadows are brighter, most tables darker."""
ON_PAPER = 0.95
OFF_PAPER = 0.8
OUTLINE_OVER_RADIUS = 0.96
"""Middle of the printed line over the outer size of its shape."""
SAME_SIZE = 0.13
"""Printed radii this near the template's, as a natural logarithm, are the template's."""


@dataclass(frozen=True)
class _Scene:
    """A picture and what is looked for in it."""

    page: Gray
    targets: RingTargets
    grid: Grid
    pages: list[Points]
    """Outlines that may be the page's, (4, 2) px each."""


@dataclass(frozen=True)
class _Candidate:
    alignment: Alignment
    evidence: Evidence
    """Which bubbles were seen, as a shape of the right size near by or as a ring."""

    @property
    def share(self) -> float:
        return float(self.evidence.seen.mean())


def by_bubbles(page: Gray, _template: SheetTemplate, targets: RingTargets) -> Alignment | None:
    """Return the place of the page by its printed bubbles; unless `is_unique`, others fit as well. None without."""
    steps = grid_steps_mm(targets.places_mm)
    pitches = tuple(max((abs(step[axis]) for step in steps), default=0.0) for axis in (0, 1))
    if not all(pitches):
        return None
    grid = Grid.of(targets.places_mm, targets.radii_mm, (pitches[0], pitches[1]))
    height_px, width_px = page.shape
    quads = [*paper_edges(page), *printed_borders(page)]
    scene = _Scene(page, targets, grid, [*quads, corners_of(width_px, height_px) - 0.5])
    best: Alignment | None = None
    for closely in (False, True):
        shapes = find_shapes(page, closely=closely)
        places = find_places(grid, shapes, quads, targets.size_mm)[:LOOKED_AT]
        if not places:
            continue
        chosen = _choose(scene, ShapeMap(shapes), places)
        if best is None or chosen.is_unique or chosen.shapes_share > best.shapes_share:
            best = chosen
        if chosen.is_unique and chosen.shapes_share >= GOOD:
            break
    return best


def _choose(scene: _Scene, lookup: ShapeMap, places: list[Placement]) -> Alignment:
    candidates = [_looked_at(scene, lookup, place) for place in places]
    best = max(candidates, key=lambda one: one.share)
    beside = [shifted(best.alignment, step).matrix for step in grid_steps_mm(scene.targets.places_mm)]
    candidates += [_looked_at(scene, lookup, judge(matrix, scene.grid, lookup)) for matrix in beside]
    best = max(candidates, key=lambda one: one.share)
    tied = [one for one in candidates if one is best or not _beats(best, one, scene)]
    if len(tied) > 1:
        tied = _told_by_page(tied, scene)
    if len(tied) > 1:
        tied = _told_by_paper(tied, scene)
    if len(tied) == 1 and tied[0].share >= MIN_SEEN:
        return replace(tied[0].alignment, is_unique=True)
    return best.alignment


def _beats(best: _Candidate, rival: _Candidate, scene: _Scene) -> bool:
    return is_same_place(best.evidence, rival.evidence, scene.grid) or is_clear_lead(
        best.evidence, rival.evidence, scene.grid
    )


def _looked_at(scene: _Scene, lookup: ShapeMap, place: Placement) -> _Candidate:
    scale = OUTLINE_OVER_RADIUS * place.diameter_mm / scene.grid.diameter_mm
    if abs(np.log(scale)) < SAME_SIZE:
        scale = 1.0
    alignment = proved(scene.page, scene.targets, Alignment(place.matrix, "bubbles", radius_scale=scale))
    seen = judge(place.matrix, scene.grid, lookup, WIDE).met | alignment.proof.found
    return _Candidate(replace(alignment, shapes_share=float(seen.mean())), Evidence(place.matrix, seen))


def _told_by_page(tied: list[_Candidate], scene: _Scene) -> list[_Candidate]:
    """Return the one whose page lies on a seen outline, if it is the only one, else all."""
    away = [page_distance_mm(one.alignment.matrix, scene.targets.size_mm, scene.pages) for one in tied]
    order = np.argsort(away)
    nearest, next_mm = away[order[0]], away[order[1]]
    if nearest < NEAR_PAGE_MM and next_mm > max(nearest + PAGE_LEAD_MM, 2 * nearest):
        return [tied[order[0]]]
    return tied


def _told_by_paper(tied: list[_Candidate], scene: _Scene) -> list[_Candidate]:
    """Return the one whose whole page lies on paper in the picture, if others do not, else all."""
    small, factor = shrink(scene.page, PAPER_LONG_SIDE_PX)
    paper = paper_level(small)
    shares = [_share_on_paper(paper, factor, one.alignment.matrix, scene.targets) for one in tied]
    order = np.argsort(shares)[::-1]
    if shares[order[0]] >= ON_PAPER and shares[order[1]] <= OFF_PAPER:
        return [tied[order[0]]]
    return tied


def _share_on_paper(paper: Gray, factor: float, matrix: Matrix, targets: RingTargets) -> float:
    """Return the share of the page's outline, a little inside it, where the picture is as bright as by the bubbles."""
    share = np.linspace(PAPER_INSET, 1 - PAPER_INSET, 16)
    low, high = np.full_like(share, PAPER_INSET), np.full_like(share, 1 - PAPER_INSET)
    unit = np.concatenate(
        [np.stack(side, axis=1) for side in ((share, low), (share, high), (low, share), (high, share))]
    )
    outline = _brightness(paper, factor, project(matrix, unit * targets.size_mm))
    beside = _brightness(paper, factor, project(matrix, targets.places_mm))
    return float((outline > PAPER_BRIGHTNESS * np.median(beside)).mean())


def _brightness(paper: Gray, factor: float, points: Points) -> NDArray[np.float64]:
    x, y = np.rint(np.clip(points * factor, -1e6, 1e6)).astype(np.intp).T
    height, width = paper.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return np.where(inside, paper[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], 0.0)
