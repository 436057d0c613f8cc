import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.bubbles import table_of
from academy_pipelines.omr.contrast import RANGE, local_contrast

SHEET = kit.template(16)
PLACES_MM = table_of(SHEET).centers_mm
COUNT = len(PLACES_MM)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 0.9), st.floats(0.5, 0.85))
def test_print_under_a_reflection_is_paler_by_as_much(level, dimmed):
    levels = np.full(COUNT, level)
    under = PLACES_MM[:, 0] > 130
    seen = local_contrast(levels * np.where(under, dimmed, 1.0), levels, SHEET)
    assert seen[~under] == pytest.approx(1)
    assert seen[PLACES_MM[:, 0] > 150] == pytest.approx(dimmed)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=16, max_size=16))
def test_marks_do_not_change_it(marked):
    levels = np.full(COUNT, 0.1)
    darkness = levels.copy()
    darkness[[5 * row + place for row, place in enumerate(marked)]] = 0.7
    darkness[80] = np.nan
    assert local_contrast(darkness, levels, SHEET) == pytest.approx(1)


def test_bubbles_without_print_tell_nothing():
    assert (local_contrast(np.linspace(0, 0.02, COUNT), np.full(COUNT, 0.01), SHEET) == 1).all()


def test_it_stays_within_what_a_readable_picture_may_have():
    levels = np.full(COUNT, 0.3)
    seen = local_contrast(np.where(PLACES_MM[:, 0] > 150, 0.001, 0.3), levels, SHEET)
    assert seen.min() == RANGE[0]
    assert seen.max() <= RANGE[1]
