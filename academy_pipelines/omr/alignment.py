"""One hypothesis about where the page lies, its proof by printed rings, and its improvement."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points
from academy_pipelines.omr.bend import RingVotes, fit_bend, reach_mm, search_rings
from academy_pipelines.omr.bubbles import all_bubbles, centers_mm, radii_mm, ringed_bubbles
from academy_pipelines.omr.geometry import Matrix, bent, fit_homography, project
from academy_pipelines.omr.prints import find_prints
from academy_pipelines.omr.rings import RingProof, ellipses_at, prove_rings
from academy_pipelines.omr.sampling import Ellipses, percentile
from academy_pipelines.omr.template import SheetTemplate, remembered

QUICK_RINGS = 60
"""Rings looked at to compare hypotheses; all are looked at to prove the chosen one."""
BENT_BELOW_SHARE = 0.985
"""Flat paper under right marks shows more rings than this: only below it a bend is searched."""
OFF_MM = 0.18
OFF_PERCENTILE = 70
"""Rings are beside their places when this percentile of their distances exceeds `OFF_MM`."""
TOLERATED_LOSS = 0.01
"""Share of rings that a fitted bend may lose: it moves rings into places by where most of them are."""
HOPELESS_SHARE = 0.12
"""Below this share of rings, voting would only follow chance."""
DEFAULT_LOOK = RingProof(0.0, np.zeros(0, np.bool_), 0.93, square=False)


@dataclass(frozen=True)
class RingTargets:
    """The rings a template promises: (N, 2) places and radii on the page, in mm."""

    places_mm: Points
    radii_mm: NDArray[np.float64]
    size_mm: tuple[float, float]
    reach_mm: float
    """How far a ring may be searched without meeting its neighbour."""
    are_explicit: bool

    def subset(self, count: int) -> Self:
        """Return `count` rings spread evenly over the template's order."""
        if len(self.places_mm) <= count:
            return self
        chosen = np.linspace(0, len(self.places_mm) - 1, count).astype(int)
        return replace(self, places_mm=self.places_mm[chosen], radii_mm=self.radii_mm[chosen])


@remembered
def targets_of(template: SheetTemplate) -> RingTargets:
    """Return the explicit bubbles of `template`, or all of them when none is explicit."""
    ringed = ringed_bubbles(template)
    bubbles = ringed or all_bubbles(template)
    places_mm = centers_mm(bubbles)
    size_mm = (template.width_mm, template.height_mm)
    return RingTargets(places_mm, radii_mm(bubbles), size_mm, reach_mm(places_mm), bool(ringed))


@dataclass(frozen=True)
class Alignment:
    """Where the page may lie; `proof` is empty until it was looked for."""

    matrix: Matrix
    method: str
    bend: tuple[float, ...] = ()
    pins_mm: tuple[tuple[float, float], ...] = ()
    """Page points that are known not to move: measured registration marks."""
    is_upright_known: bool = False
    is_sure: bool = False
    """Whether the marks alone prove it, for templates that promise no rings."""
    proof: RingProof = DEFAULT_LOOK
    shapes_share: float = 0.0
    """The share of bubbles met by shapes of like size, where they were looked for."""
    radius_scale: float = 1.0
    """Printed radius over the template's."""
    is_unique: bool = False
    """Whether every other place that the bubbles might fit was looked at and ruled out."""
    prints: NDArray[np.bool_] | None = None
    """Which bubbles hold print, (N,), where that and not their rings proves the place; see `prints`."""

    @property
    def share(self) -> float:
        """The share of rings found, 0..1."""
        return self.proof.share

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which bubbles' print proves the place, (N,): rings, or letters for want of them."""
        return self.proof.found if self.prints is None else self.prints


def proved(page: Gray, targets: RingTargets, alignment: Alignment) -> Alignment:
    """Return `alignment` with its proof measured in `page`."""
    return replace(alignment, proof=prove_rings(page, ellipses_of(targets, alignment)))


def printed(page: Gray, targets: RingTargets, alignment: Alignment) -> Alignment:
    """Return `alignment` proved by what is printed in the bubbles' places instead of their rings."""
    found = find_prints(page, ellipses_of(targets, alignment))
    return replace(alignment, prints=found, shapes_share=float(found.mean()))


def ellipses_of(targets: RingTargets, alignment: Alignment) -> Ellipses:
    """Return where `alignment` puts the rings in the picture."""
    places = bent(targets.places_mm, alignment.bend, targets.size_mm)
    return ellipses_at(alignment.matrix, places, targets.radii_mm * alignment.radius_scale)


def improved(page: Gray, targets: RingTargets, alignment: Alignment, rounds: int = 3) -> Alignment:
    """Return `alignment`, proved, with the paper's bend (and without pins its homography) fitted where that helps."""
    if alignment.prints is not None:
        return alignment
    is_proved = len(alignment.proof.found) == len(targets.places_mm)
    best = alignment if is_proved else proved(page, targets, alignment)
    for turn in range(rounds):
        if best.share < HOPELESS_SHARE or not _is_off(page, targets, best):
            break
        flatten = not best.pins_mm and turn == 0
        step = _shifted_homography(page, targets, best) if flatten else _bent(page, targets, best)
        step = proved(page, targets, step)
        if step.share >= best.share - TOLERATED_LOSS:
            best = step
        elif not flatten:
            break
    return best


def _is_off(page: Gray, targets: RingTargets, alignment: Alignment) -> bool:
    """Return whether rings are missing, or those of a sample lie beside their places."""
    if alignment.share < BENT_BELOW_SHARE:
        return True
    offsets = alignment.proof.offsets
    if not len(offsets):
        votes = _votes(page, targets.subset(QUICK_RINGS), alignment)
        offsets = votes.offsets_mm[votes.weights > 0]
    else:
        offsets = offsets * np.median(targets.radii_mm, axis=0) * alignment.radius_scale
    return len(offsets) > 0 and percentile(np.hypot(*offsets.T), OFF_PERCENTILE) > OFF_MM


def _votes(page: Gray, targets: RingTargets, alignment: Alignment) -> RingVotes:
    ellipses = ellipses_of(targets, alignment)
    return search_rings(page, ellipses, targets.radii_mm * alignment.radius_scale, targets.reach_mm, alignment.proof)


def _bent(page: Gray, targets: RingTargets, alignment: Alignment) -> Alignment:
    places = bent(targets.places_mm, alignment.bend, targets.size_mm)
    votes = _votes(page, targets, alignment)
    moved = replace(votes, offsets_mm=votes.offsets_mm + places - targets.places_mm)
    pins = np.array(alignment.pins_mm, np.float64).reshape(-1, 2)
    coefficients, _ = fit_bend(targets.places_mm, moved, pins, targets.size_mm)
    return replace(alignment, bend=tuple(round(float(c), 5) for c in coefficients))


def _shifted_homography(page: Gray, targets: RingTargets, alignment: Alignment) -> Alignment:
    votes = _votes(page, targets, alignment)
    _, agree = fit_bend(targets.places_mm, votes, np.zeros((0, 2)), targets.size_mm)
    if agree.sum() < 8:  # noqa: PLR2004 - twice what a homography needs
        return alignment
    aim = project(alignment.matrix, targets.places_mm + votes.offsets_mm)
    return replace(alignment, matrix=fit_homography(targets.places_mm[agree], aim[agree]))
