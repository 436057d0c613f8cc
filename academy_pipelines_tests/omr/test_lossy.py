import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.imaging import as_gray, decode_gray, encode_jpeg
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.lossy import is_lossy
from academy_pipelines.omr.registration import CaptureMode, register

SHEET = kit.template()


def judged(page):
    found = register(page, SHEET, CaptureMode.SCAN)
    return is_lossy(page, locate_bubbles(SHEET, found).ellipses, found.px_per_mm)


def scan(px_per_mm):
    page = kit.draw(SHEET, {1: "A", 4: "B"}, "1234", px_per_mm=8)
    height, width = page.shape
    size = (round(width * px_per_mm / 8), round(height * px_per_mm / 8))
    return as_gray(cv2.resize(page, size, interpolation=cv2.INTER_AREA))


def thresholded(page, level, quality=60):
    return decode_gray(encode_jpeg(np.where(page < level, 0, 255).astype(np.uint8), quality))


@pytest.mark.parametrize("px_per_mm", [3.5, 6.0])
def test_grey_pictures_lose_nothing_however_coarse(px_per_mm):
    assert not judged(scan(px_per_mm))
    assert not judged(kit.noisy(scan(px_per_mm), 8))


def test_a_coarse_black_and_white_picture_is_a_fax():
    assert judged(thresholded(scan(3.5), 190))


def test_a_fine_black_and_white_scan_with_whole_rings_keeps_its_pencil():
    assert not judged(thresholded(scan(8.0), 190))
