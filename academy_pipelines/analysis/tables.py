"""An analysis as tables, for spreadsheets and notebooks."""

from typing import TYPE_CHECKING

from academy_pipelines.analysis.item_analysis import ExamAnalysis

if TYPE_CHECKING:
    from pandas import DataFrame

FIGURES = (
    "question",
    "known",
    "unknown",
    "blank",
    "difficulty",
    "discrimination",
    "point_biserial",
)


def student_table(analysis: ExamAnalysis) -> "DataFrame":
    """Return one row a sheet, in the order of the sheets; `share` is over counted questions, null where not settled."""
    from pandas import DataFrame  # noqa: PLC0415 - half a second

    questions = len(analysis.items)
    rows = [
        {
            "student": student.student,
            "right": student.right,
            "wrong": student.wrong,
            "blank": student.blank,
            "unknown": student.unknown,
            "most_right": student.right + student.unknown,
            "share": None if student.unknown else student.right / questions,
            "identified": student.is_identified,
        }
        for student in analysis.students
    ]
    return DataFrame(rows).astype({"share": "float64"})


def item_table(analysis: ExamAnalysis) -> "DataFrame":
    """Return one row a counted question, as the key has them; remarks joined by a blank."""
    from pandas import DataFrame  # noqa: PLC0415

    rows = [
        {
            **{name: getattr(item, name) for name in FIGURES},
            "right": "/".join(item.right),
            "remarks": " ".join(item.remarks),
        }
        for item in analysis.items
    ]
    return DataFrame(rows).astype({"difficulty": "float64", "discrimination": "float64", "point_biserial": "float64"})


def choice_table(analysis: ExamAnalysis) -> "DataFrame":
    """Return one row a question and choice: its count, and its shares of the upper and lower group."""
    from pandas import DataFrame  # noqa: PLC0415

    rows = [
        {
            "question": item.question,
            "choice": choice.label,
            "is_right": choice.is_right,
            "count": choice.count,
            "upper_share": choice.upper,
            "lower_share": choice.lower,
        }
        for item in analysis.items
        for choice in item.choices
    ]
    return DataFrame(rows).astype({"upper_share": "float64", "lower_share": "float64"})


def exam_tables(analysis: ExamAnalysis) -> "dict[str, DataFrame]":
    """Return the tables by the name that a file of theirs has."""
    return {
        "students": student_table(analysis),
        "items": item_table(analysis),
        "choices": choice_table(analysis),
    }
