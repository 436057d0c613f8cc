"""The analysis of an exam, as it is handed on."""

from typing import Self

from pydantic import BaseModel

from academy_pipelines.analysis.item_analysis import ExamAnalysis, ItemFigures, StudentScore


class StudentScoreMessage(BaseModel, frozen=True):
    """One sheet: at least `right` and at most `most_right` right answers."""

    student: str
    identified: bool
    right: int
    most_right: int
    wrong: int
    blank: int
    unknown: int

    @classmethod
    def of(cls, score: StudentScore) -> Self:
        """Return a score in the wire's form."""
        return cls(
            student=score.student,
            identified=score.is_identified,
            right=score.right,
            most_right=score.right + score.unknown,
            wrong=score.wrong,
            blank=score.blank,
            unknown=score.unknown,
        )


class ChoiceMessage(BaseModel, frozen=True):
    """How many took a choice; `(blank)`, `(several)` and `(unknown)` are what is no choice."""

    label: str
    count: int
    is_right: bool
    upper: float | None
    lower: float | None


class ItemMessage(BaseModel, frozen=True):
    """One question; null where a figure is not determined."""

    question: int
    right: list[str]
    known: int
    unknown: int
    blank: int
    difficulty: float | None
    discrimination: float | None
    point_biserial: float | None
    choices: list[ChoiceMessage]
    remarks: list[str]

    @classmethod
    def of(cls, item: ItemFigures) -> Self:
        """Return a question in the wire's form."""
        return cls(
            question=item.question,
            right=list(item.right),
            known=item.known,
            unknown=item.unknown,
            blank=item.blank,
            difficulty=_rounded(item.difficulty),
            discrimination=_rounded(item.discrimination),
            point_biserial=_rounded(item.point_biserial),
            choices=[
                ChoiceMessage(
                    label=choice.label,
                    count=choice.count,
                    is_right=choice.is_right,
                    upper=_rounded(choice.upper),
                    lower=_rounded(choice.lower),
                )
                for choice in item.choices
            ],
            remarks=[remark.value for remark in item.remarks],
        )


class ExamReport(BaseModel, frozen=True):
    """The analysis of one exam; `mean`, `median` and `deviation` count right answers of `complete` sheets."""

    sheets: int
    complete: int
    unknown: int
    refused: list[str]
    left_out: list[int]
    mean: float | None
    median: float | None
    deviation: float | None
    kr20: float | None
    error_of_measurement: float | None
    students: list[StudentScoreMessage]
    items: list[ItemMessage]

    @classmethod
    def of(cls, analysis: ExamAnalysis, refused: list[str]) -> Self:
        """Return an analysis in the wire's form; `refused` names the sheets that are not in it."""
        return cls(
            sheets=len(analysis.students),
            complete=analysis.complete,
            unknown=analysis.unknown,
            refused=refused,
            left_out=list(analysis.left_out),
            mean=_rounded(analysis.mean),
            median=_rounded(analysis.median),
            deviation=_rounded(analysis.deviation),
            kr20=_rounded(analysis.kr20),
            error_of_measurement=_rounded(analysis.error_of_measurement),
            students=[StudentScoreMessage.of(student) for student in analysis.students],
            items=[ItemMessage.of(item) for item in analysis.items],
        )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)
