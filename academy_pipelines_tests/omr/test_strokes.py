import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.ink import score_fills
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.registration import CaptureMode, register
from academy_pipelines.omr.sampling import disc_points
from academy_pipelines.omr.strokes import pooling, stroke_scores

SHEET = kit.template()
POINTS = disc_points(0.8, 16)


def ticked(noise=0.0):
    page = kit.draw(SHEET, {1: "A", 2: "C"})
    bubble = SHEET.questions[4].bubbles[3].center
    x, y = round(bubble.x_mm * 6), round(bubble.y_mm * 6)
    cv2.line(page, (x - 10, y - 2), (x - 3, y + 9), 130, 2, cv2.LINE_AA)
    cv2.line(page, (x - 3, y + 9), (x + 14, y - 15), 130, 2, cv2.LINE_AA)
    page = kit.noisy(page, noise) if noise else page
    return score_fills(page, locate_bubbles(SHEET, register(page, SHEET, CaptureMode.SCAN)), SHEET)


@pytest.mark.parametrize("noise", [0.0, 6.0, 12.0])
def test_a_thin_tick_stands_out_from_everything_that_is_blank(noise):
    fills = ticked(noise)
    row = fills.strokes[20:25]
    blank = np.delete(fills.strokes[:50], [0, 7, 23])
    assert row.index(max(row)) == 3
    assert row[3] > max(5.0, 1.5 * blank.max())


def test_blank_print_has_no_strokes_whatever_its_letters():
    page = kit.noisy(kit.draw(SHEET), 4)
    fills = score_fills(page, locate_bubbles(SHEET, register(page, SHEET, CaptureMode.SCAN)), SHEET)
    assert max(fills.strokes) < 5


def test_cells_average_what_lies_in_them():
    weights = pooling(POINTS, 0.8)
    assert np.allclose(weights.sum(axis=0), 1)
    assert np.allclose(np.full(len(POINTS), 0.3, np.float32) @ weights, 0.3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 0.2))
def test_an_even_change_of_all_bubbles_changes_no_score(seed, change):
    rng = np.random.default_rng(seed)
    cells = rng.normal(0.1, 0.02, (90, 30)).astype(np.float32)
    blank = rng.random(90) < 0.8
    scores, changed = (stroke_scores(values, blank, SHEET) for values in (cells, cells + np.float32(change)))
    assert np.allclose(scores, changed, atol=1e-2)


def test_bubbles_off_the_picture_have_no_strokes():
    cells = np.full((90, 30), 0.1, np.float32)
    cells[5] = np.nan
    assert stroke_scores(cells, np.ones(90, np.bool_), SHEET)[5] == 0
    assert not stroke_scores(cells, np.zeros(90, np.bool_), SHEET).any()
