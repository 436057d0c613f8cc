import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.errors import MisalignedSheetError, PageNotFoundError
from academy_pipelines.omr.flattening import align_page
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.registration import CaptureMode, Registration, register
from academy_pipelines.omr.template import BoxMm, Question, SheetTemplate, equal_cells

SHEET = kit.template()
UNMARKED = kit.template(markers=())


def places(registration: Registration, sheet: SheetTemplate = SHEET):
    return np.array(locate_bubbles(sheet, registration).centers_px)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mode", list(CaptureMode))
def test_a_sheet_is_found_in_every_rotation(degrees, mode):
    page = kit.draw(SHEET, {1: "A", 2: "B"}, "1234")
    upright = places(register(page, SHEET, mode))
    picture = kit.turned(page, degrees)
    found = register(picture, SHEET, mode)
    assert found.rotation_cw == degrees
    assert found.ring_share > 0.97
    height, width = page.shape
    x, y = upright.T
    expected = {0: (x, y), 90: (height - 1 - y, x), 180: (width - 1 - x, height - 1 - y), 270: (y, width - 1 - x)}
    assert np.abs(places(found).T - np.array(expected[degrees])).max() < 1.0


def test_a_scan_that_fills_the_picture_is_not_warped_and_a_turned_one_is():
    page = kit.draw(SHEET)
    assert not register(page, SHEET, CaptureMode.SCAN).warped
    assert register(kit.turned(page, 90), SHEET, CaptureMode.SCAN).warped
    assert register(kit.on_table(page), SHEET, CaptureMode.PHOTO).warped


@pytest.mark.parametrize("table", [20, 70, 150])
def test_a_photo_on_any_table_is_found_by_its_marks(table):
    found = register(kit.on_table(kit.draw(SHEET), table=table), SHEET, CaptureMode.PHOTO)
    assert found.method == "markers"
    assert found.ring_share == 1.0


def test_bubbles_lie_where_they_were_drawn_in_a_photo():
    photo = kit.on_table(kit.draw(SHEET, px_per_mm=8), tilt=0.05)
    found = register(photo, SHEET, CaptureMode.AUTO)
    flat = align_page(photo, found, SHEET, 8)
    difference = cv2.absdiff(flat, kit.draw(SHEET, px_per_mm=8))[40:-40, 40:-40]
    assert np.percentile(difference, 99) < 60
    assert np.mean(difference) < 5


@pytest.mark.parametrize("bend", [(), (1e-9,) * 20])
def test_a_small_flat_picture_shows_every_pixel_of_a_large_scan(bend: tuple[float, ...]):
    clean = kit.draw(SHEET, px_per_mm=8)
    found = replace(register(clean, SHEET, CaptureMode.AUTO), bend=bend)
    scan = np.minimum(clean, np.random.default_rng(1).integers(150, 255, clean.shape, np.uint8))
    flat = align_page(scan, found, SHEET, 4)
    expected = cv2.resize(scan, flat.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.mean(cv2.absdiff(flat, expected)[20:-20, 20:-20]) < 10


def test_a_sheet_without_marks_is_found_by_the_edge_of_its_paper():
    photo = kit.on_table(kit.draw(UNMARKED), table=40)
    found = register(photo, UNMARKED, CaptureMode.PHOTO)
    assert found.method == "outline"
    assert found.ring_share > 0.97


def test_a_full_page_scan_without_marks_is_read_as_it_is():
    found = register(kit.draw(UNMARKED), UNMARKED, CaptureMode.SCAN)
    assert found.method == "full_page"
    assert not found.warped


def test_a_sheet_is_found_with_one_mark_covered():
    page = kit.draw(SHEET)
    page[-140:, -140:] = 240
    found = register(page, SHEET, CaptureMode.SCAN)
    assert found.method == "markers"
    assert found.ring_share > 0.97


def test_bent_paper_is_followed():
    page = kit.draw(SHEET)
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    sag = 5.0 * np.sin(np.pi * x / width) * np.sin(np.pi * y / height)
    bent = cv2.remap(page, x, (y + sag).astype(np.float32), cv2.INTER_LINEAR, borderValue=(240,))
    found = register(bent, SHEET, CaptureMode.SCAN)
    assert found.bend
    flat = places(register(page, SHEET, CaptureMode.SCAN))
    moved = flat - np.stack(
        [np.zeros(len(flat)), 5.0 * np.sin(np.pi * flat[:, 0] / width) * np.sin(np.pi * flat[:, 1] / height)], 1
    )
    assert np.abs(places(found) - moved).max() < 1.5


@pytest.mark.parametrize("mode", list(CaptureMode))
def test_noise_is_refused(mode):
    noise = np.random.default_rng(1).integers(0, 255, (500, 700), dtype=np.uint8)
    with pytest.raises((PageNotFoundError, MisalignedSheetError)):
        register(noise, SHEET, mode)


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("sheet", [SHEET, UNMARKED])
def test_blank_paper_is_refused(grey, sheet):
    with pytest.raises((PageNotFoundError, MisalignedSheetError)):
        register(np.full((600, 900), grey, np.uint8), sheet, CaptureMode.AUTO)


def test_a_photo_without_a_sheet_says_what_the_back_end_looks_for():
    with pytest.raises(PageNotFoundError, match="warp_failed_for_photo_mode"):
        register(np.full((600, 900), 200, np.uint8), SHEET, CaptureMode.PHOTO)


def test_the_sheet_of_another_template_is_refused():
    other = kit.template(questions=2, digits=0)
    with pytest.raises(MisalignedSheetError, match="rings"):
        register(kit.draw(other), kit.template(questions=10, digits=4), CaptureMode.AUTO)


def test_a_page_moved_by_one_row_is_found_where_it_is():
    page = kit.draw(UNMARKED)
    row_px = round(11 * 6.0)
    moved = np.full_like(page, 240)
    moved[row_px:] = page[:-row_px]
    found = register(moved, UNMARKED, CaptureMode.SCAN)
    down_px = places(found, UNMARKED) - places(register(page, UNMARKED, CaptureMode.SCAN), UNMARKED)
    assert np.abs(down_px - (0, row_px)).max() < 1.0


def test_a_sheet_that_looks_the_same_upside_down_is_refused_without_an_orientation_mark():
    boxes = [BoxMm(70, 65 + 20 * row, 60, 10) for row in (-2, -1, 0, 1, 2)]
    rings = [tuple(replace(b, rx_mm=2.6, ry_mm=2.6, is_explicit=True) for b in equal_cells(box)) for box in boxes]
    questions = tuple(Question(i + 1, box, row) for i, (box, row) in enumerate(zip(boxes, rings, strict=True)))
    symmetric = SheetTemplate(200.0, 140.0, questions)
    with pytest.raises(MisalignedSheetError, match="two places"):
        register(kit.draw(symmetric), symmetric, CaptureMode.SCAN)


def plain_boxes(markers=SHEET.markers) -> SheetTemplate:
    questions = tuple(Question(q.number, q.roi, equal_cells(q.roi)) for q in SHEET.questions)
    return SheetTemplate(SHEET.width_mm, SHEET.height_mm, questions, markers=markers)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_template_of_plain_boxes_is_proved_by_its_marks_alone(degrees):
    page = kit.draw(kit.template(questions=0, digits=0))
    found = register(kit.turned(page, degrees), plain_boxes(), CaptureMode.AUTO)
    assert (found.method, found.rotation_cw) == ("markers", degrees)


def test_a_template_of_plain_boxes_without_marks_needs_bubbles_in_them():
    bare = plain_boxes(markers=())
    assert register(kit.draw(SHEET), bare, CaptureMode.SCAN).method == "full_page"
    with pytest.raises((PageNotFoundError, MisalignedSheetError)):
        register(np.full((840, 1200), 240, np.uint8), bare, CaptureMode.SCAN)


def test_registration_survives_json():
    found = register(kit.on_table(kit.draw(SHEET)), SHEET, CaptureMode.PHOTO)
    assert Registration.from_json(json.loads(json.dumps(found.to_json()))) == found


THREE = kit.template(markers=(kit.MARKERS[0], kit.MARKERS[1], kit.MARKERS[3]))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_sheet_with_three_marks_is_found_by_them(degrees):
    page = kit.draw(THREE, {1: "A"}, "1234")
    found = register(kit.turned(kit.on_table(page, table=235, tilt=0.02), degrees), THREE, CaptureMode.AUTO)
    assert (found.method, found.rotation_cw) == ("markers", degrees)
    assert found.ring_share > 0.97


def test_one_of_four_marks_may_be_covered_where_nothing_tells_which_way_up_but_the_rings():
    sheet = kit.template(markers=kit.MARKERS[:4])
    page = kit.draw(sheet)
    page[-140:, -140:] = 240
    found = register(page, sheet, CaptureMode.SCAN)
    assert found.method == "markers"
    assert np.abs(places(found, sheet) - places(register(kit.draw(sheet), sheet, CaptureMode.SCAN), sheet)).max() < 1.5
