"""What the person's page shows of documents, also of nonsense that a worker posted."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.sandbox.document_views import posted_notes, posted_problems, written_text
from academy_pipelines.sandbox.region_overlays import QUESTION_BGR, draw_regions, holds_regions

WHITE = np.full((400, 300), 255, np.uint8)
NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["boxes", "pages", "problems", "notes"]), inner)
    ),
    max_leaves=8,
)


def seen(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_boxes_are_drawn_where_they_lie_on_the_page_at_full_size():
    result = {"boxes": [[100, 200, 300, 120]], "labels": ["7"], "kinds": ["question"], "pages": [1]}
    drawn = seen(draw_regions(WHITE, (600, 800), result, 1))
    assert np.abs(drawn[159, 100].astype(int) - QUESTION_BGR).max() < 40
    assert drawn[250, 20].min() > 240


def test_boxes_of_another_page_are_not_drawn():
    result = {"boxes": [[100, 200, 300, 120]], "labels": ["7"], "kinds": ["question"], "pages": [2]}
    assert seen(draw_regions(WHITE, (600, 800), result, 1)).min() > 250


@pytest.mark.parametrize("boxes", [[[1, 2]], ["abc"], [None], [[1, 2, 3, "x"]]])
def test_boxes_that_are_none_are_left_out(boxes):
    assert seen(draw_regions(WHITE, (600, 800), {"boxes": boxes}, 1)).min() > 250


@given(NONSENSE)
def test_nonsense_shows_nothing_and_breaks_nothing(result: object):
    written_text(result)
    posted_notes(result)
    json.dumps(posted_problems(result))
    if holds_regions(result):
        draw_regions(WHITE, (300, 400), result, 1)


def test_every_problem_says_where_its_answer_comes_from():
    one = {
        "body": "물음",
        "choices": ["가"],
        "answer": None,
        "answer_source": "none",
        "needs_review": True,
        "warnings": ["no_answer"],
    }
    (shown,) = posted_problems(one)
    assert (shown["answer"], shown["source"], shown["warnings"]) == ("-", "not known", "no_answer")
    assert len(posted_problems({**one, "problems": [one, {**one, "answer_source": "stated"}]})) == 2
