"""Filled sheets as scanners, phones and faxes of three levels deliver them, with truth by construction.

Every sheet follows from its number and level alone: how it is printed, what is marked and how, what wore the paper,
the resolution, light, blur, paper that is not flat, and compression. Mark kinds are mixed within a sheet, as on real
ones. Nothing is asked that the picture does not show: a fine black-and-white scan has no light pencil so pale that
its threshold would take it for paper (faxes have).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from academy_pipelines.imaging import Gray, encode_jpeg
from academy_pipelines.omr.geometry import project
from academy_pipelines.omr.objective import QUESTION_COUNTS, objective_template
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.sandbox.capture import CaptureEffects, Exposure, expose
from academy_pipelines.sandbox.difficulty import LEVELS, STYLES, Level, Style
from academy_pipelines.sandbox.hands import fill_in
from academy_pipelines.sandbox.print_styles import styled_sheet
from academy_pipelines.sandbox.raster import Field
from academy_pipelines.sandbox.wear import PAPER_WEAR, PICTURE_WEAR, PRINT_WEAR, Wear, show_through

PX_PER_MM = 8.0
FAX_LONG_SIDE_PX = 1000
FAX_THRESHOLDS = (120, 170)
BILEVEL_THRESHOLDS = (190, 220)
PAPER_GREY = 248
CUT_MM = 2.0
"""How far inwards of a mark's middle a picture that lost it ends."""
MARK_REACH_MM = 4.5
"""From a mark's middle to paper all round it."""


@dataclass(frozen=True, slots=True)
class DegradedSheet:
    """One picture and what is on it: labels and kinds of mark by question number, and the identifier's digits.

    `wear` names what wore the print, the paper and the picture.
    """

    name: str
    level: Level
    jpeg: bytes
    template: SheetTemplate
    answers: dict[int, tuple[str, ...]]
    kinds: dict[int, str]
    identifier: str
    is_scan: bool
    has_all_markers: bool
    wear: tuple[str, ...]


class _Chance:
    """Draws which wear a sheet gets, and remembers it by name."""

    def __init__(self, style: Style, rng: np.random.Generator) -> None:
        self.style = style
        self.rng = rng
        self.names: list[str] = []

    def takes(self, name: str) -> bool:
        taken = bool(self.rng.random() < self.style.wear.get(name, 0.0))
        self.names += [name] * taken
        return taken

    def worn(self, page: Field, kinds: Mapping[str, Wear]) -> Field:
        for name, wear in kinds.items():
            if self.takes(name):
                page = wear(page, self.rng)
        return page


def degraded_sheet(number: int, level: Level) -> DegradedSheet:
    """Return sheet `number` of `level`; the same arguments give the same bytes."""
    style = STYLES[level]
    rng = np.random.default_rng([number, LEVELS.index(level)])
    chance = _Chance(style, rng)
    template = objective_template(int(rng.choice(QUESTION_COUNTS)))
    is_scan = bool(rng.random() < style.scan_share)
    is_fax = is_scan and bool(rng.random() < style.fax_share)
    is_bilevel = is_scan and not is_fax and bool(rng.random() < style.bilevel_share)
    page = chance.worn(styled_sheet(template, PX_PER_MM, rng).astype(np.float64), PRINT_WEAR)
    filled = fill_in(page, PX_PER_MM, template, style, rng, 1.0 if is_bilevel else style.palest)
    page = chance.worn(page, PAPER_WEAR)
    if chance.takes("show_through"):
        page = show_through(page, template, PX_PER_MM, rng)
    sheet, has_all_markers = _levels(page), True
    if is_fax:
        picture = _faxed(sheet, chance)
    elif is_scan:
        picture = _scanned(sheet, chance, is_bilevel=is_bilevel)
    else:
        picture, has_all_markers = _photographed(sheet, template, chance)
    return DegradedSheet(
        f"{level}-{number}",
        level,
        encode_jpeg(picture, int(rng.integers(*style.quality))),
        template,
        filled.answers,
        filled.kinds,
        filled.identifier,
        is_scan,
        has_all_markers,
        (*chance.names, *["fax"] * is_fax, *["bilevel"] * is_bilevel),
    )


def _effects(style: Style, rng: np.random.Generator) -> CaptureEffects:
    long_side_px = int(rng.choice(style.long_sides_px))
    return CaptureEffects(
        long_side_px=long_side_px,
        quarter_turns=int(rng.integers(4)),
        skew_deg=style.skew_deg,
        exposure=float(rng.uniform(*style.exposure)),
        blur_px=float(rng.uniform(*style.blur_px)) * long_side_px / 2000,
        noise=float(rng.uniform(*style.noise)),
    )


def _flat_bed(chance: _Chance) -> CaptureEffects:
    effects = _effects(chance.style, chance.rng)
    noise = min(effects.noise, 5.0)
    skew_deg = min(2.5, chance.style.skew_deg)
    return replace(effects, skew_deg=skew_deg, exposure=PAPER_GREY, perspective=0.001, noise=noise)


def _scanned(sheet: Gray, chance: _Chance, *, is_bilevel: bool) -> Gray:
    seen = expose(sheet, _flat_bed(chance), chance.rng).picture.astype(np.float64)
    wear = ("bad_copy",) if is_bilevel else ("dirty_rollers", "bad_copy")
    picture = _levels(chance.worn(seen, {name: PICTURE_WEAR[name] for name in wear}))
    return _thresholded(picture, BILEVEL_THRESHOLDS, chance.rng) if is_bilevel else picture


def _faxed(sheet: Gray, chance: _Chance) -> Gray:
    effects = replace(_flat_bed(chance), long_side_px=FAX_LONG_SIDE_PX, blur_px=0.4, noise=2)
    picture = expose(sheet, effects, chance.rng).picture
    return _thresholded(_levels(picture.astype(np.float64)), FAX_THRESHOLDS, chance.rng)


def _photographed(sheet: Gray, template: SheetTemplate, chance: _Chance) -> tuple[Gray, bool]:
    style, rng = chance.style, chance.rng
    effects = replace(
        _effects(style, rng),
        perspective=style.perspective,
        margin=float(rng.uniform(0.03, 0.08)) + 0.6 * style.perspective,
        desk=float(rng.uniform(30, 170)),
        falloff=float(rng.uniform(0, style.falloff)),
        shadow=float(rng.uniform(0, style.shadow)),
        motion_px=style.motion_px,
    )
    exposure = expose(_curled(sheet, float(rng.uniform(0, style.curl_mm)) * PX_PER_MM, rng), effects, rng)
    seen = exposure.picture.astype(np.float64)
    picture = _levels(chance.worn(seen, {name: PICTURE_WEAR[name] for name in ("grain", "glare")}))
    if rng.random() >= style.cut_share:
        return picture, True
    return _without_a_mark(picture, exposure, template, rng)


def _without_a_mark(
    picture: Gray, exposure: Exposure, template: SheetTemplate, rng: np.random.Generator
) -> tuple[Gray, bool]:
    """Return `picture` cut off at one side so that a single corner mark is lost, and whether none was."""
    places = np.array([(mark.center.x_mm, mark.center.y_mm) for mark in template.markers[:4]]) * PX_PER_MM
    seen_px = project(exposure.matrix, places)
    scale = float(np.sqrt(abs(np.linalg.det(exposure.matrix[:2, :2])))) * PX_PER_MM
    for index in rng.permutation(4).tolist():
        for axis, sign in ((0, 1), (0, -1), (1, 1), (1, -1)):
            edge = seen_px[index, axis] + sign * CUT_MM * scale
            kept = sign * (seen_px[:, axis] - edge) > MARK_REACH_MM * scale
            if kept.sum() == 3:  # noqa: PLR2004 - all others
                line = slice(round(edge), None) if sign > 0 else slice(0, round(edge))
                part = picture[:, line] if axis == 0 else picture[line]
                return np.ascontiguousarray(part), False
    return picture, True


def _thresholded(picture: Gray, between: tuple[int, int], rng: np.random.Generator) -> Gray:
    return np.where(picture < rng.uniform(*between), 0, 255).astype(np.uint8)


def _levels(page: Field) -> Gray:
    return np.clip(np.rint(page), 0, 255).astype(np.uint8)


def _curled(sheet: Gray, depth_px: float, rng: np.random.Generator) -> Gray:
    """Return `sheet` with its rows bowed by up to `depth_px`, as by paper that does not lie flat."""
    if depth_px < 1:
        return sheet
    height, width = sheet.shape
    share = np.linspace(0, 1, width, dtype=np.float32)
    bow = depth_px * np.sin(np.pi * share) * float(rng.choice((-1, 1)))
    tilt = np.linspace(0.3, 1, height, dtype=np.float32)[:, None]
    rows = np.arange(height, dtype=np.float32)[:, None] + tilt * bow[None, :].astype(np.float32)
    columns = np.broadcast_to(np.arange(width, dtype=np.float32)[None, :], rows.shape)
    bent = cv2.remap(
        sheet, np.ascontiguousarray(columns), np.ascontiguousarray(rows), cv2.INTER_LINEAR, borderValue=(255,)
    )
    return np.asarray(bent, np.uint8).reshape(height, width)
