"""Fit the probabilities of `omr.confidence` on drawn sheets: `python -m academy_pipelines.sandbox.fit_confidence`.

The sheets are numbers 0 upwards of `degrade`; tests and benchmarks use 1000 upwards.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files

import numpy as np

from academy_pipelines.errors import UnusableInputError
from academy_pipelines.imaging import decode_gray
from academy_pipelines.omr.calibration import fit_logistic
from academy_pipelines.omr.confidence import FEATURES, FILE, KINDS, features_of
from academy_pipelines.omr.ink import FillScores
from academy_pipelines.omr.marks import MarkPolicy, RowVerdict, judge_row, measures_of
from academy_pipelines.omr.reading import read_sheet
from academy_pipelines.omr.registration import CaptureMode
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.sandbox.degrade import DegradedSheet, degraded_sheet
from academy_pipelines.sandbox.difficulty import Level

CODE_VERSION = "2026-11-24"
SHEETS: dict[Level, int] = {"easy": 60, "medium": 200, "hard": 240}
RIDGE = 1.0
NEAR_THE_LIMIT = 3.0
"""Marks with less than this times the least ink of one teach what a blank row is; darker ones are no question."""

Row = tuple[str, tuple[float, ...], bool]
"""A row's kind, its features, and whether it was read right."""


def rows_of(fills: FillScores, template: SheetTemplate, answers: Mapping[int, tuple[str, ...]]) -> Iterator[Row]:
    """Yield the rows of one sheet whose true `answers` are known; none of a sheet that lost light marks."""
    policy, start = MarkPolicy(), 0
    for question in template.questions if not fills.is_lossy else ():
        places = range(start, start + len(question.bubbles))
        start = places.stop
        verdict, marked = judge_row(places, fills, policy)
        if verdict is RowVerdict.UNSEEN:
            continue
        truth = set(answers[question.number])
        measures = measures_of(places, fills, policy)
        is_near = measures.first < NEAR_THE_LIMIT * measures.mark_limit
        if verdict is RowVerdict.FAINT or (verdict is RowVerdict.CLEAR and is_near):
            yield "blank", features_of(measures, "blank"), not truth
        kind = "several" if verdict is RowVerdict.SEVERAL else "mark"
        yield kind, features_of(measures, kind), {question.bubbles[i].label for i in marked} == truth


def fitted(rows: list[Row]) -> dict[str, object]:
    """Return what `confidence.json` says: the weights of each kind, rounded, and where they come from.

    Each kind gets one more row right and one wrong at its mean (Laplace's rule): no confidence is claimed beyond
    what so many rows can show.
    """
    weights: dict[str, list[float]] = {}
    for kind in KINDS:
        chosen = [row for row in rows if row[0] == kind]
        values = np.array([row[1] for row in chosen], np.float64).reshape(-1, len(FEATURES))
        mean = values.mean(axis=0, keepdims=True)
        outcomes = [*(row[2] for row in chosen), True, False]
        weights[kind] = [
            round(float(w), 4) for w in fit_logistic(np.concatenate([values, mean, mean]), outcomes, RIDGE)
        ]
    counts = {kind: sum(row[0] == kind for row in rows) for kind in KINDS}
    return {"code_version": CODE_VERSION, "features": list(FEATURES), "rows": counts, "weights": weights}


def main() -> None:
    """Draw, read, fit and write."""
    rows: list[Row] = []
    for level, count in SHEETS.items():
        for number in range(count):
            rows += _rows_read(degraded_sheet(number, level))
    with as_file(files("academy_pipelines.omr") / FILE) as path:
        path.write_text(json.dumps(fitted(rows), indent=2) + "\n", encoding="utf-8")


def _rows_read(sheet: DegradedSheet) -> list[Row]:
    mode = CaptureMode.SCAN if sheet.is_scan else CaptureMode.PHOTO
    try:
        _, fills, _ = read_sheet(decode_gray(sheet.jpeg), sheet.template, mode)
    except UnusableInputError:
        return []
    return list(rows_of(fills, sheet.template, sheet.answers))


if __name__ == "__main__":
    main()
