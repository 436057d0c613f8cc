"""Writes the report of an exam."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from academy_pipelines.analysis.choices import BLANK, SEVERAL, UNKNOWN
from academy_pipelines.analysis.histogram import score_bins
from academy_pipelines.analysis.item_analysis import ExamAnalysis
from academy_pipelines.analysis.remarks import Remark
from academy_pipelines.analysis.tables import exam_tables
from academy_pipelines.resources.exam_reports.plots import (
    HEIGHT,
    WIDTH,
    correlation_place,
    histogram_bars,
    histogram_ticks,
    question_dots,
)

TEMPLATES = Path(__file__).parent / "templates"

FEW_SHEETS: Final = 30
"""Fewer complete sheets, and the page says that its figures are rough."""

NAMES_OF_CHOICES = {BLANK: "무응답", SEVERAL: "여러 개", UNKNOWN: "확인 전"}

NAMES_OF_REMARKS = {
    Remark.KEY_DOUBTFUL: "정답 확인",
    Remark.WEAK: "변별력 낮음",
    Remark.TOO_HARD: "매우 어려움",
    Remark.TOO_EASY: "매우 쉬움",
    Remark.UNUSED_CHOICE: "선택 없는 오답지",
}


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What the report is about: the exam's name, and the sheets that were refused and are not in it."""

    title: str
    refused: Sequence[str] = ()


def report_page(analysis: ExamAnalysis, head: ReportHead) -> str:
    """Return the report as one HTML page with everything in it; the same analysis gives the same page."""
    bins = score_bins(analysis.students, len(analysis.items))
    return (
        _environment()
        .get_template("report.html")
        .render(
            analysis=analysis,
            head=head,
            style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
            bars=histogram_bars(bins),
            ticks=histogram_ticks(bins),
            dots=question_dots(analysis.items),
            choice_columns=max(sum(c.label not in NAMES_OF_CHOICES for c in item.choices) for item in analysis.items),
            correlation_place=correlation_place,
            width=WIDTH,
            height=HEIGHT,
            few_sheets=FEW_SHEETS,
            names_of_choices=NAMES_OF_CHOICES,
            names_of_remarks=NAMES_OF_REMARKS,
            is_urgent=Remark.KEY_DOUBTFUL,
        )
    )


def report_files(analysis: ExamAnalysis) -> dict[str, bytes]:
    """Return the tables as CSV files by name: UTF-8 with the mark by which a spreadsheet knows it."""
    return {
        f"{name}.csv": table.to_csv(index=False, float_format="%.4f", lineterminator="\n").encode("utf-8-sig")
        for name, table in exam_tables(analysis).items()
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
