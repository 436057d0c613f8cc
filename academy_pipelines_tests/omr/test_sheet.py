import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.omr.primitives import CAP_HEIGHT, Disc, FilledBox, Line, Ring, Text
from academy_pipelines.omr.sheet import bare_sheet, design_sheet, write_in_boxes
from academy_pipelines.omr.template import BoxMm, Marker, PointMm, Question, SheetTemplate, equal_cells

COUNTS = (10, 20, 30)
WHITE_ZONE_MM = 3.5
EXAMPLES_AWAY_MM = 15.0


def bubbles_of(template):
    groups = (*template.questions, *template.identifier)
    return [bubble for group in groups for bubble in group.bubbles]


def shapes_of(sheet, kind):
    return [shape for shape in sheet.primitives if isinstance(shape, kind)]


def reach(shape) -> BoxMm:
    """The box that a shape can blacken; text is taken as one em a character, more than it needs."""
    match shape:
        case FilledBox(box):
            return box
        case Disc(center, rx, ry) | Ring(center, rx, ry):
            return BoxMm(center.x_mm - rx - 0.2, center.y_mm - ry - 0.2, 2 * rx + 0.4, 2 * ry + 0.4)
        case Line(start, end, stroke):
            x, y = min(start.x_mm, end.x_mm) - stroke / 2, min(start.y_mm, end.y_mm) - stroke / 2
            width, height = abs(end.x_mm - start.x_mm) + stroke, abs(end.y_mm - start.y_mm) + stroke
            return BoxMm(x, y, width, height)
        case Text(content, anchor, size):
            width = size * sum(1 if ord(character) > 0x2E80 else 0.62 for character in content)
            left = {"left": 0, "middle": width / 2, "right": width}[shape.align]
            return BoxMm(anchor.x_mm - left, anchor.y_mm - size / 2, width, size)


def gap(one: BoxMm, other: BoxMm) -> float:
    across = max(one.x_mm, other.x_mm) - min(one.right_mm, other.right_mm)
    down = max(one.y_mm, other.y_mm) - min(one.bottom_mm, other.bottom_mm)
    return math.hypot(max(across, 0), max(down, 0)) if max(across, down) > 0 else max(across, down)


@pytest.mark.parametrize("count", COUNTS)
def test_every_bubble_of_the_template_is_printed_as_a_thin_ring(count):
    template = objective_template(count)
    rings = {(ring.center, ring.rx_mm, ring.ry_mm) for ring in shapes_of(design_sheet(count), Ring)}
    assert {(bubble.center, bubble.rx_mm, bubble.ry_mm) for bubble in bubbles_of(template)} <= rings
    assert all(ring.stroke_mm <= 0.3 for ring in shapes_of(design_sheet(count), Ring))


@pytest.mark.parametrize("count", COUNTS)
def test_letters_in_bubbles_are_pale_and_inside(count):
    texts = {text.anchor: text for text in shapes_of(design_sheet(count), Text)}
    for bubble in bubbles_of(objective_template(count)):
        letter = texts[bubble.center]
        assert letter.content == bubble.label
        assert letter.grey >= 0.6
        assert CAP_HEIGHT * letter.size_mm < 1.2 * bubble.ry_mm


@pytest.mark.parametrize("count", COUNTS)
def test_registration_marks_are_the_only_black_boxes(count):
    black = [shape.box for shape in shapes_of(design_sheet(count), FilledBox) if shape.grey < 0.5]
    assert sorted(box.width_mm for box in black) == [3.0, 6.0, 6.0, 6.0, 6.0]
    assert all(box.width_mm == box.height_mm for box in black)


@pytest.mark.parametrize("count", COUNTS)
def test_paper_around_the_registration_marks_stays_white(count):
    sheet = design_sheet(count)
    marks = [shape for shape in shapes_of(sheet, FilledBox) if shape.grey == 0]
    others = [shape for shape in sheet.primitives if shape not in marks]
    for mark in marks:
        assert min(gap(mark.box, reach(shape)) for shape in others) >= WHITE_ZONE_MM


@pytest.mark.parametrize("count", COUNTS)
def test_example_bubbles_are_far_from_real_ones(count):
    real = bubbles_of(objective_template(count))
    centers = {bubble.center for bubble in real}
    examples = [ring for ring in shapes_of(design_sheet(count), Ring) if ring.center not in centers]
    assert len(examples) == 5
    for ring in examples:
        nearest = min(math.dist((ring.center.x_mm, ring.center.y_mm), (b.center.x_mm, b.center.y_mm)) for b in real)
        assert nearest >= EXAMPLES_AWAY_MM


@pytest.mark.parametrize("count", COUNTS)
def test_nothing_else_is_printed_on_a_bubble(count):
    sheet, template = design_sheet(count), objective_template(count)
    rings = shapes_of(sheet, Ring)
    places = {bubble.center for bubble in bubbles_of(template)}
    others = [s for s in sheet.primitives if s not in rings and not (isinstance(s, Text) and s.anchor in places)]
    for ring in rings[-len(places) :]:
        assert min(gap(reach(ring), reach(shape)) for shape in others) > 0.9


@pytest.mark.parametrize("count", COUNTS)
def test_question_numbers_stand_beside_their_rows(count):
    written = {(text.content, text.anchor.y_mm) for text in shapes_of(design_sheet(count), Text)}
    for question in objective_template(count).questions:
        assert (str(question.number), question.bubbles[0].center.y_mm) in written


@pytest.mark.parametrize("count", COUNTS)
def test_everything_is_printed_at_least_8_mm_from_the_edge(count):
    sheet = design_sheet(count)
    for box in map(reach, sheet.primitives):
        assert min(box.x_mm, box.y_mm) >= 8
        assert box.right_mm <= sheet.width_mm - 8
        assert box.bottom_mm <= sheet.height_mm - 8


def test_a_digit_can_be_written_above_each_identifier_column():
    template = objective_template(10)
    for box, column in zip(write_in_boxes(template), template.identifier, strict=True):
        assert box.x_mm + box.width_mm / 2 == pytest.approx(column.bubbles[0].center.x_mm)
        assert box.bottom_mm + 2 < column.bubbles[0].center.y_mm


@pytest.mark.parametrize("count", COUNTS)
def test_no_text_runs_over_a_frame_or_rule(count):
    sheet = design_sheet(count)
    for text in shapes_of(sheet, Text):
        for line in shapes_of(sheet, Line):
            assert gap(reach(text), reach(line)) > 0


@given(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=60))
def test_any_title_of_up_to_60_characters_fits_between_the_marks(title):
    heading = next(text for text in shapes_of(design_sheet(10, title), Text) if text.is_bold)
    box = reach(heading)
    assert heading.content == title
    assert box.x_mm > 20
    assert box.right_mm < 277


@pytest.mark.parametrize("title", ["", "   ", "가" * 61, "two\nlines", "tab\tbed"])
def test_a_title_that_cannot_be_printed_is_refused(title):
    with pytest.raises(InvalidTemplateError, match="title"):
        design_sheet(10, title)


def test_a_count_without_a_sheet_is_refused():
    with pytest.raises(InvalidTemplateError, match="choose 10, 20 or 30"):
        design_sheet(15)


def test_a_bare_sheet_prints_any_template():
    roi = BoxMm(20, 20, 50, 10)
    template = SheetTemplate(100, 60, (Question(7, roi, equal_cells(roi, ("1", "2"))),))
    assert [type(shape) for shape in bare_sheet(template).primitives] == [Text, Text, Ring, Text, Ring]


def test_a_mark_of_unknown_shape_is_not_printed_as_something_else():
    template = SheetTemplate(100, 60, (), markers=(Marker("tl", "fleur de lis", PointMm(5, 5)),))
    with pytest.raises(InvalidTemplateError, match="fleur de lis"):
        bare_sheet(template)
