"""The benchmark of reading counts what it says."""

from dataclasses import replace

import pytest

from academy_pipelines.cli.bench_ocr import ocr as command
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines.sandbox.exam_pages.truth import TrueLine
from academy_pipelines.sandbox.ocr_bench import bench_pages, layer_scores, score, scores


@pytest.fixture(scope="module")
def truth():
    return exam_document(831).pages[0]


def test_a_perfect_reading_has_no_errors_whatever_its_spaces(truth):
    found = score("국어", truth, truth.text.replace("\n", " \n "), 1.5)
    assert (found.error_rate, found.circled_found, found.cpu_s) == (0.0, found.circled, 1.5)


def test_lost_and_swapped_choices_are_counted(truth):
    lost = score("국어", truth, truth.text.replace("③", ""), 0)
    swapped = score("국어", truth, truth.text.replace("③", "②"), 0)
    count = truth.circled_numbers.count("③")
    assert lost.circled_found == lost.circled - count
    assert swapped.circled_found == swapped.circled - count
    assert lost.edits == swapped.edits == count


def test_letters_in_drawings_count_neither_way(truth):
    line = TrueLine("Q", truth.lines[0].box, is_figure=True)
    page = replace(truth, lines=(*truth.lines, line))
    assert score("국어", page, truth.text, 0).edits == 0
    assert score("국어", page, f"Q\n{truth.text}", 0).edits == 0
    assert score("국어", page, f"QQ\n{truth.text}", 0).edits == 1


def test_pages_are_fresh_and_the_same_every_time():
    first, second = bench_pages(1, 100, is_degraded=True), bench_pages(1, 100, is_degraded=True)
    (one,), (other,) = first, second
    assert (one.picture == other.picture).all()
    (read,) = scores([one], lambda _: "")
    assert read.error_rate == 1.0


def test_text_layers_meet_their_aim():
    found = list(layer_scores(3))
    assert all(score.error_rate <= 0.035 for score in found)
    assert sum(score.circled_found for score in found) == sum(score.circled for score in found)


def test_the_command_is_called_ocr():
    assert command.name == "ocr"
