import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.omr.calibration import (
    brier_score,
    expected_calibration_error,
    fit_logistic,
    probability,
    reliability_curve,
    trade_off_curve,
)
from academy_pipelines.omr.confidence import FEATURES, KINDS, RowMeasures, code_version, confidence_of, features_of

outcomes = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def row(first=0.5, second=0.01, noise=0.005) -> RowMeasures:
    strokes = (first / max(noise, 0.004), second / max(noise, 0.004))
    return RowMeasures(first, second, *strokes, 0.0, 0.03, 0.09, 0.5, noise, 1.0, 6.0)


def test_certain_and_right_is_perfect_and_certain_and_wrong_the_worst():
    assert brier_score([1.0, 0.0], [True, False]) == 0
    assert brier_score([1.0, 0.0], [False, True]) == 1
    assert expected_calibration_error([1.0, 1.0], [False, False]) == 1


@given(outcomes)
def test_every_answer_is_in_one_bin_and_scores_are_shares(pairs):
    stated, right = zip(*pairs, strict=True)
    assert sum(one.count for one in reliability_curve(stated, right)) == len(pairs)
    assert 0 <= brier_score(stated, right) <= 1
    assert 0 <= expected_calibration_error(stated, right) <= 1


@given(outcomes)
def test_a_higher_threshold_flags_more_and_lets_less_through(pairs):
    stated, right = zip(*pairs, strict=True)
    curve = trade_off_curve(stated, right, [0.0, 0.3, 0.6, 1.1])
    assert [one.flagged_share for one in curve] == sorted(one.flagged_share for one in curve)
    assert [one.silent_share for one in curve] == sorted((one.silent_share for one in curve), reverse=True)
    assert (curve[0].flagged_share, curve[-1].silent_share) == (0, 0)


def test_different_lengths_are_an_error():
    with pytest.raises(ValueError, match="2 confidences and 1 outcomes"):
        brier_score([0.5, 0.5], [True])


def test_the_fit_finds_the_chances_that_made_the_data():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(6000, 2))
    chance = probability(features @ np.array([1.5, -0.7]) + 0.4)
    weights = fit_logistic(features, list(rng.random(6000) < chance), ridge=0.1)
    assert np.abs(weights - [1.5, -0.7, 0.4]).max() < 0.15


@pytest.mark.parametrize("kind", KINDS)
def test_confidence_is_a_probability_whatever_was_measured(kind):
    for measures in (row(), row(0.0, 0.0, 0.0), row(5.0, 5.0, 1.0), row(-1.0, -1.0)):
        assert len(features_of(measures, kind)) == len(FEATURES)
        assert 0 <= confidence_of(measures, kind) <= 1
    assert code_version()


def test_a_darker_mark_is_surer_and_a_rival_less_sure():
    assert confidence_of(row(0.5), "mark") > confidence_of(row(0.1), "mark")
    assert confidence_of(row(0.2), "mark") > confidence_of(row(0.2, second=0.12), "mark")
    assert confidence_of(row(0.005), "blank") > confidence_of(row(0.03), "blank")
