"""Drawn sheets of the hard level that were once answered wrongly, or refused."""

import cv2
import numpy as np
import pytest

from academy_pipelines.imaging import decode_gray
from academy_pipelines.omr.graininess import without_grain
from academy_pipelines.omr.reading import read_sheet
from academy_pipelines.omr.readings import AnswerStatus
from academy_pipelines.omr.registration import CaptureMode, register
from academy_pipelines.sandbox.degrade import DegradedSheet, degraded_sheet

ACCEPTED = (AnswerStatus.OK, AnswerStatus.BLANK)


def accepted_wrongly(sheet: DegradedSheet) -> list[int]:
    answers = read_sheet(decode_gray(sheet.jpeg), sheet.template, CaptureMode.AUTO)[-1].answers
    return [
        one.question_id for one in answers if one.status in ACCEPTED and one.detected != sheet.answers[one.question_id]
    ]


@pytest.mark.parametrize("number", [9_000_098, 9_000_250])
def test_ticks_and_crosses_under_a_lamps_reflection_are_not_blank(number):
    sheet = degraded_sheet(number, "hard")
    assert "glare" in sheet.wear
    assert not accepted_wrongly(sheet)


@pytest.mark.parametrize("number", [9_000_132, 9_000_183])
def test_what_an_eraser_left_is_no_mark(number):
    assert not accepted_wrongly(degraded_sheet(number, "hard"))


@pytest.mark.parametrize("number", [9_000_356, 9_000_379])
def test_photos_taken_in_the_dark_are_placed_by_their_marks(number):
    sheet = degraded_sheet(number, "hard")
    found = register(decode_gray(sheet.jpeg), sheet.template, CaptureMode.PHOTO)
    assert found.method == "markers"
    assert found.ring_share > 0.85


def test_only_grainy_pictures_are_smoothed():
    rng = np.random.default_rng(1)
    page = np.full((300, 400), 200, np.uint8)
    page[100:140] = 40
    sharp = np.clip(page + rng.normal(0, 2, page.shape), 0, 255).astype(np.uint8)
    grain = cv2.resize(rng.normal(0, 20, (150, 200)), (400, 300), interpolation=cv2.INTER_CUBIC)
    grainy = np.clip(page + grain, 0, 255).astype(np.uint8)
    assert without_grain(sharp) is sharp
    assert without_grain(grainy)[:90].std() < grainy[:90].std() / 2
    assert without_grain(np.zeros((3, 1), np.uint8)).shape == (3, 1)
