"""Which of the many places that a grid of bubbles fits is the sheet's.

Around a grown place the picture is taken back to page millimetres, where every other place is a whole
turn and a shift: a vote over all shifts finds them all. The best place must meet clearly more
bubbles than each rival; rivals that fit as well are told apart by the page: its edge, a printed
border or the whole picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.frames import MIN_CLASS
from academy_pipelines.omr.geometry import Matrix, corners_of, fit_homography, project, scale_at
from academy_pipelines.omr.lattice import (
    LIKE_SIZE,
    Grid,
    Placement,
    ShapeMap,
    grow,
    judge,
    starts,
)
from academy_pipelines.omr.outline import matches_aspect
from academy_pipelines.omr.shapes import Shapes
from academy_pipelines.omr.voting import chance, peaks_of

BASES = 3
SHIFTS = 20
"""Shifts looked at for each base and turn."""
SQUARE_WITHIN = 0.12
"""Pitches along x and y closer than this share may be taken for each other when the page lies on its side."""
POLISH = 4
SAME_SPOT = 0.5
"""Bubbles of two places nearer than this share of the pitch lie on the same print."""
HOPELESS = 0.6
"""A rival that sees less than this share of what the best sees is none."""
MIN_VISIBLE = 0.5
"""Of a rival's bubbles: nobody takes a picture of half a sheet."""
MIN_MISSED_ALONE = 0.25
"""Share of its own spots that a rival must miss, and by which it must miss more: a hand or faint copy hides fewer."""
LEAD = 2.5
"""Standard errors by which a larger share must be missed at a rival."""
MIN_LEAD = 4
MIN_OVER_CHANCE = 0.3
COMPARED = 24
"""Bubbles by which two places are compared."""
GOOD = 0.9
"""With this share met, the grown place is the sheet's but for shifts and turns,"""
GOOD_OVER_CHANCE = 0.6
"""and no better one is looked for if so much of it is more than scattered shapes would meet."""
WORTH_A_LOOK = 0.45
"""Of the votes of the best shift."""


@dataclass(frozen=True)
class Evidence:
    """A place for the page, which of its bubbles were seen there, and which lie in the picture at all, (N,) each."""

    matrix: Matrix
    seen: NDArray[np.bool_]
    visible: NDArray[np.bool_]

    @property
    def share(self) -> float:
        """The share of visible bubbles that were seen."""
        return float(self.seen.sum() / max(int(self.visible.sum()), 1))


def find_places(grid: Grid, shapes: Shapes, quads: list[Points], size_mm: tuple[float, float]) -> list[Placement]:
    """Return the distinct places that meet the most bubbles, best first.

    They are grown from the grid's own steps and, where that finds too little, started from `quads`
    ((4, 2) px): outlines that may be the page's, `size_mm` large.
    """
    if len(shapes) < MIN_CLASS:
        return []
    lookup = ShapeMap(shapes)
    bases = _grown(grid, lookup)
    if not bases or bases[0].share <= GOOD:
        bases += [judge(matrix, grid, lookup) for matrix in _laid_on(quads, size_mm)]
    found = list(bases)
    for base in bases:
        found += _rivals(base, grid, lookup)
    return _best(found, grid, shapes, MIN_OVER_CHANCE)


def _grown(grid: Grid, lookup: ShapeMap) -> list[Placement]:
    """Return the best places grown from the grid's own steps, or the first that surely is the sheet's."""
    grown: list[Placement] = []
    for matrix in starts(grid, lookup.shapes):
        place = grow(matrix, grid, lookup)
        if place is not None and place.share > GOOD and over_chance(place, grid, lookup.shapes) > GOOD_OVER_CHANCE:
            return [place]
        grown += [place] if place is not None else []
    return _best(grown, grid, lookup.shapes)[:BASES]


def _best(places: list[Placement], grid: Grid, shapes: Shapes, least: float = -1.0) -> list[Placement]:
    """Return the distinct ones of `places` that meet more than `least` beyond chance, best first."""
    rated = [(over_chance(place, grid, shapes), place) for place in places]
    rated = sorted((pair for pair in rated if pair[0] > least), key=lambda pair: -pair[0])
    return distinct([place for _, place in rated], grid)


def _laid_on(quads: list[Points], size_mm: tuple[float, float]) -> list[Matrix]:
    page = corners_of(*size_mm)
    turned = [np.roll(quad, -turn, axis=0) for quad in quads for turn in range(2)]
    fitting = [quad for quad in turned if matches_aspect(quad, *size_mm)]
    return [matrix for quad in fitting[:BASES] if (matrix := fit_homography(page, quad)).any()]


def distinct(places: list[Placement], grid: Grid) -> list[Placement]:
    """Return `places` without those that put the bubbles where an earlier one does."""
    some_mm = grid.places_mm[:: max(1, len(grid.places_mm) // COMPARED)]
    kept: list[Placement] = []
    seen = np.zeros((0, len(some_mm), 2))
    for place in places:
        points = project(place.matrix, some_mm)
        apart_px = 0.5 * min(grid.pitch_mm) * float(np.median(scale_at(place.matrix, some_mm)))
        away = np.median(np.hypot(seen[:, :, 0] - points[:, 0], seen[:, :, 1] - points[:, 1]), axis=1)
        if (away > apart_px).all():
            kept.append(place)
            seen = np.concatenate([seen, points[None]])
    return kept


def is_clear_lead(best: Evidence, rival: Evidence, grid: Grid) -> bool:
    """Return whether bubbles are missing at spots that only `rival` expects, and hardly any at those of `best`.

    Only the spots that one of the two places alone expects a bubble at are compared: a bubble that was not found at
    a spot which both expect says nothing, nor does one outside the picture.
    """
    if rival.visible.mean() < MIN_VISIBLE or rival.share < HOPELESS * best.share:
        return True
    missed, own = _missed_alone(best, rival, grid)
    missed_there, theirs = _missed_alone(rival, best, grid)
    if not own or not theirs:
        return False
    least = max(MIN_MISSED_ALONE, min(3 * missed / own, missed / own + MIN_MISSED_ALONE))
    if missed_there < theirs * least:
        return False
    lead = missed_there / theirs - missed / own
    return missed_there - missed >= MIN_LEAD and lead >= LEAD * np.hypot(
        _error(missed, own), _error(missed_there, theirs)
    )


def _error(missed: int, count: int) -> float:
    """Return the standard error of a share, by Laplace's rule never zero."""
    share = (missed + 1) / (count + 2)
    return float(np.sqrt(share * (1 - share) / count))


def _missed_alone(one: Evidence, other: Evidence, grid: Grid) -> tuple[int, int]:
    """Return how many bubbles were not seen, of how many, at spots where `other` has none."""
    away_mm = project(np.asarray(np.linalg.inv(one.matrix), np.float64), project(other.matrix, grid.places_mm))
    gaps = grid.places_mm[:, None, :] - away_mm[None, :, :]
    alone = np.sqrt((gaps**2).sum(axis=2).min(axis=1)) > SAME_SPOT * min(grid.pitch_mm)
    alone &= one.visible
    return int((~one.seen & alone).sum()), int(alone.sum())


def is_same_place(one: Evidence, other: Evidence, grid: Grid) -> bool:
    """Return whether every bubble lies on the same print at both places."""
    apart = np.hypot(*(project(one.matrix, grid.places_mm) - project(other.matrix, grid.places_mm)).T)
    return float(np.median(apart / scale_at(one.matrix, grid.places_mm))) < SAME_SPOT * min(grid.pitch_mm)


def page_distance_mm(matrix: Matrix, size_mm: tuple[float, float], quads: list[Points]) -> float:
    """Return how far the page's corners are from those of the nearest of `quads` ((4, 2) px, any turn), on average."""
    page = corners_of(*size_mm)
    corners = project(matrix, page)
    scale = float(np.median(scale_at(matrix, page)))
    turns = [np.roll(quad, turn, axis=0) for quad in quads for turn in range(4)]
    return min((float(np.hypot(*(corners - quad).T).mean()) / max(scale, 1e-9) for quad in turns), default=np.inf)


def over_chance(place: Placement, grid: Grid, shapes: Shapes) -> float:
    """Return the share of bubbles met beyond what scattered shapes of that size would meet."""
    scale = float(np.median(scale_at(place.matrix, grid.places_mm)))
    alike = np.abs(np.log(shapes.side_px / max(place.diameter_mm * scale, 1e-9))) < LIKE_SIZE
    if not alike.any():
        return 0.0
    return place.share - chance(shapes.only(alike), grid.reach_mm * scale)


def _rivals(base: Placement, grid: Grid, lookup: ShapeMap) -> list[Placement]:
    shapes = lookup.shapes
    scale = float(np.median(scale_at(base.matrix, grid.places_mm)))
    alike = np.abs(np.log(shapes.side_px / max(base.diameter_mm * scale, 1e-9))) < 1.5 * LIKE_SIZE
    back = np.asarray(np.linalg.inv(base.matrix), np.float64)
    seen_mm = project(back, shapes.centers_px[alike])
    span = np.ptp(grid.places_mm, axis=0).max()
    middle = grid.places_mm.mean(axis=0)
    seen_mm = seen_mm[(np.abs(seen_mm - middle) < 2 * span).all(axis=1)]
    is_square = abs(np.log(grid.pitch_mm[0] / grid.pitch_mm[1])) < SQUARE_WITHIN
    found: list[Placement] = []
    for turn in range(0, 4, 1 if is_square else 2):
        turned = _turn(turn)
        voters = grid.places_mm[:: max(1, len(grid.places_mm) // 200)] @ turned[:2, :2].T
        if not len(seen_mm):
            break
        peaks = peaks_of(seen_mm, voters, 1.6 * grid.reach_mm, SHIFTS)
        for votes, shift in peaks:
            if votes < WORTH_A_LOOK * peaks[0][0]:
                break
            moved = turned.copy()
            moved[:2, 2] = shift
            found.append(_polished(base.matrix @ moved, grid, lookup))
    return found


def _polished(matrix: Matrix, grid: Grid, lookup: ShapeMap) -> Placement:
    best = judge(matrix, grid, lookup)
    for _ in range(POLISH):
        if best.met.sum() < 8:  # noqa: PLR2004 - twice what a homography needs
            break
        index, _ = lookup.nearest(project(best.matrix, grid.places_mm[best.met]))
        matrix = fit_homography(grid.places_mm[best.met], lookup.shapes.centers_px[index])
        step = judge(matrix, grid, lookup)
        gain = int(step.met.sum()) - int(best.met.sum())
        if gain >= 0:
            best = step
        if gain <= 0:
            break
    return best


def _turn(quarters: int) -> Matrix:
    cosine, sine = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters]
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], np.float64)
