"""The parts of a page in reading order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.columns import page_parts
from academy_pipelines.documents.page_text import PixelBox

LETTER = 40
WIDTH, HEIGHT = 2400, 3300


def page_of(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """A page with lines of text in boxes (left, top, right, bottom): 40 px of ink every 60 px, ragged on the right."""
    ink = np.zeros((HEIGHT, WIDTH), np.uint8)
    rng = np.random.default_rng(0)
    for left, top, right, bottom in boxes:
        for place, row in enumerate(range(top, bottom - LETTER + 1, 60)):
            end = right - int(rng.integers(0, (right - left) // 3)) if place % 3 else right
            ink[row : row + LETTER, left:end] = 255
    return ink


def covers(outer: PixelBox, inner: tuple[int, int, int, int], slack: int = 12) -> bool:
    left, top, right, bottom = inner
    is_across = outer.left <= left + slack and outer.right >= right - slack
    return is_across and outer.top <= top + slack and outer.bottom >= bottom - 60 - slack


@settings(max_examples=25, deadline=None)
@given(
    columns=st.integers(1, 3),
    gutter=st.integers(60, 160),
    has_heading=st.booleans(),
    has_footer=st.booleans(),
    last=st.floats(0.4, 1.0),
)
def test_columns_are_read_one_after_another_between_heading_and_footer(columns, gutter, has_heading, has_footer, last):
    width = (WIDTH - 300 - gutter * (columns - 1)) // columns
    lefts = [150 + (width + gutter) * place for place in range(columns)]
    boxes = [(left, 500, left + width, 3000) for left in lefts]
    boxes[-1] = (*boxes[-1][:3], 500 + int(2500 * last))
    heading = [(400, 200, 2000, 300)] if has_heading else []
    footer = [(600, 3150, 1800, 3210)] if has_footer else []
    parts = page_parts(page_of(*heading, *boxes, *footer), LETTER)
    middles = [part for part in parts if part.box.height > 600]
    assert [part.column for part in middles] == list(range(columns))
    assert all(covers(part.box, box) for part, box in zip(middles, boxes, strict=True))
    above, below = parts[: parts.index(middles[0])], parts[parts.index(middles[-1]) + 1 :]
    assert [*above, *middles, *below] == list(parts)
    assert all(part.column == 0 for part in (*above, *below))
    if columns > 1:  # a heading's short line may be a part of its own
        assert [part.box.top for part in above[:1]] == [box[1] for box in heading]
        assert all(part.box.bottom <= 310 for part in above)
        assert [part.box.top for part in below] == [box[1] for box in footer]


def test_a_printed_rule_parts_columns_that_stand_too_near_for_white_to_tell():
    ink = page_of((150, 500, 1189, 3000), (1211, 500, 2250, 3000))
    assert [part.column for part in page_parts(ink, LETTER)] == [0]
    parts = page_parts(ink, LETTER, [PixelBox(1199, 450, 3, 2600)])
    assert [(part.column, part.box.left) for part in parts] == [
        (0, pytest.approx(150, abs=6)),
        (1, pytest.approx(1211, abs=6)),
    ]


def test_a_rule_in_pieces_counts_as_one_and_a_short_one_not_at_all():
    ink = page_of((150, 500, 1189, 3000), (1211, 500, 2250, 3000))
    pieces = [PixelBox(1199, top, 3, 480) for top in range(500, 2900, 500)]
    assert len(page_parts(ink, LETTER, pieces)) == 2
    assert len(page_parts(ink, LETTER, [PixelBox(1199, 500, 3, 700)])) == 1


def test_an_empty_page_has_no_parts():
    assert page_parts(np.zeros((300, 200), np.uint8), LETTER) == ()


def test_specks_neither_close_a_gap_nor_make_a_part():
    ink = page_of((150, 500, 1150, 3000), (1250, 500, 2250, 3000))
    rng = np.random.default_rng(1)
    ink[rng.integers(0, HEIGHT, 400), rng.integers(0, WIDTH, 400)] = 255
    assert [part.column for part in page_parts(ink, LETTER)] == [0, 1]
