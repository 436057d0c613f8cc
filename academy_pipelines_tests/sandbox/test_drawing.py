import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.omr.primitives import Disc, FilledBox, Line, PrintedSheet, Ring
from academy_pipelines.omr.template import BoxMm, PointMm, Question, SheetTemplate, equal_cells
from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet
from academy_pipelines.sandbox.pencil import MARK_KINDS
from academy_pipelines.sandbox.raster import rasterise_sheet

PX_PER_MM = 6.0
ANSWERS = {number: ("ABCDE"[number % 5],) for number in range(1, 11) if number != 4}
answers_of_ten = st.dictionaries(
    st.integers(1, 10), st.sets(st.sampled_from("ABCDE"), max_size=5).map(lambda labels: tuple(sorted(labels)))
)


def drawn(filled, kind="full", seed=7):
    return draw_sheet(filled, PX_PER_MM, np.random.default_rng(seed), kind)


def darkness(page, bubble, share=0.8):
    """Mean darkness in [0, 1] inside `share` of a bubble."""
    center, reach_mm = bubble.center, max(bubble.rx_mm, bubble.ry_mm)
    left, top = int((center.x_mm - reach_mm) * PX_PER_MM), int((center.y_mm - reach_mm) * PX_PER_MM)
    patch = page[top : top + int(2 * reach_mm * PX_PER_MM) + 2, left : left + int(2 * reach_mm * PX_PER_MM) + 2]
    rows, columns = np.mgrid[: patch.shape[0], : patch.shape[1]] + 0.5
    x = ((left + columns) / PX_PER_MM - center.x_mm) / bubble.rx_mm
    y = ((top + rows) / PX_PER_MM - center.y_mm) / bubble.ry_mm
    return 1 - patch[np.hypot(x, y) < share].mean() / 255


def added_ink(kind, seed=7):
    """The darkness that marks add to their bubbles, marked ones first, then the others of their questions."""
    filled = FilledSheet(objective_template(10), ANSWERS)
    before, after = drawn(FilledSheet(filled.template)), drawn(filled, kind, seed)
    marked, unmarked = [], []
    for question in filled.template.questions:
        for bubble in question.bubbles:
            ink = darkness(after, bubble) - darkness(before, bubble)
            (marked if bubble.label in ANSWERS.get(question.number, ()) else unmarked).append(ink)
    return np.array(marked), np.array(unmarked)


def test_a_page_has_the_size_of_its_sheet():
    assert drawn(FilledSheet(objective_template(20))).shape == (1260, 1782)


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        ("full", 0.55, 0.95),
        ("overflow", 0.55, 0.95),
        ("partial", 0.20, 0.70),
        ("pencil_light", 0.18, 0.45),
        ("coloured", 0.25, 0.68),
        ("scribble", 0.25, 0.90),
        ("tick", 0.08, 0.45),
        ("cross", 0.15, 0.60),
        ("erased", 0.55, 0.95),
    ],
)
def test_a_mark_adds_as_much_ink_as_its_kind_says(kind, least, most):
    marked, _ = added_ink(kind)
    assert marked.min() > least
    assert marked.max() < most


@pytest.mark.parametrize("kind", MARK_KINDS)
def test_a_mark_leaves_the_other_bubbles_of_its_question_clean(kind):
    _, unmarked = added_ink(kind)
    assert unmarked.max() < (0.15 if kind == "erased" else 0.03)


def test_an_erased_choice_leaves_traces_in_one_other_bubble_of_each_answered_question():
    _, unmarked = added_ink("erased")
    assert (unmarked > 0.02).sum() == len(ANSWERS)


@settings(max_examples=15, deadline=None)
@given(answers_of_ten, st.text("0123456789 ", max_size=8))
def test_exactly_what_was_said_is_marked(answers, identifier):
    filled = FilledSheet(objective_template(10), answers, identifier)
    page = drawn(filled)
    for question in filled.template.questions:
        dark = {bubble.label for bubble in question.bubbles if darkness(page, bubble) > 0.45}
        assert dark == set(answers.get(question.number, ()))
    for column, digit in zip(filled.template.identifier, identifier.ljust(8), strict=True):
        dark = {bubble.label for bubble in column.bubbles if darkness(page, bubble) > 0.45}
        assert dark == set(digit.strip())


def test_the_same_seed_draws_the_same_pixels_and_another_does_not():
    filled = FilledSheet(objective_template(10), ANSWERS, "12345678")
    assert np.array_equal(drawn(filled), drawn(filled))
    assert not np.array_equal(drawn(filled), drawn(filled, seed=8))


def test_drawing_on_a_shared_blank_page_does_not_change_it():
    blank = np.full((1260, 1782), 250, np.uint8)
    page = draw_sheet(
        FilledSheet(objective_template(10), {1: ("A",)}), PX_PER_MM, np.random.default_rng(1), blank=blank
    )
    assert blank.min() == 250
    assert page.min() < 80


@pytest.mark.parametrize(
    ("answers", "identifier", "words"),
    [
        ({11: ("A",)}, "", "question 11"),
        ({1: ("F",)}, "", "no choice F"),
        ({}, "123456789", "8 digits"),
        ({}, "12a", "digits or spaces"),
    ],
)
def test_what_the_sheet_has_no_bubble_for_cannot_be_marked(answers, identifier, words):
    with pytest.raises(InvalidTemplateError, match=words):
        FilledSheet(objective_template(10), answers, identifier)


def test_any_template_can_be_drawn_with_its_bubbles_only():
    roi = BoxMm(20, 20, 60, 10)
    template = SheetTemplate(100, 50, (Question(1, roi, equal_cells(roi, ("1", "2", "3"))),))
    page = drawn(FilledSheet(template, {1: ("2",)}))
    levels = [darkness(page, bubble) for bubble in template.questions[0].bubbles]
    assert page.shape == (300, 600)
    assert levels[1] > 0.5
    assert max(levels[0], levels[2]) < 0.2


def test_marks_are_printed_where_the_template_says():
    template = objective_template(10)
    page = 255.0 - drawn(FilledSheet(template))
    for mark in template.markers:
        left, top = int((mark.center.x_mm - 4.5) * PX_PER_MM), int((mark.center.y_mm - 4.5) * PX_PER_MM)
        dark = page[top : top + 54, left : left + 54]
        rows, columns = np.mgrid[:54, :54] + 0.5
        assert (left + (dark * columns).sum() / dark.sum()) / PX_PER_MM == pytest.approx(mark.center.x_mm, abs=0.01)
        assert (top + (dark * rows).sum() / dark.sum()) / PX_PER_MM == pytest.approx(mark.center.y_mm, abs=0.01)


@given(st.floats(5, 15), st.floats(5, 15), st.floats(0.3, 4), st.floats(0.3, 4))
def test_shapes_cover_their_true_area_wherever_they_lie(x_mm, y_mm, a_mm, b_mm):
    def ink(shape):
        page = rasterise_sheet(PrintedSheet("t", 20.0, 20.0, (shape,)), 10.0)
        return (255.0 - page).sum() / 255 / 100

    box = FilledBox(BoxMm(x_mm - a_mm, y_mm - b_mm, 2 * a_mm, 2 * b_mm), 0.0)
    assert ink(box) == pytest.approx(4 * a_mm * b_mm, rel=0.01, abs=0.01)
    round_disc = Disc(PointMm(x_mm, y_mm), a_mm, a_mm, 0.0)
    assert ink(round_disc) == pytest.approx(np.pi * a_mm**2, rel=0.03, abs=0.01)
    ring = Ring(PointMm(x_mm, y_mm), a_mm, a_mm, 0.25, 0.0)
    assert ink(ring) == pytest.approx(2 * np.pi * a_mm * 0.25, rel=0.05, abs=0.02)
    line = Line(PointMm(x_mm - a_mm, y_mm - b_mm), PointMm(x_mm + a_mm, y_mm + b_mm), 0.3, 0.0)
    assert ink(line) == pytest.approx(0.3 * 2 * np.hypot(a_mm, b_mm) + np.pi * 0.15**2, rel=0.05, abs=0.02)


def test_a_shape_off_the_page_is_left_out():
    sheet = PrintedSheet("t", 10.0, 10.0, (FilledBox(BoxMm(20, 20, 5, 5), 0.0), FilledBox(BoxMm(-3, -3, 4, 4), 0.0)))
    page = rasterise_sheet(sheet, 4.0)
    assert (page < 255).sum() == 16
