"""How far stated confidences can be believed, and how a model of them is fitted: pure numbers, no plots."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NEWTON_STEPS = 40
MAX_LOGIT = 30.0


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Answers whose confidence lies between `low` and `high`: how many, their mean confidence and share right."""

    low: float
    high: float
    count: int
    mean_confidence: float
    share_right: float


def reliability_curve(
    confidence: Sequence[float], is_right: Sequence[bool], bins: int = 10
) -> tuple[ReliabilityBin, ...]:
    """Return the non-empty ones of `bins` equal bins of confidence, lowest first.

    Raises:
        ValueError: the two sequences differ in length.
    """
    stated, right = _arrays(confidence, is_right)
    place = np.clip((stated * bins).astype(int), 0, bins - 1)
    curve: list[ReliabilityBin] = []
    for index in range(bins):
        here = place == index
        if here.any():
            mean, share = float(stated[here].mean()), float(right[here].mean())
            curve.append(ReliabilityBin(index / bins, (index + 1) / bins, int(here.sum()), mean, share))
    return tuple(curve)


def brier_score(confidence: Sequence[float], is_right: Sequence[bool]) -> float:
    """Return the mean squared difference of confidence and outcome: 0 is perfect (Brier 1950); NaN of nothing."""
    stated, right = _arrays(confidence, is_right)
    return float(((stated - right) ** 2).mean()) if len(stated) else float("nan")


def expected_calibration_error(confidence: Sequence[float], is_right: Sequence[bool], bins: int = 10) -> float:
    """Return the mean distance of confidence from the share right, weighted by bin (Naeini et al. 2015)."""
    curve = reliability_curve(confidence, is_right, bins)
    total = max(1, sum(one.count for one in curve))
    return sum(one.count * abs(one.mean_confidence - one.share_right) for one in curve) / total


@dataclass(frozen=True, slots=True)
class TradeOff:
    """What a threshold on confidence costs: shares of all questions flagged, and silently wrong."""

    min_confidence: float
    flagged_share: float
    silent_share: float


def trade_off_curve(
    confidence: Sequence[float], is_right: Sequence[bool], thresholds: Sequence[float]
) -> tuple[TradeOff, ...]:
    """Return flags and silent errors when answers below each of `thresholds` are flagged, in their order."""
    stated, right = _arrays(confidence, is_right)
    count = max(1, len(stated))
    return tuple(
        TradeOff(one, float((stated < one).sum() / count), float(((stated >= one) & (right == 0)).sum() / count))
        for one in thresholds
    )


def fit_logistic(features: Values, is_right: Sequence[bool], ridge: float = 1.0) -> Values:
    """Return (F + 1,) weights, the constant last, of a ridge logistic regression by Newton's method.

    `features` is (N, F), each of the order of one. The constant is not shrunk.
    """
    right = np.asarray(is_right, np.float64)
    system = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    penalty = np.diag([ridge] * features.shape[1] + [1e-6])
    weights = np.zeros(system.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = probability(system @ weights)
        slope = system.T @ (right - chance) - penalty @ weights
        curve = (system * (chance * (1 - chance))[:, None]).T @ system + penalty
        step = np.linalg.solve(curve, slope)
        weights = weights + step / max(1.0, float(np.abs(step).max()))
    return np.asarray(weights, np.float64)


def probability(logit: Values) -> Values:
    """Return the logistic function of `logit`."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -MAX_LOGIT, MAX_LOGIT))), np.float64)


def _arrays(confidence: Sequence[float], is_right: Sequence[bool]) -> tuple[Values, Values]:
    if len(confidence) != len(is_right):
        raise ValueError(f"{len(confidence)} confidences and {len(is_right)} outcomes; give one outcome a confidence")
    return np.asarray(confidence, np.float64), np.asarray(is_right, np.float64)
