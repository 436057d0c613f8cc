import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.bubbles import all_bubbles, table_of
from academy_pipelines.omr.ink import OFF_PICTURE, FillScores, flattened, score_fills
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.registration import CaptureMode, Registration, register
from academy_pipelines.omr.template import PointMm

SHEET = kit.template()
NAMES = [f"{q.number}{b.label}" for q in SHEET.questions for b in q.bubbles]


def scores(page) -> FillScores:
    return score_fills(page, locate_bubbles(SHEET, register(page, SHEET, CaptureMode.SCAN)), SHEET)


def ink_of(page) -> dict[str, float]:
    return dict(zip(NAMES, scores(page).ink, strict=False))


def test_blank_bubbles_hold_no_ink_whatever_their_letter():
    fills = scores(kit.draw(SHEET))
    assert len(fills.ink) == len(all_bubbles(SHEET))
    assert np.abs(fills.ink).max() < 0.02
    assert fills.noise < 0.01


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from("ABCDE"), min_size=10, max_size=10))
def test_filled_bubbles_hold_more_ink_than_any_blank_one(choices):
    marks = {number + 1: choice for number, choice in enumerate(choices)}
    ink = ink_of(kit.draw(SHEET, marks))
    filled = [ink[f"{number}{choice}"] for number, choice in marks.items()]
    blank = [value for name, value in ink.items() if marks[int(name[:-1])] != name[-1]]
    assert min(filled) > 0.4
    assert max(blank) < 0.05


@pytest.mark.parametrize("ink", [60, 120, 180])
def test_ink_grows_with_darkness(ink):
    lighter = ink_of(kit.draw(SHEET, {3: "C"}, ink=ink + 20))["3C"]
    assert ink_of(kit.draw(SHEET, {3: "C"}, ink=ink))["3C"] > lighter > 0


@settings(max_examples=10, deadline=None)
@given(st.floats(0.45, 1.0))
def test_ink_does_not_depend_on_brightness(light):
    page = kit.draw(SHEET, {1: "A", 5: "E"})
    plain, dimmed = scores(page).ink, scores((page * light).astype(np.uint8)).ink
    assert np.abs(np.array(plain) - dimmed).max() < 0.03


@pytest.mark.parametrize("px_per_mm", [4.0, 8.0, 12.0])
def test_ink_does_not_depend_on_resolution(px_per_mm):
    reference = ink_of(kit.draw(SHEET, {2: "B"}))["2B"]
    assert ink_of(kit.draw(SHEET, {2: "B"}, px_per_mm=px_per_mm))["2B"] == pytest.approx(reference, abs=0.08)


def test_a_shadow_is_no_ink():
    ink = ink_of(kit.shadowed(kit.draw(SHEET, {4: "D"}), 0.4))
    assert ink.pop("4D") > 0.4
    assert max(ink.values()) < 0.03


def test_a_column_of_marks_is_not_taken_for_a_dark_letter():
    marks = dict.fromkeys(range(1, 11), "A")
    ink = ink_of(kit.draw(SHEET, marks))
    assert min(ink[f"{number}A"] for number in marks) > 0.4


def test_a_bubble_off_the_picture_is_known_to_be_off():
    page = kit.draw(SHEET)
    right = Registration((6.0, 0.0, 400.0, 0.0, 6.0, 0.0, 0.0, 0.0, 1.0), False, "full_page", 1.0, 6.0, 0, (1200, 840))  # noqa: FBT003 - a value
    fills = score_fills(page, locate_bubbles(SHEET, right), SHEET)
    assert OFF_PICTURE in fills.ink
    assert fills.ink[0] > OFF_PICTURE


def test_fills_survive_json():
    fills = scores(kit.draw(SHEET, {1: "A"}))
    assert FillScores.from_json(json.loads(json.dumps(fills.to_json()))) == fills


def test_a_row_printed_beside_its_place_is_read_on_its_own_rings():
    first = SHEET.questions[0]
    moved = tuple(replace(b, center=PointMm(b.center.x_mm + 1.2, b.center.y_mm + 0.9)) for b in first.bubbles)
    printed = replace(SHEET, questions=(replace(first, bubbles=moved), *SHEET.questions[1:]))
    page = kit.draw(printed, {1: "C"})
    found = register(page, SHEET, CaptureMode.SCAN)
    fills = score_fills(page, locate_bubbles(SHEET, found), SHEET)
    assert all(fills.rings_seen)
    assert fills.centers_px[2] == pytest.approx((moved[2].center.x_mm * 6, moved[2].center.y_mm * 6), abs=1.5)
    assert fills.ink[2] > 0.4


def test_a_row_whose_rings_are_covered_is_known_not_to_be_seen():
    page = kit.draw(SHEET)
    page[150:215, 400:700] = 240
    fills = scores(page)
    assert not any(fills.rings_seen[:5])
    assert all(fills.rings_seen[5:])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
def test_what_changes_smoothly_over_the_page_is_no_ink(seed, along_x, along_y):
    rng = np.random.default_rng(seed)
    places = table_of(SHEET).centers_mm
    marked = rng.random(len(places)) < 0.15
    ink = np.where(marked, 0.5, 0.0) + rng.normal(0, 0.004, len(places))
    x, y = (2 * (places - places.min(axis=0)) / np.ptp(places, axis=0) - 1).T
    flat, noise = flattened(ink + along_x * x + along_y * y, places)
    assert np.abs(flat - ink)[~marked].max() < 0.04
    assert noise < 0.025
    assert flat[marked].min(initial=1) > 0.4


def test_an_even_sheet_is_left_as_it_is():
    ink = np.random.default_rng(3).normal(0, 0.02, len(table_of(SHEET).centers_mm))
    assert flattened(ink, table_of(SHEET).centers_mm)[0] is ink
    assert flattened(np.full(4, np.nan), np.zeros((4, 2)))[1] == 0
