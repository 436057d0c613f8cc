"""Search is exact, pairs are complete, lengths are 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.vectors import PairPolicy, normalised, similar_pairs, top_k


def directions(count: int, dimension: int, seed: int = 1):
    return normalised(np.random.default_rng(seed).standard_normal((count, dimension)))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 40), st.integers(1, 8), st.integers(0, 50), st.integers(0, 99))
def test_the_nearest_are_those_of_a_full_sort(count: int, dimension: int, k: int, seed: int):
    matrix, query = directions(count, dimension, seed), directions(1, dimension, seed + 1)[0]
    places, similarities = top_k(matrix, query, k)
    everything = np.sort(matrix @ query)[::-1]
    np.testing.assert_array_equal(similarities, everything[:k])
    np.testing.assert_array_equal(similarities, (matrix @ query)[places])


def test_among_equals_the_earlier_row_comes_first_even_at_the_cut():
    matrix = normalised(np.array([[0, 1], [1, 0], [1, 0], [1, 0], [0, 1]]))
    places, _ = top_k(matrix, matrix[1], 2)
    assert places.tolist() == [1, 2]


@pytest.mark.parametrize("vectors", [[[3.0, 4.0], [1e-30, 0.0]], [[1e30, 1e30]], [[2.0, 0.0, 0.0]]])
def test_every_length_becomes_one(vectors: list[list[float]]):
    np.testing.assert_allclose(np.linalg.norm(normalised(np.array(vectors)), axis=1), 1, rtol=1e-6)


def test_a_row_of_zeros_stays_zeros():
    assert normalised(np.zeros((1, 3))).tolist() == [[0, 0, 0]]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 30), st.integers(1, 9), st.integers(0, 99))
def test_pairs_are_those_of_a_double_loop_whatever_the_block(count: int, block_rows: int, seed: int):
    matrix = directions(count, 3, seed)
    found = {
        (first, second)
        for pairs in similar_pairs(matrix, PairPolicy(0.5, most_per_row=count, block_rows=block_rows))
        for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    }
    similarity = matrix @ matrix.T
    sure = {(i, j) for i in range(count) for j in range(i + 1, count) if similarity[i, j] >= 0.5 + 1e-6}
    possible = {(i, j) for i in range(count) for j in range(i + 1, count) if similarity[i, j] >= 0.5 - 1e-6}
    assert sure <= found <= possible


def test_a_row_that_resembles_everything_contributes_its_best_pairs_only():
    matrix = normalised(np.array([[1, 0], [1, 0.3], [1, 0.1], [1, 0.2]]))
    [pairs] = similar_pairs(matrix, PairPolicy(0.5, most_per_row=1))
    assert list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == [(0, 2), (1, 3), (2, 3)]
