"""How many sheets have which score."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.analysis.item_analysis import StudentScore

MOST_BINS = 16
"""More bars than that are no picture of a class any more."""


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """Scores `low`..`high`, both included: how many sheets have one, and how many have at least one.

    `provisional` sheets have unknown answers and stand at the lowest score they can have.
    """

    low: int
    high: int
    complete: int
    provisional: int


def score_bins(students: Sequence[StudentScore], questions: int, most_bins: int = MOST_BINS) -> tuple[ScoreBin, ...]:
    """Return bins of equal width from 0 to `questions`; the last one may be narrower."""
    width = -(-(questions + 1) // most_bins)
    bins: list[ScoreBin] = []
    for low in range(0, questions + 1, width):
        high = min(low + width - 1, questions)
        within = [student for student in students if low <= student.right <= high]
        provisional = sum(student.unknown > 0 for student in within)
        bins.append(ScoreBin(low, high, len(within) - provisional, provisional))
    return tuple(bins)
