"""Classical figures against numbers worked out by hand, and what holds for any exam."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from academy_pipelines.analysis.statistics import discrimination, group_weights, kr20, point_biserial

STAIRS = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
"""Scores 3, 2, 1, 0; shares right 3/4, 2/4, 1/4."""

matrices = arrays(np.bool_, st.tuples(st.integers(0, 12), st.integers(1, 8)))


def test_kr20_of_the_stairs_is_three_quarters():
    # sum(p q) = 3/16 + 4/16 + 3/16 = 0.625; variance of 3, 2, 1, 0 is 1.25; 3/2 * (1 - 0.625 / 1.25)
    assert kr20(STAIRS) == pytest.approx(0.75)


def test_point_biserial_leaves_the_question_itself_out():
    # question 1: 1 1 1 0 beside 2 1 0 0, so 0.75 / sqrt(0.75 * 2.75); question 2: 1 1 0 0 beside 2 1 1 0, 1 / sqrt(2)
    assert point_biserial(STAIRS) == pytest.approx([0.75 / (0.75 * 2.75) ** 0.5, 0.5**0.5, 0.75 / (0.75 * 2.75) ** 0.5])


def test_discrimination_compares_the_best_27_percent_with_the_last():
    totals_7_to_1 = np.array([[1] * n + [0] * (7 - n) for n in range(7, 0, -1)], dtype=bool)
    # 27 % of 7 are 2: the upper group has scores 7 and 6, the lower 2 and 1
    assert discrimination(totals_7_to_1) == pytest.approx([0, 0.5, 1, 1, 1, 1, 0.5])


def test_students_who_compete_for_the_last_place_of_a_group_share_it():
    upper, lower = group_weights(np.array([2, 2, 1, 0]))
    assert upper.tolist() == [0.5, 0.5, 0, 0]
    assert lower.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("same", [np.zeros((0, 3), bool), np.ones((1, 3), bool), np.ones((5, 3), bool)])
def test_what_the_data_do_not_determine_is_none(same):
    assert kr20(same) is None
    assert point_biserial(same) == [None] * 3
    assert discrimination(same) == [None] * 3


@settings(max_examples=40)
@given(matrices)
def test_figures_stay_within_their_range(right):
    reliability = kr20(right)
    assert reliability is None or reliability <= 1 + 1e-9
    for figures in (point_biserial(right), discrimination(right)):
        assert len(figures) == right.shape[1]
        assert all(figure is None or -1 - 1e-9 <= figure <= 1 + 1e-9 for figure in figures)


@settings(max_examples=40)
@given(matrices, st.randoms(use_true_random=False))
def test_the_order_of_the_sheets_does_not_matter(right, random):
    order = random.sample(range(len(right)), len(right))
    assert discrimination(right[order]) == pytest.approx(discrimination(right), abs=1e-9)
    assert point_biserial(right[order]) == pytest.approx(point_biserial(right), abs=1e-9)


@settings(max_examples=40)
@given(arrays(np.bool_, st.tuples(st.integers(2, 12), st.integers(2, 8))))
def test_kr20_is_cronbachs_alpha_of_right_and_wrong(right):
    variance = right.sum(axis=1).var(ddof=1)
    k = right.shape[1]
    alpha = k / (k - 1) * (1 - right.var(axis=0, ddof=1).sum() / variance) if variance else None
    assert kr20(right) == (None if alpha is None else pytest.approx(alpha))
