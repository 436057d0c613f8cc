import json
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.quality import QualityReport
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
