"""The page by its printed bubbles, for sheets without registration marks or with marks that cannot be found."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.alignment import Alignment, RingTargets, printed, proved
from academy_pipelines.omr.blobs import paper_level, shrink
from academy_pipelines.omr.geometry import Matrix, corners_of, project
from academy_pipelines.omr.lattice import Grid, Placement, ShapeMap, judge
from academy_pipelines.omr.letters import find_letters
from academy_pipelines.omr.outline import paper_edges, printed_borders
from academy_pipelines.omr.placement import GOOD, Evidence, find_places, is_clear_lead, is_same_place, page_distance_mm
from academy_pipelines.omr.shapes import Shapes, find_shapes
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.omr.uniqueness import block_pitches_mm, rival_steps_mm, shifted

LOOKED_AT = 30
"""Places whose rings are looked at."""
CLEARLY_PRINTED = 0.9
"""Where one place shows this share of its rings, the rings alone tell it from others: they are surer than shapes."""
RINGS_PRINTED = 0.5
"""Where more rings are found, the sheet has rings, and its letters prove nothing."""
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
    by_prints: bool = False
    """Whether letters are looked for instead of rings."""


@dataclass(frozen=True)
class _Candidate:
    alignment: Alignment
    evidence: Evidence
    """Which bubbles were seen, as a shape of the right size near by or as a ring."""

    @property
    def share(self) -> float:
        return float(self.evidence.seen.mean())

    def by_rings(self) -> "_Candidate":
        return replace(self, evidence=replace(self.evidence, seen=self.alignment.proof.found))

    def being_unique(self, *, is_unique: bool) -> "_Candidate":
        return replace(self, alignment=replace(self.alignment, is_unique=is_unique))


def by_bubbles(page: Gray, _template: SheetTemplate, targets: RingTargets) -> Alignment | None:
    """Return the place of the page by its printed bubbles; unless `is_unique`, others fit as well. None without."""
    blocks_mm = block_pitches_mm(targets.places_mm)
    if not blocks_mm:
        return None
    grid = Grid.of(targets.places_mm, targets.radii_mm, blocks_mm)
    height_px, width_px = page.shape
    quads = [*paper_edges(page), *printed_borders(page)]
    scene = _Scene(page, targets, grid, [*quads, corners_of(width_px, height_px) - 0.5])
    best: Alignment | None = None
    for closely in (False, True):
        chosen = _found_among(find_shapes(page, closely=closely), scene, quads)
        if chosen is not None and (best is None or chosen.is_unique or chosen.shapes_share > best.shapes_share):
            best = chosen
        if chosen is not None and chosen.is_unique and chosen.shapes_share >= GOOD:
            return chosen
    return best if best is not None and best.share >= RINGS_PRINTED else _by_letters(scene, quads) or best


def _by_letters(scene: _Scene, quads: list[Points]) -> Alignment | None:
    """Return the place of a sheet that prints letters without rings; None when there is no sure one."""
    chosen = _found_among(find_letters(scene.page), replace(scene, by_prints=True), quads)
    return chosen if chosen is not None and chosen.is_unique and chosen.share < RINGS_PRINTED else None


def _found_among(shapes: Shapes, scene: _Scene, quads: list[Points]) -> Alignment | None:
    places = find_places(scene.grid, shapes, quads, scene.targets.size_mm)[:LOOKED_AT]
    return _choose(scene, ShapeMap(shapes), places) if places else None


def _choose(scene: _Scene, lookup: ShapeMap, places: list[Placement]) -> Alignment:
    candidates = [_looked_at(scene, lookup, place) for place in places]
    best = max(candidates, key=lambda one: one.share)
    beside = [shifted(best.alignment, step).matrix for step in rival_steps_mm(scene.targets.places_mm)]
    candidates += [_looked_at(scene, lookup, judge(matrix, scene.grid, lookup)) for matrix in beside]
    chosen = _told_apart(candidates, scene)
    if scene.by_prints or max(one.alignment.share for one in candidates) < CLEARLY_PRINTED:
        return chosen.alignment
    by_rings = [one.by_rings() for one in candidates]
    if not chosen.alignment.is_unique:
        return _told_apart(by_rings, scene).alignment
    is_beaten = any(is_clear_lead(one.evidence, chosen.by_rings().evidence, scene.grid) for one in by_rings)
    return replace(chosen.alignment, is_unique=not is_beaten)


def _told_apart(candidates: list[_Candidate], scene: _Scene) -> _Candidate:
    """Return the best of `candidates`, unique when all others are beaten or lie off the page."""
    tied = _tied(candidates, scene)
    for tell in (_on_page, _on_paper):
        if len(tied) > 1:
            tied = _tied(tell(tied, scene), scene)
    best = max(tied, key=lambda one: one.share)
    return best.being_unique(is_unique=len(tied) == 1 and best.share >= MIN_SEEN)


def _tied(candidates: list[_Candidate], scene: _Scene) -> list[_Candidate]:
    """Return the best of `candidates` and those that it does not clearly beat."""
    best = max(candidates, key=lambda one: one.share)
    return [one for one in candidates if one is best or not _beats(best, one, scene)]


def _beats(best: _Candidate, rival: _Candidate, scene: _Scene) -> bool:
    return is_same_place(best.evidence, rival.evidence, scene.grid) or is_clear_lead(
        best.evidence, rival.evidence, scene.grid
    )


def _looked_at(scene: _Scene, lookup: ShapeMap, place: Placement) -> _Candidate:
    if scene.by_prints:
        return _letters_looked_at(scene, place)
    scale = OUTLINE_OVER_RADIUS * place.diameter_mm / scene.grid.diameter_mm
    if abs(np.log(scale)) < SAME_SIZE:
        scale = 1.0
    alignment = proved(scene.page, scene.targets, Alignment(place.matrix, "bubbles", radius_scale=scale))
    seen = judge(place.matrix, scene.grid, lookup, WIDE).met | alignment.proof.found
    return _Candidate(
        replace(alignment, shapes_share=float(seen.mean())), Evidence(place.matrix, seen, _visible(scene, place.matrix))
    )


def _letters_looked_at(scene: _Scene, place: Placement) -> _Candidate:
    alignment = proved(scene.page, scene.targets, Alignment(place.matrix, "bubbles"))
    alignment = printed(scene.page, scene.targets, alignment)
    return _Candidate(alignment, Evidence(place.matrix, alignment.seen, _visible(scene, place.matrix)))


def _visible(scene: _Scene, matrix: Matrix) -> NDArray[np.bool_]:
    """Return which bubbles lie in the picture, (N,)."""
    height_px, width_px = scene.page.shape
    points = project(matrix, scene.grid.places_mm)
    return np.asarray(((points > 0) & (points < (width_px - 1, height_px - 1))).all(axis=1), np.bool_)


def _on_page(tied: list[_Candidate], scene: _Scene) -> list[_Candidate]:
    """Return those whose page lies about as near to a seen outline as the nearest, all if none is near."""
    away = [page_distance_mm(one.alignment.matrix, scene.targets.size_mm, scene.pages) for one in tied]
    nearest = min(away)
    if nearest >= NEAR_PAGE_MM:
        return tied
    return [one for one, far in zip(tied, away, strict=True) if far <= max(nearest + PAGE_LEAD_MM, 2 * nearest)]


def _on_paper(tied: list[_Candidate], scene: _Scene) -> list[_Candidate]:
    """Return those whose whole page may lie on paper in the picture, all if none surely does."""
    small, factor = shrink(scene.page, PAPER_LONG_SIDE_PX)
    paper = paper_level(small)
    shares = [_share_on_paper(paper, factor, one.alignment.matrix, scene.targets) for one in tied]
    if max(shares) < ON_PAPER:
        return tied
    return [one for one, share in zip(tied, shares, strict=True) if share > OFF_PAPER]


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
