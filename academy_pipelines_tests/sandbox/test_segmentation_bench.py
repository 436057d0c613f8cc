"""The benchmark of finding questions counts right, and its papers are what they say."""

import hypothesis.strategies as st
import pytest
from hypothesis import given
from rich.console import Console

from academy_pipelines.cli.bench_segmentation import segmentation_table
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.region import Region
from academy_pipelines.resources.ocr.tesseract import TesseractEngine
from academy_pipelines.resources.question_finder import NumberFinder
from academy_pipelines.sandbox.baseline_segmenter import boxes_by_contours
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines.sandbox.exam_pages.pictures import page_pictures
from academy_pipelines.sandbox.segmentation_bench import (
    ARRIVALS,
    SegmentationScore,
    TrueBox,
    arrived,
    judge,
    overlap,
    scores,
)

boxes = st.builds(PixelBox, st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50))


@given(boxes, boxes)
def test_overlap_is_the_same_both_ways_and_whole_only_for_the_same_box(one: PixelBox, other: PixelBox):
    assert overlap(one, other) == overlap(other, one)
    assert 0 <= overlap(one, other) <= 1
    assert (overlap(one, other) == 1) == (one == other)


def test_every_true_box_counts_once_and_labels_are_counted_apart():
    box, elsewhere = PixelBox(0, 0, 100, 100), PixelBox(0, 500, 100, 100)
    truth = [TrueBox(1, box, "1"), TrueBox(1, elsewhere, "2"), TrueBox(2, box, "3")]
    found = [Region(1, box, label="1"), Region(1, box, label="1"), Region(1, elsewhere, label="7")]
    score = judge(found, truth)
    assert score == SegmentationScore(true=3, found=3, same=2, labelled=1)
    assert (score.recall, score.precision) == (2 / 3, 2 / 3)


@pytest.mark.parametrize("arrival", ARRIVALS)
def test_true_boxes_hold_the_ink_of_papers_in_every_way_they_arrive(arrival):
    paper = arrived(8, arrival)
    assert paper.truth
    assert bool(paper.layers) == (arrival == "text layer")
    for true in paper.truth:
        picture = paper.pictures[true.page]
        inside = picture[true.box.top : true.box.bottom, true.box.left : true.box.right]
        assert inside.size == true.box.width * true.box.height
        assert inside.min() < 100


def test_old_contours_find_frames_and_lose_plain_questions():
    (picture, *_) = page_pictures(exam_document(4).pdf, 150)
    found = [Region(1, box) for box in boxes_by_contours(picture)]
    truth = [TrueBox(1, region.box.px(150), region.label) for region in exam_document(4).pages[0].regions]
    assert judge(found, truth).recall < 0.5


def test_a_missed_aim_is_said_in_the_table():
    console = Console(record=True, width=140)
    good, bad = SegmentationScore(10, 10, 10, 10), SegmentationScore(10, 10, 5, 5)
    console.print(segmentation_table({"text layer": (good, bad), "scan at 300 dpi": (bad, bad)}))
    shown = console.export_text()
    assert "1.000" in shown
    assert shown.count("missed") == 2


def test_a_bad_scan_read_by_tesseract_gives_nearly_every_question_and_old_contours_hardly_any():
    ((ours, old),) = scores([1], "bad scan at 200 dpi", TesseractEngine(), NumberFinder())
    assert ours.true == 7
    assert ours.recall >= 0.85
    assert ours.precision >= 0.85
    assert ours.labelled == ours.same
    assert old.recall < 0.3
