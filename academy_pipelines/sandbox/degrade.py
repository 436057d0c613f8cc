"""Filled sheets as scanners, phones and faxes of three levels deliver them, with truth by construction.

Every sheet follows from its number and level alone: what is marked and how, the resolution, light, blur, paper
that is not flat, and compression. Mark kinds are mixed within a sheet, as on real ones.
"""

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from academy_pipelines.imaging import Gray, encode_jpeg
from academy_pipelines.omr.objective import QUESTION_COUNTS, objective_template
from academy_pipelines.omr.template import Bubble, SheetTemplate
from academy_pipelines.sandbox.capture import CaptureEffects, expose
from academy_pipelines.sandbox.drawing import printed_sheet
from academy_pipelines.sandbox.pencil import MarkKind, mark_ink
from academy_pipelines.sandbox.raster import Field, paint, rasterise_sheet

Level = Literal["easy", "medium", "hard"]
LEVELS: tuple[Level, ...] = ("easy", "medium", "hard")
PX_PER_MM = 8.0


@dataclass(frozen=True, slots=True)
class DegradedSheet:
    """One picture and what is on it: labels by question number, and the identifier's digits."""

    name: str
    level: Level
    jpeg: bytes
    template: SheetTemplate
    answers: dict[int, tuple[str, ...]]
    kinds: dict[int, str]
    identifier: str
    is_scan: bool


@dataclass(frozen=True, slots=True)
class _Style:
    """What a level may do: shares of mark kinds, how pale light pencil gets, and the largest values of its effects."""

    kinds: dict[str, float]
    palest: float
    """Strength of the palest light pencil, 1 for as the hand gave it."""
    scan_share: float
    fax_share: float
    curl_mm: float
    perspective: float
    skew_deg: float
    falloff: float
    shadow: float
    blur_px: tuple[float, float]
    motion_px: float
    noise: tuple[float, float]
    quality: tuple[int, int]
    exposure: tuple[float, float]
    long_sides_px: tuple[int, ...]


_EASY_KINDS = {"full": 0.78, "overflow": 0.06, "pencil_light": 0.03, "scribble": 0.03, "blank": 0.06, "multi": 0.02}
_MEDIUM_KINDS = {
    "full": 0.5, "overflow": 0.09, "pencil_light": 0.07, "partial": 0.06, "tick": 0.03, "cross": 0.04,
    "erased": 0.07, "blank": 0.09, "multi": 0.05,
}  # fmt: skip
_HARD_KINDS = {
    "full": 0.32, "overflow": 0.09, "pencil_light": 0.15, "partial": 0.1, "tick": 0.08, "cross": 0.07,
    "erased": 0.05, "erased_blank": 0.02, "blank": 0.07, "multi": 0.05,
}  # fmt: skip
_STYLES: dict[Level, _Style] = {
    "easy": _Style(
        _EASY_KINDS, 1.0, 0.4, 0, 0, 0.01, 2, 0.12, 0, (0.4, 0.9), 0, (1, 3), (60, 92), (230, 252),
        (1654, 2000, 2480, 3508),
    ),
    "medium": _Style(
        _MEDIUM_KINDS, 0.8, 0.35, 0, 1.3, 0.03, 6, 0.35, 0.35, (0.5, 1.1), 3, (2, 6), (45, 80), (190, 250),
        (1654, 2000, 2480, 3000),
    ),
    "hard": _Style(
        _HARD_KINDS, 0.55, 0.2, 0.06, 3.5, 0.06, 12, 0.5, 0.55, (0.6, 2.1), 7, (4, 16), (30, 66), (130, 245),
        (1200, 1400, 1800, 2000, 2400),
    ),
}  # fmt: skip


def degraded_sheet(number: int, level: Level) -> DegradedSheet:
    """Return sheet `number` of `level`; the same arguments give the same bytes."""
    style = _STYLES[level]
    rng = np.random.default_rng([number, LEVELS.index(level)])
    template = objective_template(int(rng.choice(QUESTION_COUNTS)))
    page = rasterise_sheet(printed_sheet(template), PX_PER_MM).astype(np.float64)
    answers, kinds = _mark_answers(page, template, style, rng)
    identifier = _mark_identifier(page, template, level, rng)
    is_scan = bool(rng.random() < style.scan_share)
    sheet = np.rint(page).astype(np.uint8)
    jpeg = _scanned(sheet, style, rng) if is_scan else _photographed(sheet, style, rng)
    return DegradedSheet(f"{level}-{number}", level, jpeg, template, answers, kinds, identifier, is_scan)


def _mark_answers(
    page: Field, template: SheetTemplate, style: _Style, rng: np.random.Generator
) -> tuple[dict[int, tuple[str, ...]], dict[int, str]]:
    names, shares = list(style.kinds), np.array(list(style.kinds.values()))
    answers: dict[int, tuple[str, ...]] = {}
    kinds: dict[int, str] = {}
    for question in template.questions:
        kind = str(rng.choice(names, p=shares / shares.sum()))
        order = [question.bubbles[i] for i in rng.permutation(len(question.bubbles))]
        marked = order[: {"blank": 0, "erased_blank": 0, "multi": 2}.get(kind, 1)]
        for bubble in marked:
            _ink(page, bubble, _drawn_as(kind, rng), rng, style.palest)
        if kind.startswith("erased"):
            _ink(page, order[-1], "erased", rng)
        kinds[question.number] = kind
        answers[question.number] = tuple(sorted(bubble.label for bubble in marked))
    return answers, kinds


def _drawn_as(kind: str, rng: np.random.Generator) -> MarkKind:
    match kind:
        case "overflow" | "pencil_light" | "partial" | "tick" | "cross":
            return kind
        case "scribble":
            return "overflow" if rng.random() < 0.5 else "partial"  # noqa: PLR2004 - one or the other
        case _:
            return "full"


def _mark_identifier(page: Field, template: SheetTemplate, level: Level, rng: np.random.Generator) -> str:
    digits = "".join(rng.choice(list("0123456789"), len(template.identifier)))
    pale = {"easy": 0.0, "medium": 0.04, "hard": 0.15}[level]
    for column, digit in zip(template.identifier, digits, strict=True):
        kind: MarkKind = "pencil_light" if rng.random() < pale else "full"
        _ink(page, next(bubble for bubble in column.bubbles if bubble.label == digit), kind, rng)
    return digits


def _ink(page: Field, bubble: Bubble, kind: MarkKind, rng: np.random.Generator, palest: float = 1.0) -> None:
    window, ink = mark_ink(kind, bubble, PX_PER_MM, rng)
    strength = rng.uniform(palest, 1.0) if kind == "pencil_light" else 1.0
    paint(page, window, ink * strength, 0.0)


def _effects(style: _Style, rng: np.random.Generator) -> CaptureEffects:
    long_side_px = int(rng.choice(style.long_sides_px))
    return CaptureEffects(
        long_side_px=long_side_px,
        quarter_turns=int(rng.integers(4)),
        skew_deg=style.skew_deg,
        exposure=float(rng.uniform(*style.exposure)),
        blur_px=float(rng.uniform(*style.blur_px)) * long_side_px / 2000,
        noise=float(rng.uniform(*style.noise)),
        jpeg_quality=int(rng.integers(*style.quality)),
    )


def _scanned(sheet: Gray, style: _Style, rng: np.random.Generator) -> bytes:
    effects = replace(_effects(style, rng), skew_deg=min(2.0, style.skew_deg), exposure=248, perspective=0.001)
    is_fax = bool(rng.random() < style.fax_share / max(style.scan_share, style.fax_share, 1e-9))
    if is_fax:
        effects = replace(effects, long_side_px=1000, blur_px=0.4, noise=2)
    picture = expose(sheet, effects, rng).picture
    if is_fax:
        picture = np.where(picture < rng.uniform(120, 170), 0, 255).astype(np.uint8)
    return encode_jpeg(picture, effects.jpeg_quality)


def _photographed(sheet: Gray, style: _Style, rng: np.random.Generator) -> bytes:
    effects = replace(
        _effects(style, rng),
        perspective=style.perspective,
        margin=float(rng.uniform(0.03, 0.08)) + style.perspective,
        desk=float(rng.uniform(30, 170)),
        falloff=float(rng.uniform(0, style.falloff)),
        shadow=float(rng.uniform(0, style.shadow)),
        motion_px=style.motion_px,
    )
    bent = _curled(sheet, float(rng.uniform(0, style.curl_mm)) * PX_PER_MM, rng)
    return encode_jpeg(expose(bent, effects, rng).picture, effects.jpeg_quality)


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
