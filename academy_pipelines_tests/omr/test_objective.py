import itertools
import json
import math
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.omr.objective import (
    IDENTIFIER_PANEL,
    TEMPLATE_NAMES,
    objective_template,
    question_panel,
    template_by_name,
    template_meta,
)
from academy_pipelines.omr.template import BoxMm, Bubble, PointMm, equal_cells

COUNTS = (10, 20, 30)
SAFE_MARGIN_MM = 8.0


def bubbles_of(template):
    groups = (*template.questions, *template.identifier)
    return [bubble for group in groups for bubble in group.bubbles]


def mark_boxes(template):
    for mark in template.markers:
        side = float(re.fullmatch(r"square ([\d.]+)mm centre", mark.kind)[1])
        yield BoxMm(mark.center.x_mm - side / 2, mark.center.y_mm - side / 2, side, side)


def extent(bubble: Bubble) -> BoxMm:
    center = bubble.center
    return BoxMm(center.x_mm - bubble.rx_mm, center.y_mm - bubble.ry_mm, 2 * bubble.rx_mm, 2 * bubble.ry_mm)


@pytest.mark.parametrize("count", COUNTS)
def test_a_sheet_has_its_questions_in_order_with_choices_a_to_e(count):
    template = objective_template(count)
    assert [question.number for question in template.questions] == list(range(1, count + 1))
    assert {tuple(b.label for b in question.bubbles) for question in template.questions} == {tuple("ABCDE")}


@given(st.integers().filter(lambda count: count not in COUNTS))
def test_any_other_count_is_refused_with_the_remedy(count):
    with pytest.raises(InvalidTemplateError, match=rf"{count} questions; choose 10, 20 or 30"):
        objective_template(count)


@given(st.text().filter(lambda name: name not in TEMPLATE_NAMES))
def test_an_unknown_name_is_refused_and_the_names_are_listed(name):
    with pytest.raises(InvalidTemplateError, match="objective_10, objective_20, objective_30"):
        template_by_name(name)


def test_names_lead_to_their_sheets():
    assert [template_by_name(name) for name in TEMPLATE_NAMES] == [objective_template(count) for count in COUNTS]


@pytest.mark.parametrize("count", COUNTS)
def test_the_meta_comes_back_over_the_wire_as_the_same_sheet(count):
    template = objective_template(count)
    wire = json.dumps(template_meta(template, "any name"))
    assert parse_template(json.loads(wire)) == template


@pytest.mark.parametrize("count", COUNTS)
def test_the_meta_has_no_number_finer_than_a_micrometre(count):
    wire = json.dumps(template_meta(objective_template(count), "any name"))
    assert not re.search(r"\d\.\d{4,}", wire)


def test_a_reader_that_knows_only_the_boxes_finds_the_same_bubbles():
    for question in objective_template(30).questions:
        for cell, bubble in zip(equal_cells(question.roi), question.bubbles, strict=True):
            assert math.dist(
                (cell.center.x_mm, cell.center.y_mm), (bubble.center.x_mm, bubble.center.y_mm)
            ) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("count", COUNTS)
def test_everything_stays_where_printers_can_print(count):
    template = objective_template(count)
    for box in (*mark_boxes(template), *map(extent, bubbles_of(template))):
        assert min(box.x_mm, box.y_mm) >= SAFE_MARGIN_MM
        assert box.right_mm <= template.width_mm - SAFE_MARGIN_MM
        assert box.bottom_mm <= template.height_mm - SAFE_MARGIN_MM


def test_neighbouring_bubbles_leave_room_for_an_overflowing_mark():
    for one, other in itertools.combinations(map(extent, bubbles_of(objective_template(30))), 2):
        gap_x = max(one.x_mm, other.x_mm) - min(one.right_mm, other.right_mm)
        gap_y = max(one.y_mm, other.y_mm) - min(one.bottom_mm, other.bottom_mm)
        assert max(gap_x, gap_y) >= 2.9


def test_bubbles_lie_inside_their_printed_frames():
    template = objective_template(30)
    frames = [question_panel((question.number - 1) // 10) for question in template.questions]
    inside = [*zip(template.questions, frames, strict=True), *((c, IDENTIFIER_PANEL) for c in template.identifier)]
    for group, frame in inside:
        for box in map(extent, group.bubbles):
            assert frame.x_mm + 2 < box.x_mm
            assert box.right_mm < frame.right_mm - 2
            assert frame.y_mm + 7 < box.y_mm
            assert box.bottom_mm < frame.bottom_mm - 2


def test_no_turn_maps_the_marks_onto_themselves():
    template = objective_template(10)
    marks = {(mark.center.x_mm, mark.center.y_mm) for mark in template.markers}
    turned_180 = {(template.width_mm - x, template.height_mm - y) for x, y in marks}
    mirrored = {(template.width_mm - x, y) for x, y in marks}
    corners = marks - {(13.0, 25.0)}
    assert len(marks & turned_180) == len(marks & mirrored) == len(corners) == 4


def test_the_layout_is_loaded_without_image_libraries():
    code = "import sys, academy_pipelines.omr.objective; print({'cv2', 'numpy', 'PIL'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "set()"


def test_a_point_is_not_shared_between_bubbles():
    centers = [bubble.center for bubble in bubbles_of(objective_template(30))]
    assert len(set(centers)) == len(centers) == 30 * 5 + 80
    assert all(isinstance(center, PointMm) for center in centers)
