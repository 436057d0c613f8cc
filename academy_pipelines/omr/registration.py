"""Stage "align": where the page lies in the picture, proved by its printed rings or refused.

The picture is never warped to be read: bubbles are sampled straight through the homography.
Hypotheses come from registration marks, the paper's edge, a printed border, or the whole picture;
the first that shows enough of the template's rings wins. A sheet that would also fit upside
down, or one row further, is refused unless an orientation mark tells.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.alignment import Alignment, RingTargets, ellipses_of, improved, printed, proved, targets_of
from academy_pipelines.omr.bubble_search import by_bubbles
from academy_pipelines.omr.geometry import Matrix, corners_of, project, rotation_cw_deg, scale_at
from academy_pipelines.omr.graininess import without_grain
from academy_pipelines.omr.hypotheses import by_border, by_full_page, by_markers, by_outline
from academy_pipelines.omr.quality import QualityReport, measure_quality, picture_complaints
from academy_pipelines.omr.refusal import contested_place, refusal
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.omr.uniqueness import expected_loss, rival_steps_mm, shifted, upside_down_share

BY_BUBBLES = "bubbles"


class CaptureMode(StrEnum):
    """How the picture was taken; AUTO tries everything."""

    SCAN = "scan"
    PHOTO = "photo"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """When an alignment counts as proved. Shares are of the template's rings, 0..1.

    What right and wrong placements show is in `rings`. The threshold is far above wrong sets of marks
    and leaves room for bent paper; rows whose own rings are missing are flagged when they are read.
    """

    min_ring_share: float = 0.7
    min_print_share: float = 0.85
    """Of the bubbles' places with print in them, where marks or the whole pattern prove the place and rings do not."""
    min_lead: float = 0.15
    """By how much the best place must beat the page turned upside down."""
    min_lost_share: float = 0.3
    """Which part of the rings that a page shifted by one row must lose has to be lost."""
    fills_picture_within: float = 0.03
    """How far the page's corners may be from the picture's, as a share of its longer side, for `warped` to be False."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Where the page lies in a picture.

    `homography` takes page mm to picture px, row by row; `bend` (20 cubic coefficients in mm, or
    empty) moves page points before it, for paper that is not flat. `warped` is False when the
    picture already was the page, upright and filling it.
    """

    homography: tuple[float, ...]
    warped: bool
    method: str
    ring_share: float
    px_per_mm: float
    rotation_cw: int
    page_size_px: tuple[int, int]
    bend: tuple[float, ...] = ()
    radius_scale: float = 1.0
    """Printed radius of the bubbles over the template's."""
    quality: QualityReport | None = None
    rings_found: tuple[bool, ...] = ()
    """Which of the template's printed rings are where this puts them, in the order of `ringed_bubbles`."""
    by_prints: bool = False
    """Whether letters in the bubbles' places prove it, for want of rings: `rings_found` then tells where they are."""

    @property
    def matrix(self) -> Matrix:
        """The homography as (3, 3)."""
        return np.array(self.homography, np.float64).reshape(3, 3)

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**fields, "quality": None if self.quality is None else self.quality.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` described."""
        quality = QualityReport.from_json(data["quality"]) if data.get("quality") else None
        width_px, height_px = data["page_size_px"]
        homography, bend = (tuple(float(v) for v in data[name]) for name in ("homography", "bend"))
        rest = {name: data[name] for name in ("warped", "method", "ring_share", "px_per_mm", "rotation_cw")}
        scale = float(data.get("radius_scale", 1.0))
        return cls(
            homography=homography,
            bend=bend,
            page_size_px=(int(width_px), int(height_px)),
            radius_scale=scale,
            quality=quality,
            rings_found=tuple(bool(found) for found in data.get("rings_found", ())),
            by_prints=bool(data.get("by_prints", False)),
            **rest,
        )


Method = Callable[[Gray, SheetTemplate, RingTargets], Alignment | None]

METHODS: dict[CaptureMode, tuple[Method, ...]] = {
    CaptureMode.SCAN: (by_full_page, by_border, by_bubbles),
    CaptureMode.PHOTO: (by_outline, by_border, by_bubbles),
    CaptureMode.AUTO: (by_outline, by_full_page, by_border, by_bubbles),
}
"""What is tried, in turn, where registration marks do not prove the page."""


def register(
    page: Gray, template: SheetTemplate, mode: CaptureMode, policy: RegistrationPolicy = RegistrationPolicy()
) -> Registration:
    """Return where `template` lies in `page`.

    Raises:
        PageNotFoundError: nothing in the picture looks like the sheet; in photo mode the message
            contains `warp_failed_for_photo_mode`.
        MisalignedSheetError: something does, but too few of the template's rings are there, or
            another place fits as well.
    """
    targets = targets_of(template)
    best: Alignment | None = None
    contested: tuple[Alignment, float] | None = None
    for seen, method in _attempts(page, mode):
        candidate = _found(seen, template, targets, method, policy)
        if candidate is None:
            continue
        if _is_proved(candidate, targets, policy):
            rival = _rival_share(seen, targets, candidate, policy)
            if rival is None:
                return _registration(page, template, targets, candidate, policy)
            contested = candidate, rival
        if best is None or candidate.share > best.share:
            best = candidate
    if contested is not None:
        raise contested_place(*contested)
    raise refusal(
        best, policy.min_ring_share, picture_complaints(page, targets.size_mm), is_photo=mode is CaptureMode.PHOTO
    )


def _attempts(page: Gray, mode: CaptureMode) -> Iterator[tuple[Gray, Method]]:
    """Yield how to look for the page, and in what: `page`, or what is left of it without grain."""
    yield page, by_markers
    quiet = without_grain(page)
    if quiet is not page:
        yield quiet, by_markers
    for method in METHODS[mode]:
        yield quiet, method


def _found(
    page: Gray, template: SheetTemplate, targets: RingTargets, method: Method, policy: RegistrationPolicy
) -> Alignment | None:
    """Return what `method` finds in `page`, as near to the rings as can be, or by letters for want of them."""
    candidate = method(page, template, targets)
    if candidate is None:
        return None
    candidate = improved(page, targets, candidate)
    if candidate.is_sure and targets.are_explicit and candidate.share < policy.min_ring_share:
        return printed(page, targets, candidate)
    return candidate


def _is_proved(best: Alignment, targets: RingTargets, policy: RegistrationPolicy) -> bool:
    if best.prints is not None:
        return best.shapes_share >= policy.min_print_share
    if max(best.share, best.shapes_share) >= policy.min_ring_share:
        return True
    return not targets.are_explicit and best.is_sure


def _rival_share(page: Gray, targets: RingTargets, best: Alignment, policy: RegistrationPolicy) -> float | None:
    """Return the share of rings found in another place that fits about as well, None when there is none."""
    if best.is_upright_known or best.is_unique:
        return None
    if best.method == BY_BUBBLES:
        return best.shapes_share
    rivals = [(upside_down_share(page, targets, best), policy.min_lead)]
    if not best.pins_mm:
        for step in rival_steps_mm(targets.places_mm):
            share = proved(page, targets, shifted(best, step)).share
            rivals.append((share, policy.min_lost_share * best.share * expected_loss(targets, step)))
    return next((share for share, lead in rivals if share > best.share - lead), None)


def _registration(
    page: Gray, template: SheetTemplate, targets: RingTargets, best: Alignment, policy: RegistrationPolicy
) -> Registration:
    height_px, width_px = page.shape
    middle = np.array([[template.width_mm / 2, template.height_mm / 2]])
    away = project(best.matrix, corners_of(template.width_mm, template.height_mm)) - corners_of(width_px, height_px)
    fills = float(np.abs(away).max()) <= policy.fills_picture_within * max(page.shape)
    share, px_per_mm = max(best.share, best.shapes_share), float(scale_at(best.matrix, middle)[0])
    return Registration(
        homography=tuple(float(value) for value in (best.matrix / best.matrix[2, 2]).ravel()),
        warped=not fills,
        method=best.method,
        ring_share=round(share, 4),
        px_per_mm=round(px_per_mm, 3),
        rotation_cw=rotation_cw_deg(best.matrix, middle),
        page_size_px=(width_px, height_px),
        bend=best.bend,
        radius_scale=round(best.radius_scale, 3),
        quality=measure_quality(page, ellipses_of(targets, best), px_per_mm, share),
        rings_found=tuple(best.seen.tolist()) if targets.are_explicit else (),
        by_prints=best.prints is not None,
    )
