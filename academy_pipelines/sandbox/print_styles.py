"""The same sheet from different printers: how dark and wide the bubbles' rings are, and how dark their letters."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from academy_pipelines.imaging import Gray
from academy_pipelines.omr.primitives import Primitive, PrintedSheet, Ring, Text
from academy_pipelines.omr.sheet import LETTER_GREY, RING_GREY, RING_STROKE_MM
from academy_pipelines.omr.template import PointMm, SheetTemplate
from academy_pipelines.sandbox.drawing import printed_sheet
from academy_pipelines.sandbox.raster import rasterise_sheet


@dataclass(frozen=True, slots=True)
class PrintStyle:
    """Grey 0 (black) to 1 (paper) of rings and of the letters in them, and the width of the rings' line."""

    ring_grey: float
    letter_grey: float
    stroke_mm: float


OURS = PrintStyle(RING_GREY, LETTER_GREY, RING_STROKE_MM)
BLACK = PrintStyle(0.1, 0.3, 0.3)
DROP_OUT = PrintStyle(0.6, 0.7, 0.25)
"""Pale red or blue, as forms for dedicated scanners are printed; their lenses do not see it, a grey picture does."""
SHARES = {OURS: 0.5, BLACK: 0.35, DROP_OUT: 0.15}


def styled_sheet(template: SheetTemplate, px_per_mm: float, rng: np.random.Generator) -> Gray:
    """Return the empty sheet as a printer drawn by chance prints it; the array is shared and read-only."""
    styles = list(SHARES)
    style = styles[int(rng.choice(len(styles), p=list(SHARES.values())))]
    return rasterise_sheet(_printed(template, style), px_per_mm)


@lru_cache(maxsize=16)
def _printed(template: SheetTemplate, style: PrintStyle) -> PrintedSheet:
    sheet = printed_sheet(template)
    letters = {
        (bubble.center, bubble.label) for row in (*template.questions, *template.identifier) for bubble in row.bubbles
    }
    return replace(sheet, primitives=tuple(_restyled(shape, style, letters) for shape in sheet.primitives))


def _restyled(shape: Primitive, style: PrintStyle, letters: set[tuple[PointMm, str]]) -> Primitive:
    match shape:
        case Ring():
            return replace(shape, grey=style.ring_grey, stroke_mm=style.stroke_mm)
        case Text(content, anchor) if (anchor, content) in letters:
            return replace(shape, grey=style.letter_grey)
        case _:
            return shape
