"""Columns are read one after the other, headings in their place."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.reading_order import TEXT_READING, column_runs, reading_order

HEADING = PixelBox(100, 50, 1800, 120)


def column(left: int, tops: list[int], width: int = 800, height: int = 300) -> list[PixelBox]:
    return [PixelBox(left, top, width, height) for top in tops]


def is_kept(boxes: list[PixelBox], seed: int = 0) -> bool:
    """Whether `boxes`, shuffled, are read in the order in which they are given."""
    shuffled = random.Random(seed).sample(boxes, len(boxes))
    return [shuffled[place] for place in reading_order(shuffled)] == boxes


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.integers(1, 6), st.booleans(), st.integers(0, 99))
def test_columns_are_read_from_the_left_each_to_its_end(columns: int, rows: int, has_heading: bool, seed: int):  # noqa: FBT001
    jitter = random.Random(seed)
    width = 1700 // columns
    boxes = [
        PixelBox(
            100 + c * (width + 100 // columns) + jitter.randrange(8), 200 + r * 400, width - jitter.randrange(20), 300
        )
        for c in range(columns)
        for r in range(rows)
    ]
    assert is_kept([HEADING, *boxes] if has_heading else boxes, seed)


def test_columns_above_a_wide_question_are_read_before_it_and_those_below_after_it():
    above = [*column(100, [200, 600]), *column(1000, [200, 600])]
    wide = PixelBox(100, 1000, 1700, 900)
    below = [*column(100, [2000, 2400]), *column(1000, [2000, 2400])]
    assert is_kept([HEADING, *above, wide, *below])


def test_columns_of_different_lengths_are_columns():
    assert is_kept([*column(100, [200, 600, 1000, 1400]), *column(1000, [350])])


def test_boxes_that_touch_over_the_gutter_by_a_few_pixels_are_columns():
    assert is_kept([*column(100, [200, 600], width=915), *column(1000, [200, 600])])


def test_a_box_drawn_too_wide_stays_in_its_column():
    left = column(100, [200, 600, 1000])
    assert is_kept([left[0], PixelBox(100, 600, 980, 300), left[2], *column(1000, [200, 600, 1000])])


def test_narrow_boxes_below_each_other_are_no_columns():
    assert is_kept([PixelBox(100, 100, 300, 100), PixelBox(700, 300, 300, 100), PixelBox(100, 500, 300, 100)])


def test_choices_side_by_side_are_no_columns_of_text():
    question = PixelBox(100, 100, 800, 300)
    choices = [PixelBox(100 + n * 280, 420, 200, 40) for n in range(3)]
    [run] = column_runs([question, *choices], TEXT_READING)
    assert run.places == (0, 1, 2, 3)


def test_every_run_says_its_column():
    boxes = [HEADING, *column(100, [200]), *column(1000, [200])]
    assert [(run.column, run.places) for run in column_runs(boxes)] == [(0, (0,)), (0, (1,)), (1, (2,))]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.builds(PixelBox, *[st.integers(0, 60)] * 2, *[st.integers(1, 40)] * 2), max_size=14))
def test_every_box_is_read_once_wherever_the_boxes_lie(boxes: list[PixelBox]):
    assert sorted(reading_order(boxes)) == list(range(len(boxes)))
    assert sorted(reading_order(boxes, TEXT_READING)) == list(range(len(boxes)))


@pytest.mark.parametrize("count", [0, 1])
def test_few_boxes_are_in_order(count: int):
    assert reading_order(column(0, [0])[:count]) == list(range(count))
