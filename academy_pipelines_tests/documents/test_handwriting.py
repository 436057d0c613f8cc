"""What was written on a printed page: found where it is, and unknown where nothing can be known."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.handwriting import HandwritingMarks, handwriting_marks
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.region import Region
from academy_pipelines.imaging import decode_gray
from academy_pipelines.sandbox.capture import PHONE, capture
from academy_pipelines.sandbox.exam_pages.pictures import scanned
from academy_pipelines_tests.documents.drawn import Sheet

SIZE_PX = (1000, 1414)
GAPS = [PixelBox(120, top, 700, 150) for top in (230, 530, 830, 1130)]
"""Where there is room to write, below each question."""


@cache
def form(seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sheet = Sheet(SIZE_PX, letter_px=26)
    for top in (80, 400, 700, 1000):
        rows = [
            "".join(chr(int(rng.integers(0xAC00, 0xD7A3))) if rng.random() > 0.2 else " " for _ in range(26))
            for _ in range(3)
        ]
        sheet.write(80, top, *rows)
    return sheet.pixels


def note(page: np.ndarray, x: int, y: int, rows: int = 1, ink=40, height: int = 40) -> np.ndarray:
    """A zigzag of 160 px in so many rows, from its top left corner."""
    page = page.copy()
    for row in range(rows):
        top = y + row * (height + 12)
        points = [(x + 10 * step, top + (height if step % 2 else 0)) for step in range(17)]
        cv2.polylines(page, [np.array(points, np.int32)], isClosed=False, color=ink, thickness=3, lineType=cv2.LINE_AA)
    return page


def is_unknown(found: HandwritingMarks, reason: str) -> bool:
    scores = (found.writing_score, found.calculation_score, found.confidence)
    return (
        found.status == "unknown" and reason in (found.reason or "") and scores == (0.0, 0.0, 0.0) and not found.marks
    )


def test_print_alone_is_no_handwriting_even_when_it_is_scanned_again():
    found = handwriting_marks(scanned(form(), 3).picture, form())
    assert (found.status, found.method, found.ink_share, found.marks) == ("known", "difference", 0.0, ())
    assert found.confidence > 0.8


@pytest.mark.parametrize("ink", [40, 150], ids=["pen", "pencil"])
def test_notes_are_found_where_they_were_written(ink):
    scan = scanned(note(note(form(), 200, 280, ink=ink), 500, 880, ink=ink), 5)
    found = handwriting_marks(scan.picture, form())
    true = [scan.moved(PixelBox(200, 280, 160, 40)), scan.moved(PixelBox(500, 880, 160, 40))]
    assert len(found.marks) == 2
    for mark, box in zip(found.marks, true, strict=True):
        assert abs(mark.box.left - box.left) < 12
        assert abs(mark.box.bottom - box.bottom) < 12


def test_a_page_photographed_upside_down_and_askew_is_compared_all_the_same():
    phone = replace(PHONE, long_side_px=1600, quarter_turns=2, is_tinted=False)
    photo = decode_gray(capture(note(form(), 200, 280), phone, np.random.default_rng(4)), keep_size=True)
    found = handwriting_marks(photo, form())
    assert (found.status, len(found.marks)) == ("known", 1)
    assert found.marks[0].box.top > photo.shape[0] / 2


def test_each_question_says_what_was_written_in_it():
    regions = [Region(1, box, label=str(number)) for number, box in enumerate(GAPS, 1)]
    found = handwriting_marks(scanned(note(form(), 300, 570), 7).picture, form(), regions)
    assert [(one.label, one.marks) for one in found.questions] == [("1", 0), ("2", 1), ("3", 0), ("4", 0)]
    assert [one.ink_share > 0 for one in found.questions] == [False, True, False, False]


def test_working_out_in_several_lines_counts_as_calculation_and_a_note_does_not():
    assert handwriting_marks(note(form(), 200, 240), form()).calculation_score == 0.0
    found = handwriting_marks(note(form(), 200, 240, rows=3, height=36), form())
    assert found.calculation_score == 1.0
    assert 0 < found.writing_score < 1


@settings(max_examples=4, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(GAPS), st.integers(0, 500), st.integers(0, 90)), max_size=4),
    st.integers(20, 150),
)
def test_every_note_lies_in_a_mark_and_scores_stay_in_range(places, ink):
    page, spots = form(), []
    for gap, across, down in places:
        page = note(page, gap.left + across, gap.top + down, ink=ink)
        spots.append((gap.left + across + 80, gap.top + down + 20))
    found = handwriting_marks(page, form())
    boxes = [mark.box for mark in found.marks]
    assert all(any(b.left <= x < b.right and b.top <= y < b.bottom for b in boxes) for x, y in spots)
    assert 0 <= found.writing_score <= 1
    assert 0 <= found.calculation_score <= 1
    assert (found.ink_share > 0) == bool(places)


def test_a_form_that_does_not_belong_to_the_page_makes_everything_unknown():
    assert is_unknown(handwriting_marks(note(form(), 200, 280), form(2)), "does not fit")


def test_a_form_that_shares_only_its_heading_with_the_page_does_not_fit_either():
    other = form(2).copy()
    other[:220] = form()[:220]
    assert is_unknown(handwriting_marks(form(), other), "blank page")


def test_white_forms_and_white_pages_make_everything_unknown():
    white = np.full((1414, 1000), 255, np.uint8)
    assert is_unknown(handwriting_marks(form(), white), "too little is printed on the blank page")
    assert is_unknown(handwriting_marks(white, form()), "nearly nothing is printed on the page")
    assert is_unknown(handwriting_marks(np.full((3, 2), 9, np.uint8), form()), "nearly nothing")


def test_without_a_form_coloured_pens_are_found_and_nothing_else_is_claimed():
    print_only = cv2.cvtColor(form(), cv2.COLOR_GRAY2BGR)
    blue = note(print_only, 200, 280, ink=(200, 60, 30))
    found = handwriting_marks(form(), None, colour=blue)
    assert (found.status, found.method, len(found.marks), found.confidence) == ("known", "colour", 1, 0.5)
    assert is_unknown(handwriting_marks(form(), None, colour=print_only), "no coloured pen was found")
    assert is_unknown(handwriting_marks(form(), None), "there is no blank page")


def test_a_page_printed_in_colour_makes_pens_unknown():
    brochure = cv2.cvtColor(form(), cv2.COLOR_GRAY2BGR)
    brochure[200:700] = (220, 120, 40)
    brochure[200:700, ::9] = 255
    assert is_unknown(handwriting_marks(form(), None, colour=brochure), "in colour")
