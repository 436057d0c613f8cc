"""The accuracy report as data and as one HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from academy_pipelines.omr.accuracy import QuestionScore, SheetScore, Verdict
from academy_pipelines.omr.rates import Tally, confusion, reliability, tally, trade_off

SHARES = (
    "correct_share",
    "silent_share",
    "flagged_share",
    "best_guess_share",
    "best_guess_accepted_share",
    "identifier_right_share",
    "identifier_silent_share",
)
LARGEST_DOT = 9.0
SMALLEST_DOT = 3.0
"""Radii in the plot's units, whose sides are 320 long."""


def as_document(scores: Sequence[SheetScore]) -> dict[str, Any]:
    """Return everything as plain values for JSON."""
    matrix = confusion(scores)
    return {
        "summary": _summary(tally(scores)),
        "confusion": {m: {r: matrix.count(m, r) for r in matrix.read} for m in matrix.marked},
        "reliability": asdict(reliability(scores)),
        "trade_off": [asdict(one) for one in trade_off(scores)],
        "sheets": [_sheet(score) for score in scores],
    }


def write_html(path: Path, scores: Sequence[SheetScore], subtitle: str) -> None:
    """Write the report to `path`.

    Raises:
        OSError: `path` cannot be written.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = reliability(scores)
    text = environment.get_template("evaluate.html").render(
        subtitle=subtitle,
        sums=tally(scores),
        confusion=confusion(scores),
        reliability=found,
        trade_off=trade_off(scores),
        dots=[_dot(one.mean_confidence, one.share_right, one.count / found.answers) for one in found.curve],
        scores=scores,
        Verdict=Verdict,
    )
    path.write_text(text, encoding="utf-8")


def _dot(confidence: float, share_right: float, share_of_answers: float) -> tuple[float, float, float]:
    """Return x, y and radius of one bin in the plot; its area grows with the bin's answers."""
    side = 320.0
    radius = SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * share_of_answers**0.5
    return round(side * confidence, 1), round(side * (1 - share_right), 1), round(radius, 1)


def _summary(sums: Tally) -> dict[str, float]:
    return {**asdict(sums), **{name: round(getattr(sums, name), 6) for name in SHARES}}


def _sheet(score: SheetScore) -> dict[str, Any]:
    return {
        "name": score.name,
        "refusal": score.refusal or None,
        **{verdict.value: len(score.having(verdict)) for verdict in Verdict},
        "identifier": None if score.identifier is None else asdict(score.identifier),
        "questions": [_question(question) for question in score.questions],
    }


def _question(question: QuestionScore) -> dict[str, Any]:
    return {**asdict(question), "confidence": round(question.confidence, 4)}
