"""Copies, possible copies and twins with other numbers are told apart by their words and their numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.lexical import lexical_vectors
from academy_pipelines.documents.likeness import (
    LikenessKind,
    LikenessPolicy,
    judge,
    likeness_policy,
    likenesses,
    text_sha256,
    traits,
)
from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import PairPolicy

PROBLEM = "이차함수 y = x² - 4x + 3 의 그래프가 x축과 만나는 두 점 사이의 거리를 구하시오."
COPY = "이차함수 y=x²-4x+3의 그래프가 x축과 만나는 두 점 사이의 거리를  구하시오."
REWORDED = "이차함수 y = x² - 4x + 3 의 그래프와 x축이 만나는 두 점의 거리를 구하여라."
TWIN = "이차함수 y = x² - 6x + 5 의 그래프가 x축과 만나는 두 점 사이의 거리를 구하시오."
MISREAD_TWIN = "이차함수 y = x² - 8x + 7 의 그래표가 x축과 만나는 두 점 사이의 거리를 구하시오."
OTHER = "다음 글의 주제로 가장 적절한 것은? The author argues that memory is reconstructive."


def found(*texts: str, policy: LikenessPolicy | None = None) -> dict[tuple[int, int], LikenessKind]:
    return {(each.first, each.second): each.kind for each in likenesses(texts, lexical_vectors(texts), policy)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (COPY, "exact_duplicate"),
        (REWORDED, "possible_duplicate"),
        (TWIN, "number_twin"),
        (MISREAD_TWIN, "number_twin"),
    ],
)
def test_each_kind_is_told(text: str, kind: LikenessKind):
    assert found(PROBLEM, OTHER, text) == {(0, 2): kind}


def test_the_same_numbers_in_another_problem_mean_nothing():
    assert judge(traits("3과 4의 합은?"), traits("반지름 4, 높이 3인 원뿔의 부피는?"), 0.1) is None


def test_similar_words_with_other_numbers_and_another_question_are_no_twin():
    assert judge(traits(PROBLEM), traits("이차함수 y = x² - 9의 최솟값을 구하시오."), 0.6) is None


@pytest.mark.parametrize(("one", "other"), [("1,000원", "1000원"), ("①", "1"), ("x²", "x2"), ("\uff13 개", "3개")])
def test_numbers_are_read_whatever_their_form(one: str, other: str):
    assert traits(one).numbers == traits(other).numbers != ()


def test_twins_and_copies_are_found_though_their_vectors_are_far_apart():
    texts = ["3 + 4 = ?", "17 + 25 = ?", "3+4=?"]
    vectors = np.eye(3, dtype=np.float32)
    kinds = {(each.first, each.second): each.kind for each in likenesses(texts, vectors)}
    assert kinds == {(0, 1): "number_twin", (0, 2): "exact_duplicate"}


def test_of_many_copies_each_is_paired_with_the_first_only():
    assert set(found(*[PROBLEM] * 4)) == {(0, 1), (0, 2), (0, 3)}


@pytest.mark.parametrize(("backend", "expected"), [("lexical", {(0, 1): "possible_duplicate"}), ("local", {})])
def test_what_resembles_in_words_must_be_closer_for_a_model(backend: str, expected: dict):
    assert found(PROBLEM, REWORDED, policy=likeness_policy(Space(backend, "any", "1", 1024))) == expected


def test_a_stricter_policy_shows_less():
    strict = LikenessPolicy(PairPolicy(least_similarity=0.99), least_masked_match=1.0)
    assert found(PROBLEM, REWORDED, MISREAD_TWIN, policy=strict) == {}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("가나 12.,①\n", max_size=8), max_size=8))
def test_pairs_are_in_order_and_a_copy_of_every_text_is_found(texts: list[str]):
    doubled = [*texts, *texts]
    pairs = likenesses(doubled, lexical_vectors(doubled))
    assert all(0 <= pair.first < pair.second < len(doubled) for pair in pairs)
    copies = {pair.second for pair in pairs if pair.kind == "exact_duplicate"}
    assert copies >= set(range(len(texts), len(doubled)))
    for pair in pairs:
        is_copy = text_sha256(doubled[pair.first]) == text_sha256(doubled[pair.second])
        assert is_copy == (pair.kind == "exact_duplicate")
