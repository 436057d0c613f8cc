"""Vectors of words: the same words, the same place; misread words, close by."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.lexical import LexicalPolicy, lexical_space, lexical_vectors

PROBLEM = "이차함수 y = x² - 4x + 3 의 그래프가 x축과 만나는 두 점 사이의 거리를 구하시오."
OTHER = "다음 글의 주제로 가장 적절한 것은? The author argues that memory is reconstructive."


def similarity(one: str, other: str) -> float:
    first, second = lexical_vectors([one, other])
    return float(first @ second)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(), max_size=5), st.integers(8, 64))
def test_every_text_with_a_character_has_length_one_and_every_blank_one_none(texts: list[str], dimension: int):
    vectors = lexical_vectors(texts, LexicalPolicy(dimension))
    assert vectors.shape == (len(texts), dimension)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths, [bool(text.split()) for text in texts], atol=1e-5)


@pytest.mark.parametrize("same", [f"  {PROBLEM}\n", PROBLEM.upper(), PROBLEM.replace("x²", "x\N{SUPERSCRIPT TWO}")])
def test_blanks_case_and_forms_of_a_character_do_not_matter(same: str):
    assert similarity(PROBLEM, same) == pytest.approx(1, abs=1e-6)


def test_words_in_another_order_are_the_same_words():
    assert similarity("함수 그래프", "그래프 함수") == pytest.approx(1, abs=1e-6)


def test_a_misread_copy_is_closer_than_another_problem():
    misread = PROBLEM.replace("그래프", "그래표").replace("거리", "기리")
    assert similarity(PROBLEM, misread) > 0.7
    assert similarity(PROBLEM, OTHER) < 0.2


def test_a_text_has_the_same_vector_alone_and_among_others():
    np.testing.assert_array_equal(lexical_vectors([PROBLEM])[0], lexical_vectors([OTHER, PROBLEM])[1])


def test_a_policy_of_its_own_has_a_space_of_its_own():
    spaces = [LexicalPolicy(), LexicalPolicy(512), LexicalPolicy(longest_piece=3)]
    assert len({lexical_space(policy).id for policy in spaces}) == 3
