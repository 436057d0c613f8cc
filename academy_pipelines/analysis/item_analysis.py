"""One exam looked at as a whole: students, questions, choices, and what a teacher should look at."""

from dataclasses import dataclass

import numpy as np

from academy_pipelines.analysis.choices import ChoiceCount, choice_tables
from academy_pipelines.analysis.remarks import REMARK_POLICY, Remark, RemarkPolicy, remarks
from academy_pipelines.analysis.responses import Mark, MarkedExam
from academy_pipelines.analysis.statistics import discrimination, kr20, point_biserial


@dataclass(frozen=True, slots=True)
class StudentScore:
    """One sheet's score: at least `right`, and with the `unknown` answers at most `right + unknown`."""

    student: str
    right: int
    wrong: int
    blank: int
    unknown: int
    is_identified: bool


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """One question. `difficulty` is the share of right among the `known` answers: large is easy.

    `discrimination` and `point_biserial` are over complete sheets alone. None: not determined.
    """

    question: int
    right: tuple[str, ...]
    known: int
    unknown: int
    blank: int
    difficulty: float | None
    discrimination: float | None
    point_biserial: float | None
    choices: tuple[ChoiceCount, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class ExamAnalysis:
    """One exam. `mean`, `deviation` (n in the denominator), `median`, `kr20` are over `complete` sheets; None: none.

    `error_of_measurement` is deviation * sqrt(1 - KR-20), in points.
    """

    students: tuple[StudentScore, ...]
    items: tuple[ItemFigures, ...]
    left_out: tuple[int, ...]
    complete: int
    mean: float | None
    median: float | None
    deviation: float | None
    kr20: float | None
    error_of_measurement: float | None

    @property
    def unknown(self) -> int:
        """How many answers wait for a person."""
        return sum(student.unknown for student in self.students)


def analyse(exam: MarkedExam, policy: RemarkPolicy = REMARK_POLICY) -> ExamAnalysis:
    """Return the figures of an exam whose sheets were laid beside the key."""
    complete = exam.is_right[exam.is_complete]
    totals = complete.sum(axis=1)
    reliability = kr20(complete)
    deviation = float(totals.std()) if len(totals) else None
    return ExamAnalysis(
        students=tuple(_score(exam, row) for row in range(len(exam.sheets))),
        items=_items(exam, policy),
        left_out=exam.left_out,
        complete=len(totals),
        mean=float(totals.mean()) if len(totals) else None,
        median=float(np.median(totals)) if len(totals) else None,
        deviation=deviation,
        kr20=reliability,
        error_of_measurement=None
        if deviation is None or reliability is None
        else deviation * max(0.0, 1 - reliability) ** 0.5,
    )


def _score(exam: MarkedExam, row: int) -> StudentScore:
    sheet, marks = exam.sheets[row], exam.marks[row]
    right, wrong, blank, unknown = (
        int((marks == mark).sum()) for mark in (Mark.RIGHT, Mark.WRONG, Mark.BLANK, Mark.UNKNOWN)
    )
    return StudentScore(sheet.student, right, wrong, blank, unknown, sheet.is_identified)


def _items(exam: MarkedExam, policy: RemarkPolicy) -> tuple[ItemFigures, ...]:
    complete = exam.is_right[exam.is_complete]
    indices, correlations = discrimination(complete), point_biserial(complete)
    choices = choice_tables(exam)
    items: list[ItemFigures] = []
    for column, entry in enumerate(exam.key):
        marks = exam.marks[:, column]
        known = int((marks != Mark.UNKNOWN).sum())
        share = float((marks == Mark.RIGHT).sum()) / known if known else None
        sure = len(complete) >= policy.least_sheets
        items.append(
            ItemFigures(
                question=entry.question,
                right=entry.right,
                known=known,
                unknown=len(marks) - known,
                blank=int((marks == Mark.BLANK).sum()),
                difficulty=share,
                discrimination=indices[column],
                point_biserial=correlations[column],
                choices=choices[column],
                remarks=remarks(share, indices[column], choices[column], policy) if sure else (),
            )
        )
    return tuple(items)
