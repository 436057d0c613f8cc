"""How likely a row's reading is right: a logistic model of what was measured, fitted on drawn sheets.

The weights stand in `confidence.json` and are written by `python -m academy_pipelines.sandbox.fit_confidence`
from sheets with fixed numbers that no test uses. One model each for rows taken for blank, for one mark, and for
several.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import mul

FILE = "confidence.json"
KINDS = ("blank", "mark", "several")
FEATURES = (
    "first", "level", "second", "lead", "stroke", "second_stroke", "beside", "limit", "noise", "rings", "sharpness",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowMeasures:
    """What is known of one row.

    Of the darkest bubble and the next: `first` and `second`, their ink; `stroke` and `second_stroke`, how far their
    strokes stand out, in deviations. `beside`: darkness just outside the darkest one. Of the sheet: its limits of blank
    and marked, its ink level and noise, the picture's resolution; of the row, the share of rings seen.
    """

    first: float
    second: float
    stroke: float
    second_stroke: float
    beside: float
    blank_limit: float
    mark_limit: float
    ink_level: float
    noise: float
    rings_share: float
    px_per_mm: float


def features_of(row: RowMeasures, kind: str) -> tuple[float, ...]:
    """Return the model's inputs in the order of `FEATURES`, each of the order of one."""
    limit = row.blank_limit if kind == "blank" else row.mark_limit
    first, second = max(row.first, 1e-3), max(row.second, 1e-3)
    return (
        _clipped(math.log(first / limit), 3.0),
        _clipped(math.log(first / row.ink_level), 4.0),
        _clipped(math.log(second / row.blank_limit), 3.0),
        _clipped(math.log(first / second), 4.0),
        math.log1p(max(row.stroke, 0.0)),
        math.log1p(max(row.second_stroke, 0.0)),
        min(row.beside / max(row.first, 0.02), 2.0),
        _clipped(math.log(row.blank_limit / row.ink_level), 3.0),
        _clipped(math.log(max(row.noise, 1e-3) / 0.01), 3.0),
        row.rings_share,
        _clipped(math.log(max(row.px_per_mm, 1.0) / 6.0), 1.5),
    )


def confidence_of(row: RowMeasures, kind: str) -> float:
    """Return the probability, 0..1, that a row read as `kind` ("blank", "mark" or "several") is read right."""
    weights = _weights()[kind]
    logit = sum(map(mul, weights, (*features_of(row, kind), 1.0)))
    return 1 / (1 + math.exp(-_clipped(logit, 30.0)))


def code_version() -> str:
    """Return the version of the fitted weights."""
    return str(_document()["code_version"])


@cache
def _document() -> dict[str, object]:
    return dict(json.loads((files("academy_pipelines.omr") / FILE).read_text(encoding="utf-8")))


@cache
def _weights() -> dict[str, tuple[float, ...]]:
    table = json.loads(json.dumps(_document()["weights"]))
    return {kind: tuple(float(value) for value in table[kind]) for kind in KINDS}


def _clipped(value: float, most: float) -> float:
    return max(-most, min(most, value))
