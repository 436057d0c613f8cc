"""What must not change a reading: the order of a template's bubbles, the picture's turn, light, contrast and size."""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.imaging import as_gray
from academy_pipelines.omr.reading import read_sheet
from academy_pipelines.omr.readings import AnswerStatus, IdentifierStatus
from academy_pipelines.omr.registration import CaptureMode

SHEET = kit.template()
marked_rows = st.lists(st.sampled_from(["", "A", "B", "C", "D", "E", "AD"]), min_size=10, max_size=10)
numbers = st.text("0123456789", min_size=4, max_size=4)
few = settings(max_examples=8, deadline=None)


def says(page, sheet=SHEET):
    read = read_sheet(page, sheet, CaptureMode.AUTO)[2]
    answers = {answer.question_id: (frozenset(answer.detected), answer.status) for answer in read.answers}
    return answers, read.identifier.raw_identifier, read.identifier.status


def page_with(rows, number, **style):
    return kit.draw(SHEET, {index + 1: labels for index, labels in enumerate(rows)}, number, **style)


def meant(rows, number):
    status = {0: AnswerStatus.BLANK, 1: AnswerStatus.OK, 2: AnswerStatus.AMBIGUOUS}
    answers = {index + 1: (frozenset(labels), status[len(labels)]) for index, labels in enumerate(rows)}
    return answers, number, IdentifierStatus.OK


@few
@given(marked_rows, numbers, st.randoms(use_true_random=False))
def test_the_order_of_bubbles_and_questions_in_a_template_does_not_matter(rows, number, random):
    questions = [replace(q, bubbles=tuple(random.sample(q.bubbles, len(q.bubbles)))) for q in SHEET.questions]
    columns = [replace(c, bubbles=tuple(random.sample(c.bubbles, len(c.bubbles)))) for c in SHEET.identifier]
    random.shuffle(questions)
    shuffled = replace(SHEET, questions=tuple(questions), identifier=tuple(columns))
    assert says(page_with(rows, number), shuffled) == meant(rows, number)


@few
@given(marked_rows, numbers, st.sampled_from([0, 90, 180, 270]))
def test_no_turn_changes_a_reading(rows, number, degrees):
    assert says(kit.turned(page_with(rows, number), degrees)) == meant(rows, number)


@few
@given(marked_rows, numbers, st.floats(0.4, 1.0), st.floats(0.5, 1.0))
def test_neither_light_nor_contrast_changes_a_reading(rows, number, light, contrast):
    page = page_with(rows, number).astype(np.float64)
    assert says(as_gray(np.rint((240 - contrast * (240 - page)) * light))) == meant(rows, number)


@few
@given(marked_rows, numbers, st.floats(3.2, 9.0))
def test_no_resolution_changes_a_reading(rows, number, px_per_mm):
    page = page_with(rows, number, px_per_mm=9.0)
    size = (round(SHEET.width_mm * px_per_mm), round(SHEET.height_mm * px_per_mm))
    assert says(as_gray(cv2.resize(page, size, interpolation=cv2.INTER_AREA))) == meant(rows, number)


@pytest.mark.parametrize(
    "page",
    [
        kit.draw(SHEET),
        kit.noisy(kit.draw(SHEET), 6),
        kit.shadowed(kit.draw(SHEET), 0.6),
        kit.draw(SHEET, rings=False),
        kit.shadowed(kit.draw(SHEET, rings=False), 0.6),
    ],
    ids=["plain", "noisy", "shadowed", "letters", "shadowed letters"],
)
def test_a_sheet_that_nobody_marked_is_blank(page):
    answers, number, status = says(page)
    assert set(answers.values()) == {(frozenset(), AnswerStatus.BLANK)}
    assert (number, status) == ("????", IdentifierStatus.BLANK)
