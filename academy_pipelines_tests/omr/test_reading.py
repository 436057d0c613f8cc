import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.errors import InvalidJobError
from academy_pipelines.imaging import decode_gray, encode_png, picture_size
from academy_pipelines.omr.legacy import LegacyQuestion, read_legacy
from academy_pipelines.omr.reading import read_fills, read_sheet
from academy_pipelines.omr.readings import AnswerStatus, IdentifierStatus
from academy_pipelines.omr.registration import CaptureMode

SHEET = kit.template()
choices = st.lists(st.sampled_from(["", "A", "B", "C", "D", "E"]), min_size=10, max_size=10)
numbers = st.text("0123456789", min_size=4, max_size=4)


def reading(page, mode=CaptureMode.AUTO):
    return read_sheet(page, SHEET, mode)[2]


@settings(max_examples=20, deadline=None)
@given(choices, numbers, st.sampled_from([0, 90, 180, 270]), st.integers(40, 150))
def test_what_was_marked_is_read_in_every_rotation_and_ink(marked, number, degrees, ink):
    marks = {index + 1: choice for index, choice in enumerate(marked)}
    read = reading(kit.turned(kit.draw(SHEET, marks, number, ink=ink), degrees))
    assert kit.answers_of(read) == marks
    assert read.flagged_count == 0
    assert (read.identifier.identifier, read.identifier.status) == (number, IdentifierStatus.OK)


@settings(max_examples=8, deadline=None)
@given(choices, st.floats(0.0, 0.06), st.floats(0.45, 1.0), st.integers(20, 140))
def test_a_photo_in_bad_light_is_never_read_wrong_unflagged(marked, tilt, darkest, table):
    marks = {index + 1: choice for index, choice in enumerate(marked)}
    photo = kit.noisy(kit.shadowed(kit.on_table(kit.draw(SHEET, marks), tilt=tilt, table=table), darkest), 6)
    read = reading(photo, CaptureMode.PHOTO)
    wrong = [a for a in read.answers if "".join(a.detected) != marks[a.question_id] and not a.status.is_flagged]
    assert not wrong


def test_blank_paper_with_rings_is_read_as_blank():
    read = reading(kit.draw(SHEET))
    assert {answer.status for answer in read.answers} == {AnswerStatus.BLANK}
    assert read.identifier.status is IdentifierStatus.BLANK


def test_noise_on_blank_bubbles_is_no_mark():
    read = reading(kit.noisy(kit.draw(SHEET), 25))
    assert not any(answer.status is AnswerStatus.OK for answer in read.answers)


def test_two_marks_are_both_reported():
    read = reading(kit.draw(SHEET, {2: "BD"}))
    assert (read.answers[1].detected, read.answers[1].status) == (("B", "D"), AnswerStatus.AMBIGUOUS)


def test_reading_the_fills_again_gives_the_same():
    _, fills, read = read_sheet(kit.draw(SHEET, {1: "A"}, "0042"), SHEET, CaptureMode.SCAN)
    assert read_fills(fills, SHEET) == read


def boxes(scale: float = 6.0) -> list[LegacyQuestion]:
    rois = [(q.number, q.roi) for q in SHEET.questions]
    return [
        LegacyQuestion(n, r.x_mm * scale, r.y_mm * scale, r.width_mm * scale, r.height_mm * scale, kit.LABELS, "x")
        for n, r in rois
    ]


def test_legacy_boxes_are_read_in_pixels_of_the_picture():
    read = read_legacy(kit.draw(SHEET, {1: "A", 4: "D", 10: "E"}), boxes())
    assert kit.answers_of(read) == {n: {1: "A", 4: "D", 10: "E"}.get(n, "") for n in range(1, 11)}
    assert read.identifier is None


def test_legacy_boxes_fit_a_picture_that_was_decoded_smaller():
    data = encode_png(cv2.resize(kit.draw(SHEET, {3: "B"}), None, fx=4, fy=4))
    page, size_px = decode_gray(data), picture_size(data)
    assert page.shape[1] * 2 == size_px[0]
    assert kit.answers_of(read_legacy(page, boxes(24.0), size_px))[3] == "B"


@pytest.mark.parametrize(
    "change",
    [(0, 0, 0, 20), (0, 0, 20, -1), (-5, 0, 20, 20), (1190, 0, 20, 20), (0, 830, 20, 20), (float("nan"), 0, 9, 9)],
)
def test_a_legacy_box_that_is_empty_or_leaves_the_picture_is_refused(change):
    question = LegacyQuestion(7, *change, kit.LABELS, "x")
    with pytest.raises(InvalidJobError, match="question 7"):
        read_legacy(np.full((840, 1200), 255, np.uint8), [question])


def test_a_legacy_question_needs_choices():
    with pytest.raises(InvalidJobError, match="choices"):
        read_legacy(np.full((84, 120), 255, np.uint8), [LegacyQuestion(1, 0, 0, 50, 10, ("A",), "x")])
