import dataclasses
import itertools

import numpy as np
import pytest

from academy_pipelines.imaging import decode_gray
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.sandbox.capture import DIM_PHONE, PHONE, PRESETS, SCAN, CaptureEffects, capture, expose
from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet

PX_PER_MM = 6.0
EXACT = CaptureEffects(long_side_px=1782, exposure=255.0)


@pytest.fixture(scope="module")
def sheet():
    filled = FilledSheet(objective_template(10), {1: ("B",)}, "12345678")
    return draw_sheet(filled, PX_PER_MM, np.random.default_rng(3))


def seen_at(exposure, x_mm, y_mm):
    x, y, w = exposure.matrix @ (x_mm * PX_PER_MM, y_mm * PX_PER_MM, 1.0)
    return x / w, y / w


def level(exposure, x_mm, y_mm):
    x, y = seen_at(exposure, x_mm, y_mm)
    return exposure.picture[int(y), int(x)].mean()


def test_a_capture_without_effects_is_the_sheet_itself(sheet):
    picture = expose(sheet, EXACT, np.random.default_rng(0)).picture
    assert np.abs(picture.astype(int) - sheet).max() <= 1


@pytest.mark.parametrize(("preset", "turns", "seed"), list(itertools.product(PRESETS.values(), (0, 1, 2, 3), (1, 2))))
def test_marks_are_dark_and_paper_is_light_where_the_matrix_says(sheet, preset, turns, seed):
    effects = dataclasses.replace(preset, quarter_turns=turns)
    exposure = expose(sheet, effects, np.random.default_rng(seed))
    for mark in objective_template(10).markers:
        x_mm, y_mm = mark.center.x_mm, mark.center.y_mm
        assert level(exposure, x_mm, y_mm) < 0.5 * level(exposure, x_mm + 5.5, y_mm)


@pytest.mark.parametrize("preset", [PHONE, DIM_PHONE])
def test_a_phone_sees_the_whole_sheet_on_a_darker_desk(sheet, preset):
    for seed in range(5):
        exposure = expose(sheet, preset, np.random.default_rng(seed))
        height, width = exposure.picture.shape[:2]
        for x_mm, y_mm in ((0, 0), (297, 0), (297, 210), (0, 210)):
            x, y = seen_at(exposure, x_mm, y_mm)
            assert 0 < x < width
            assert 0 < y < height
        assert level(exposure, -3, 100) < 0.7 * level(exposure, 4, 100)


def test_a_scanned_page_fills_its_picture(sheet):
    exposure = expose(sheet, SCAN, np.random.default_rng(5))
    height, width = exposure.picture.shape
    corners = np.array([seen_at(exposure, x_mm, y_mm) for x_mm, y_mm in ((0, 0), (297, 210))])
    assert np.abs(corners - [(0, 0), (width, height)]).max() < 0.02 * width


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_quarter_turns_are_clockwise(sheet, turns):
    exposure = expose(sheet, dataclasses.replace(EXACT, quarter_turns=turns), np.random.default_rng(0))
    upright = np.rot90(exposure.picture, turns)
    assert upright.shape == sheet.shape
    assert np.abs(upright.astype(int) - sheet).mean() < 1


def test_each_effect_shows_by_itself(sheet):
    plain = expose(sheet, EXACT, np.random.default_rng(0)).picture.astype(float)
    for change in ({"falloff": 0.4}, {"shadow": 0.4}, {"blur_px": 2.0}, {"motion_px": 9.0}, {"noise": 5.0}):
        changed = expose(sheet, dataclasses.replace(EXACT, **change), np.random.default_rng(2)).picture
        assert np.abs(changed - plain).mean() > 0.5, change


def test_the_same_seed_takes_the_same_picture(sheet):
    assert capture(sheet, PHONE, np.random.default_rng(4)) == capture(sheet, PHONE, np.random.default_rng(4))
    assert capture(sheet, PHONE, np.random.default_rng(4)) != capture(sheet, PHONE, np.random.default_rng(5))


def test_a_capture_is_a_jpeg_of_the_size_asked_for(sheet):
    page = decode_gray(capture(sheet, dataclasses.replace(DIM_PHONE, quarter_turns=1), np.random.default_rng(4)))
    assert max(page.shape) == page.shape[0] == DIM_PHONE.long_side_px
