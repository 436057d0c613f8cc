"""Boxes come back to the page from where the detector saw them, in every layout of its answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.detected_regions import check_class_names, detected_regions
from academy_pipelines.documents.detection import (
    Candidates,
    Detection,
    DetectionPolicy,
    check_class_count,
    decoded,
    kept,
    letterboxed,
    on_page,
    sniffed_layout,
)
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.errors import MalformedAnswerError, MisconfiguredError

SIDE_PX = 64


def candidates(corners: list[tuple[float, ...]], scores: list[float], classes: list[int] | None = None) -> Candidates:
    numbers = np.array(classes or [0] * len(corners), np.intp)
    return Candidates(np.array(corners, np.float32).reshape(-1, 4), np.array(scores, np.float32), numbers)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_a_box_goes_into_the_square_and_back_within_a_pixel_of_the_square(width: int, height: int, data: st.DataObject):
    square, letterbox = letterboxed(np.zeros((height, width), np.uint8), SIDE_PX)
    assert square.shape == (SIDE_PX, SIDE_PX)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    shift = np.array([letterbox.left, letterbox.top] * 2)
    seen = np.array([left, top, right, bottom]) * letterbox.scale + shift
    [found] = on_page(candidates([tuple(seen)], [0.9]), letterbox, {0: "question"})
    assert found.box == PixelBox(left, top, right - left, bottom - top)


def test_a_page_keeps_its_proportions_between_bands_of_grey():
    square, letterbox = letterboxed(np.zeros((50, 100), np.uint8), SIDE_PX)
    assert (letterbox.left, letterbox.top) == (0, 16)
    assert set(square[:16].ravel().tolist()) == set(square[-16:].ravel().tolist()) == {114}
    assert not square[16:-16].any()


@pytest.mark.parametrize(
    ("shape", "classes", "layout"),
    [
        ((1, 25200, 6), 1, "v5"),
        ((1, 25200, 85), 80, "v5"),
        ((1, 5, 8400), 1, "v8"),
        ((1, 84, 8400), 80, "v8"),
        ((1, 300, 6), 1, "end_to_end"),
        ((1, 300, 6), 80, "end_to_end"),
        ((1, 84, 8400), None, "v8"),
    ],
)
def test_the_layout_is_seen_from_the_shape(shape: tuple[int, ...], classes: int | None, layout: str):
    assert sniffed_layout(shape, classes) == layout


@pytest.mark.parametrize(
    ("shape", "classes"),
    [((1, 84, 8400), 3), ((1, 25200, 85), 3), ((300, 6), 1), ((2, 300, 6), 1), ((1, 4, 8400), None)],
)
def test_an_output_that_does_not_fit_is_refused(shape: tuple[int, ...], classes: int | None):
    with pytest.raises(MisconfiguredError, match="YOLO_QUESTION_MODEL_PATH"):
        sniffed_layout(shape, classes)


def test_a_layout_named_for_another_shape_is_refused():
    with pytest.raises(MisconfiguredError, match="name its layout"):
        check_class_count((1, 25200, 7), "end_to_end", 1)


def test_the_same_box_is_read_from_all_layouts():
    v5 = np.array([[[20, 30, 10, 8, 0.9, 0.1, 0.8]]], np.float32)
    v8 = np.array([[[20], [30], [10], [8], [0.09], [0.72]]], np.float32)
    end_to_end = np.array([[[15, 26, 25, 34, 0.72, 1]]], np.float16)
    read = [decoded(v5, "v5"), decoded(v8, "v8"), decoded(end_to_end, "end_to_end")]
    for each in read:
        assert each.corners.tolist() == [[15, 26, 25, 34]]
        assert each.scores.tolist() == pytest.approx([0.72], abs=1e-3)
        assert each.classes.tolist() == [1]


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(MalformedAnswerError, match="no numbers"):
        decoded(np.full((1, 300, 6), np.nan), "end_to_end")


def test_of_overlapping_boxes_of_a_class_the_surest_stays():
    overlapping = candidates(
        [(0, 0, 10, 10), (1, 0, 11, 10), (30, 0, 40, 10), (1, 0, 11, 10)], [0.7, 0.8, 0.5, 0.6], [0, 0, 0, 1]
    )
    left = kept(overlapping, DetectionPolicy(), once=False)
    assert left.scores.tolist() == pytest.approx([0.8, 0.6, 0.5])
    assert left.classes.tolist() == [0, 1, 0]


def test_a_model_that_names_each_object_once_is_believed():
    overlapping = candidates([(0, 0, 10, 10), (1, 0, 11, 10)], [0.7, 0.8])
    assert len(kept(overlapping, DetectionPolicy(), once=True).scores) == 2


def test_unsure_boxes_are_left_out_and_the_limit_itself_counts():
    found = kept(candidates([(0, 0, 9, 9), (20, 20, 29, 29)], [0.5, 0.49]), DetectionPolicy(0.5), once=False)
    assert found.scores.tolist() == [0.5]


def test_boxes_are_cut_at_the_edges_and_those_beside_the_page_are_left_out():
    _, letterbox = letterboxed(np.zeros((64, 64), np.uint8), SIDE_PX)
    found = on_page(candidates([(-5, 50, 10, 90), (70, 0, 80, 9)], [0.9, 0.8]), letterbox, {})
    assert found == [Detection(PixelBox(0, 50, 10, 14), "class 0", pytest.approx(0.9))]


@pytest.mark.parametrize("names", [["question"], ["Figure", "문제"], [" Problem "]])
def test_classes_that_are_questions_are_accepted(names: list[str]):
    check_class_names(names)


@pytest.mark.parametrize("names", [["person", "car"], ["passage"]])
def test_a_model_without_questions_is_refused_by_the_names_of_its_classes(names: list[str]):
    with pytest.raises(MisconfiguredError, match=", ".join(names)):
        check_class_names(names)


def test_regions_are_questions_and_passages_in_reading_order_and_nothing_else():
    found = [
        Detection(PixelBox(1000, 100, 800, 300), "question", 0.9),
        Detection(PixelBox(100, 500, 800, 300), "question", 0.8),
        Detection(PixelBox(100, 100, 800, 300), "지문", 0.7),
        Detection(PixelBox(100, 900, 800, 300), "logo", 0.95),
    ]
    regions = detected_regions(3, found)
    assert [(region.kind, region.box.left, region.box.top) for region in regions] == [
        ("passage", 100, 100),
        ("question", 100, 500),
        ("question", 1000, 100),
    ]
    assert {region.page for region in regions} == {3}
    assert [region.confidence for region in regions] == [0.7, 0.8, 0.9]
