import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.overlay import AMBER, GREEN, PX_PER_MM, answer_color, draw_overlay
from academy_pipelines.omr.reading import read_sheet
from academy_pipelines.omr.registration import CaptureMode

SHEET = kit.template()


def overlay(page):
    registration, _, reading = read_sheet(page, SHEET, CaptureMode.AUTO)
    picture = cv2.imdecode(np.frombuffer(draw_overlay(page, registration, SHEET, reading), np.uint8), cv2.IMREAD_COLOR)
    return picture, reading


def has_color(picture, bubble, color) -> bool:
    x, y, r = (round(v * PX_PER_MM) for v in (bubble.center.x_mm, bubble.center.y_mm, bubble.rx_mm + 1))
    around = picture[y - r : y + r, x - r : x + r].astype(int)
    return bool((np.abs(around - color).max(axis=2) < 60).sum() > 20)


@pytest.mark.parametrize("degrees", [0, 180])
def test_chosen_bubbles_are_green_and_doubtful_ones_amber_on_the_upright_sheet(degrees):
    picture, reading = overlay(kit.turned(kit.draw(SHEET, {1: "B", 2: "AC"}, "1234"), degrees))
    assert picture.shape[:2] == (round(SHEET.height_mm * PX_PER_MM), round(SHEET.width_mm * PX_PER_MM))
    first, second = SHEET.questions[0].bubbles, SHEET.questions[1].bubbles
    assert has_color(picture, first[1], GREEN)
    assert not has_color(picture, first[3], GREEN)
    assert has_color(picture, second[0], AMBER)
    assert has_color(picture, second[2], AMBER)
    assert has_color(picture, SHEET.identifier[0].bubbles[1], GREEN)
    assert [answer_color(answer) for answer in reading.answers[:2]] == [GREEN, AMBER]


def test_a_bent_sheet_is_drawn_too():
    page = kit.draw(SHEET, {1: "B"})
    rows, columns = page.shape
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    sag = (5 * np.sin(np.pi * x / columns) * np.sin(np.pi * y / rows)).astype(np.float32)
    picture, _ = overlay(cv2.remap(page, x, y + sag, cv2.INTER_LINEAR, borderValue=(240,)))
    assert has_color(picture, SHEET.questions[0].bubbles[1], GREEN)
