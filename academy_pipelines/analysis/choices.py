"""Which choices students took, question by question."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.analysis.responses import MarkedExam, Response
from academy_pipelines.analysis.statistics import group_weights

BLANK, SEVERAL, UNKNOWN = "(blank)", "(several)", "(unknown)"
"""What an answer is counted under that is not one label."""


@dataclass(frozen=True, slots=True)
class ChoiceCount:
    """How many sheets answered a question with `label`, or left it `BLANK`, marked `SEVERAL`, or are `UNKNOWN`.

    `upper` and `lower` are the shares of the upper and lower group in [0, 1], None where there are no groups and
    for what is unknown, of which complete sheets have none.
    """

    label: str
    count: int
    is_right: bool
    upper: float | None
    lower: float | None

    @property
    def is_distractor(self) -> bool:
        """Whether this is one wrong choice."""
        return not self.is_right and self.label not in {BLANK, SEVERAL, UNKNOWN}


Groups = tuple[NDArray[np.float64], NDArray[np.float64]]


def choice_tables(exam: MarkedExam) -> tuple[tuple[ChoiceCount, ...], ...]:
    """Return for each counted question every choice that is offered or was taken, then what is no choice.

    Counts are over all sheets, shares of the groups over complete ones.
    """
    groups = _groups(exam)
    return tuple(_table(exam, column, groups) for column in range(len(exam.key)))


def _table(exam: MarkedExam, column: int, groups: Groups | None) -> tuple[ChoiceCount, ...]:
    right = "/".join(exam.key[column].right)
    responses = [row[column] for row in exam.responses]
    taken = np.array([_counted_under(response, exam.key[column].right) for response in responses])
    offered = {label for response in responses for label in response.choices} | {right} | {str(one) for one in taken}
    of_complete = taken[exam.is_complete]
    counts: list[ChoiceCount] = []
    for label in (*sorted(offered - {BLANK, SEVERAL, UNKNOWN}), SEVERAL, BLANK, UNKNOWN):
        upper, lower = (None, None) if label == UNKNOWN else _shares(groups, of_complete == label)
        counts.append(ChoiceCount(label, int((taken == label).sum()), label == right, upper, lower))
    return tuple(counts)


def _groups(exam: MarkedExam) -> Groups | None:
    totals = exam.is_right[exam.is_complete].sum(axis=1, dtype=np.int64)
    return None if not len(totals) or totals.min() == totals.max() else group_weights(totals)


def _shares(groups: Groups | None, is_taken: NDArray[np.bool_]) -> tuple[float | None, float | None]:
    if groups is None:
        return None, None
    upper, lower = groups
    return float(upper @ is_taken / upper.sum()), float(lower @ is_taken / lower.sum())


def _counted_under(response: Response, right: tuple[str, ...]) -> str:
    if not response.is_settled:
        return UNKNOWN
    if not response.detected:
        return BLANK
    if set(response.detected) == set(right):
        return "/".join(right)
    return response.detected[0] if len(response.detected) == 1 else SEVERAL
