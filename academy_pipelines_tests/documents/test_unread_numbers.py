"""Questions whose numbers no engine read."""

import hypothesis.strategies as st
from hypothesis import given

from academy_pipelines.documents.numbering import Anchor
from academy_pipelines.documents.unread_numbers import Gap, inferred


def places(found) -> list[tuple[int, int]]:
    return [(anchor.place, anchor.number) for anchor in found]


@given(st.sets(st.integers(1, 10), min_size=1, max_size=9), st.integers(2, 6))
def test_every_lacking_number_stands_where_the_white_is(read: set[int], lines_each: int):
    anchors = [Anchor(number * lines_each, number) for number in sorted(read)]
    gaps = [Gap(place, 2.0 if place % lines_each == 0 else 0.3) for place in range(1, 11 * lines_each)]
    gaps = [gap for gap in gaps if gap.place >= lines_each]
    found = inferred(anchors, gaps, 11 * lines_each)
    expected = set(range(2 if min(read) > 4 else 1, 11)) - read
    if min(read) > 4:  # a paper may well begin there
        expected = {number for number in expected if number > min(read)}
    assert sorted(anchor.number for anchor in found) == sorted(expected)
    assert all(anchor.place == anchor.number * lines_each for anchor in found)


def test_fewer_white_places_than_lacking_numbers_prove_nothing():
    anchors = [Anchor(0, 1), Anchor(10, 4), Anchor(20, 5)]
    assert inferred(anchors, [Gap(5, 2.0), Gap(10, 2.0), Gap(20, 2.0)], 22) == ()


def test_the_top_of_a_column_counts_only_where_there_is_nothing_better():
    anchors = [Anchor(0, 1), Anchor(10, 3), Anchor(20, 4)]
    white = [Gap(10, 2.0), Gap(20, 2.0)]
    assert places(inferred(anchors, [Gap(4, None), *white], 20)) == [(4, 2)]
    assert places(inferred(anchors, [Gap(4, None), Gap(7, 2.0), *white], 20)) == [(7, 2)]


def test_a_closing_line_behind_the_last_question_is_none():
    anchors = [Anchor(0, 1), Anchor(5, 2)]
    assert inferred(anchors, [Gap(5, 2.0), Gap(9, 2.5)], 10) == ()
    assert places(inferred(anchors, [Gap(5, 2.0), Gap(9, 2.5)], 12)) == [(9, 3)]


def test_without_any_white_above_read_numbers_nothing_is_inferred():
    assert inferred([Anchor(0, 2)], [Gap(0, None), Gap(5, 3.0)], 9) == ()
