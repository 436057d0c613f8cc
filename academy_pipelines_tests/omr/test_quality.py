import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.errors import PageNotFoundError
from academy_pipelines.omr.quality import QualityReport, picture_complaints
from academy_pipelines.omr.registration import CaptureMode, register

SHEET = kit.template()


def quality(page) -> QualityReport:
    found = register(page, SHEET, CaptureMode.SCAN).quality
    assert found is not None
    return found


def test_a_sharp_scan_has_no_complaints():
    report = quality(kit.draw(SHEET))
    assert abs(report.px_per_mm - 6) < 0.1
    assert (report.complaints, report.alignment_share) == ((), 1.0)


def test_blur_is_measured_in_millimetres_of_the_sheet():
    page = kit.draw(SHEET, px_per_mm=8)
    blurred = cv2.GaussianBlur(page, (0, 0), 3.0)
    assert quality(page).blur_mm < 0.3 < quality(blurred).blur_mm


def test_pale_print_and_white_paper_are_told():
    pale = (255 - (255 - kit.draw(SHEET).astype(float)) * 0.25).astype(np.uint8)
    assert quality(pale).contrast < quality(kit.draw(SHEET)).contrast
    assert quality(kit.draw(SHEET, paper=255)).clipped_share == 1.0
    assert quality(kit.draw(SHEET, paper=240)).clipped_share == 0.0


def test_a_report_survives_json():
    report = quality(kit.draw(SHEET))
    assert QualityReport.from_json(json.loads(json.dumps(report.to_json()))) == report


def complaints_about(page) -> str:
    return " ".join(picture_complaints(page, (SHEET.width_mm, SHEET.height_mm)))


def test_a_sharp_picture_explains_no_refusal():
    assert complaints_about(kit.draw(SHEET)) == ""
    assert complaints_about(np.full((800, 1200), 255, np.uint8)) == ""


def test_a_small_or_blurred_picture_explains_a_refusal():
    assert "at most 2.0 px/mm" in complaints_about(kit.draw(SHEET, px_per_mm=2))
    assert "blurred" in complaints_about(cv2.GaussianBlur(kit.draw(SHEET, px_per_mm=8), (0, 0), 6.0))


def test_a_refusal_says_what_was_wrong_with_the_picture():
    wall = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 255, (300, 400), np.uint8), (0, 0), 4.0)
    wall = cv2.normalize(wall, None, 0, 255, cv2.NORM_MINMAX)
    with pytest.raises(PageNotFoundError, match=r"^warp_failed_for_photo_mode.*perhaps because .*px/mm.*blurred"):
        register(wall, SHEET, CaptureMode.PHOTO)
