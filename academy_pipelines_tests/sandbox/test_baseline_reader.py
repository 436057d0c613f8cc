import cv2
import numpy as np
import pytest

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import encode_jpeg
from academy_pipelines.omr.accuracy import SheetTruth, judge_sheet
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.omr.rates import tally
from academy_pipelines.omr.readings import AnswerStatus, IdentifierStatus
from academy_pipelines.sandbox.baseline_reader import read_by_baseline
from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet

SHEET = objective_template(10)
ANSWERS = {number: ("ABCDE"[number % 5],) for number in range(1, 11)}


@pytest.fixture(scope="module")
def page():
    return draw_sheet(FilledSheet(SHEET, ANSWERS, "12345678"), 6.0, np.random.default_rng(4))


def test_a_printed_frame_is_taken_for_the_page_as_the_old_workers_did(page, tmp_path):
    reading = read_by_baseline(encode_jpeg(page), SHEET, tmp_path)
    sums = tally([judge_sheet(SheetTruth("scan", ANSWERS, "12345678"), reading)])
    assert sums.correct < 10
    assert cv2.imread(str(tmp_path / "aligned.jpg")).shape[:2] == (2480, 3508)


def test_a_page_on_a_dark_desk_is_found_by_its_edge(page, tmp_path):
    desk = np.full((page.shape[0] + 200, page.shape[1] + 300), 60, np.uint8)
    desk[90 : 90 + page.shape[0], 170 : 170 + page.shape[1]] = page
    reading = read_by_baseline(encode_jpeg(desk), SHEET, tmp_path)
    assert {answer.question_id: answer.detected for answer in reading.answers} == ANSWERS
    assert reading.identifier.identifier == "12345678"


def test_a_sheet_upside_down_is_misread_for_nothing_is_proved(page, tmp_path):
    reading = read_by_baseline(encode_jpeg(np.ascontiguousarray(np.rot90(page, 2))), SHEET, tmp_path)
    assert {answer.question_id: answer.detected for answer in reading.answers} != ANSWERS


def test_white_paper_without_print_is_blank_and_not_warped(tmp_path):
    reading = read_by_baseline(encode_jpeg(np.full((1260, 1782), 255, np.uint8)), SHEET, tmp_path)
    assert {answer.status for answer in reading.answers} == {AnswerStatus.BLANK}
    assert reading.identifier.status is IdentifierStatus.BLANK
    assert cv2.imread(str(tmp_path / "aligned.jpg")).shape[:2] == (1260, 1782)


def test_what_is_no_picture_is_refused(tmp_path):
    with pytest.raises(UnreadableImageError):
        read_by_baseline(b"<html>", SHEET, tmp_path)
