"""Classical test theory: numbers that describe a question or an exam, from a matrix of right and not right.

Matrices are (students, questions) bool. A figure that the data do not determine is None, never a guess.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.bool_]

GROUP_SHARE = 0.27
"""Of the students in the upper and in the lower group: the share at which the two groups differ most surely (T. L.
Kelley, "The selection of upper and lower groups for the validation of test items", Journal of Educational Psychology
30, 1939)."""

LEAST_VARIANCE = 1e-12
"""Below it, numbers in [0, hundreds] are all the same but for rounding."""


def kr20(right: Matrix) -> float | None:
    """Return the Kuder-Richardson reliability, at most 1; it can be negative.

    Formula 20 of G. F. Kuder and M. W. Richardson, "The theory of the estimation of test reliability", Psychometrika 2
    (1937): k / (k - 1) * (1 - sum(p q) / variance of the scores), the variance with n in the denominator, as in p q.
    None for fewer than two questions or students, or when all have the same score.
    """
    students, questions = right.shape
    if students < 2 or questions < 2:  # noqa: PLR2004 - a variance takes two
        return None
    variance = float(right.sum(axis=1).var())
    if variance < LEAST_VARIANCE:
        return None
    shares = right.mean(axis=0)
    return questions / (questions - 1) * (1 - float((shares * (1 - shares)).sum()) / variance)


def point_biserial(right: Matrix) -> list[float | None]:
    """Return each question's correlation with the score on the other questions, in [-1, 1].

    That is Pearson's correlation of right (1) or not (0) with the score without the question itself, whose own share
    would raise it (S. Henrysson, "Correction of item-total correlations in item analysis", Psychometrika 28, 1963).
    None where everybody or nobody was right, or all have the same score on the rest.
    """
    totals = right.sum(axis=1, dtype=np.float64)
    return [_correlation(right[:, column].astype(np.float64), totals) for column in range(right.shape[1])]


def _correlation(item: NDArray[np.float64], totals: NDArray[np.float64]) -> float | None:
    if not item.size:
        return None
    rest = totals - item
    item_off, rest_off = item - item.mean(), rest - rest.mean()
    spread = float((item_off**2).sum() * (rest_off**2).sum())
    return None if spread < LEAST_VARIANCE else float((item_off * rest_off).sum() / spread**0.5)


def group_weights(
    totals: NDArray[np.int64], share: float = GROUP_SHARE
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return how much each student belongs to the upper and to the lower group: two (students,) in [0, 1].

    Each group holds `share` of the students, at least one. Where students with the same score compete for the last
    places of a group, each gets an equal part of them, so that the order of the sheets does not matter.
    None for fewer than two students.
    """
    students = len(totals)
    if students < 2:  # noqa: PLR2004 - two groups take two
        return None
    size = max(1, round(share * students))
    return _best(totals, size), _best(-totals, size)


def _best(totals: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    last = np.sort(totals)[-size]
    above, at = totals > last, totals == last
    weights = above.astype(np.float64)
    weights[at] = (size - int(above.sum())) / int(at.sum())
    return weights


def discrimination(right: Matrix) -> list[float | None]:
    """Return each question's share right in the upper group minus that in the lower group, in [-1, 1].

    The index D of R. L. Ebel, "Procedures for the analysis of classroom tests", Educational and Psychological
    Measurement 14 (1954), on the groups of `group_weights`. None for all when fewer than two students are there or all
    have the same score.
    """
    totals = right.sum(axis=1, dtype=np.int64)
    weights = group_weights(totals)
    if weights is None or totals.min() == totals.max():
        return [None] * right.shape[1]
    upper, lower = weights
    shares = (upper @ right) / upper.sum() - (lower @ right) / lower.sum()
    return [float(share) for share in shares]
