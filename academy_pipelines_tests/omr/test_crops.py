"""Small pictures of single rows, and where their bubbles lie in them."""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.crops import Crop, crop_identifier, crop_question
from academy_pipelines.omr.legacy import LegacyQuestion, legacy_template, register_legacy
from academy_pipelines.omr.registration import CaptureMode, register

SHEET = kit.template()


def darkness(crop: Crop) -> dict[str, float]:
    """How dark each bubble of a crop is inside, 0..1; of bubbles with one label the darkest."""
    height, width = crop.picture.shape
    found: dict[str, float] = {}
    for place in crop.places:
        x, y = round(place.x * width - 0.5), round(place.y * height - 0.5)
        reach = round(0.4 * place.rx * width)
        inside = crop.picture[y - reach : y + reach + 1, x - reach : x + reach + 1]
        found[place.label] = max(found.get(place.label, 0.0), 1 - float(inside.mean()) / 255)
    return found


def turned(page, quarter_turns: int):
    return np.ascontiguousarray(np.rot90(page, quarter_turns))


def in_perspective(page):
    height, width = page.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    aims = corners + np.array([[60, 40], [-20, 90], [-70, -30], [30, -60]], np.float32)
    return cv2.warpPerspective(page, cv2.getPerspectiveTransform(corners, aims), (width, height), borderValue=(90,))


@pytest.mark.parametrize("spoil", [lambda p: p, lambda p: turned(p, 1), lambda p: turned(p, 2), in_perspective])
def test_a_row_is_flat_upright_and_its_bubbles_are_where_it_says(spoil):
    page = spoil(kit.draw(SHEET, {2: "BD", 9: "A"}, "1234"))
    registration = register(page, SHEET, CaptureMode.AUTO)
    for number, marked in ((2, {"B", "D"}), (9, {"A"}), (5, set())):
        crop = crop_question(page, registration, SHEET, SHEET.questions[number - 1])
        assert {label for label, dark in darkness(crop).items() if dark > 0.4} == marked
    grid = crop_identifier(page, registration, SHEET)
    assert {label for label, dark in darkness(grid).items() if dark > 0.4} == set("1234")
    assert len(grid.places) == 40


def test_a_row_has_its_printed_number_beside_it_and_no_more_than_its_own_bubbles():
    page = kit.draw(SHEET)
    crop = crop_question(page, register(page, SHEET, CaptureMode.SCAN), SHEET, SHEET.questions[0])
    first, last = crop.places[0], crop.places[-1]
    assert first.x - first.rx > 3 * first.rx
    assert last.rx < 1 - last.x - last.rx < 3 * last.rx
    assert [place.label for place in crop.places] == list("ABCDE")
    assert crop.picture.shape[0] < 60


def test_a_dark_picture_is_shown_bright():
    page = (kit.draw(SHEET, {1: "A"}) * 0.35).astype(np.uint8)
    crop = crop_question(page, register(page, SHEET, CaptureMode.SCAN), SHEET, SHEET.questions[0])
    assert np.median(crop.picture) > 200
    assert darkness(crop)["A"] > 0.4 > darkness(crop)["B"]


def test_where_the_picture_does_not_reach_the_crop_is_white():
    page = kit.draw(SHEET, {1: "ABCDE"})
    registration = register(page, SHEET, CaptureMode.SCAN)
    away = registration.matrix.copy()
    away[0, 2] -= page.shape[1]
    elsewhere = replace(registration, homography=tuple(away.ravel()))
    assert crop_question(page, elsewhere, SHEET, SHEET.questions[0]).picture.min() == 255


def test_a_box_in_the_pictures_own_pixels_is_cut_out_as_it_is():
    page = np.full((400, 600), 230, np.uint8)
    cv2.circle(page, (250, 200), 12, (30,), -1)
    sheet = legacy_template([LegacyQuestion(7, 100, 180, 200, 40, tuple("ABCDE"), "x")], (600, 400))
    crop = crop_question(page, register_legacy(page, sheet), sheet, sheet.questions[0])
    assert {label for label, dark in darkness(crop).items() if dark > 0.4} == {"D"}
