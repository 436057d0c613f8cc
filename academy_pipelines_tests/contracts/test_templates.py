"""Template meta: what describes a sheet becomes one, what does not is refused naming the place."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.templates import OFF_PAGE_TOLERANCE_MM, parse_template
from academy_pipelines.errors import InvalidTemplateError
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines_tests.sheets import meta as our_meta

PLAIN = {
    "units": "mm",
    "page": {"size": {"width": 297, "height": 210}},
    "questions": [{"question_number": 1, "roi": {"x": 20, "y": 30, "w": 50, "h": 10}}],
}
BUBBLE = {"digit_index": 1, "number": 0, "center": {"x": 10, "y": 10}, "r": 2}


def with_question(**fields: object) -> dict[str, Any]:
    return PLAIN | {"questions": [PLAIN["questions"][0] | fields]}


def with_bubbles(*bubbles: dict) -> dict[str, Any]:
    return PLAIN | {"identifier": {"bubbles": [BUBBLE | bubble for bubble in bubbles]}}


def choice(label: str, x: float = 30, y: float = 35, rx: float = 2, ry: float = 3) -> dict[str, Any]:
    return {"label": label, "center": {"x": x, "y": y}, "rx": rx, "ry": ry}


def test_without_choices_a_question_has_five_equal_cells_along_x():
    (question,) = parse_template(PLAIN).questions
    assert [bubble.label for bubble in question.bubbles] == list("ABCDE")
    assert [bubble.center.x_mm for bubble in question.bubbles] == pytest.approx([25, 35, 45, 55, 65])
    assert {bubble.center.y_mm for bubble in question.bubbles} == {35}
    assert not any(bubble.is_explicit for bubble in question.bubbles)


def test_along_y_the_cells_lie_below_each_other():
    (question,) = parse_template(with_question(axis="y")).questions
    assert [bubble.center.y_mm for bubble in question.bubbles] == pytest.approx([31, 33, 35, 37, 39])


def test_explicit_choices_are_taken_as_they_are():
    (question,) = parse_template(with_question(choices=[choice("O", 30), choice("X", 60)])).questions
    assert [(b.label, b.center.x_mm, b.rx_mm, b.ry_mm, b.is_explicit) for b in question.bubbles] == [
        ("O", 30, 2, 3, True),
        ("X", 60, 2, 3, True),
    ]


def test_digits_are_columns_in_order_whatever_their_order_on_the_wire():
    template = parse_template(
        with_bubbles({"digit_index": 2, "number": 1}, {"digit_index": 1, "number": 9}, {"digit_index": 1, "number": 3})
    )
    assert [(c.digit_index, [b.label for b in c.bubbles]) for c in template.identifier] == [(1, ["3", "9"]), (2, ["1"])]


def test_markers_and_frame_are_optional():
    template = parse_template(PLAIN)
    assert (template.markers, template.frame, template.identifier) == ((), None, ())
    marked = parse_template(
        PLAIN | {"frame": "markers", "markers": [{"id": "TL", "kind": "ring centre", "x": 5, "y": 6}]}
    )
    assert [(m.id, m.kind, m.center.x_mm, m.center.y_mm) for m in marked.markers] == [("TL", "ring centre", 5, 6)]
    assert marked.frame == "markers"


def test_our_own_sheets_are_templates():
    template = parse_template(our_meta())
    assert len(template.questions) == 10
    assert [column.digit_index for column in template.identifier] == list(range(1, 9))
    assert all(len(column.bubbles) == 10 for column in template.identifier)


def test_fields_that_we_do_not_know_are_ignored():
    assert parse_template(PLAIN | {"title": "3월 모의고사"}) == parse_template(PLAIN)


@pytest.mark.parametrize(
    ("meta", "place"),
    [
        ({}, "page: Field required"),
        (PLAIN | {"units": "px"}, "units"),
        (PLAIN | {"page": {"size": {"width": 0, "height": 210}}}, "page.size.width.*greater than 0"),
        (PLAIN | {"page": {"size": {"width": -297, "height": 210}}}, "page.size.width"),
        (PLAIN | {"page": {"size": {"width": 1e9, "height": 210}}}, "page.size.width"),
        (PLAIN | {"page": {"size": {"width": float("nan"), "height": 210}}}, "page.size.width"),
        (PLAIN | {"questions": []}, "questions"),
        (PLAIN | {"questions": PLAIN["questions"] * 2}, "question 1 appears twice"),
        (with_question(roi={"x": 280, "y": 30, "w": 50, "h": 10}), "question 1.*leaves the 297x210 mm page"),
        (with_question(roi={"x": -30, "y": 30, "w": 50, "h": 10}), "leaves the 297x210 mm page"),
        (with_question(roi={"x": 20, "y": 30, "w": 0, "h": 10}), r"questions.0.roi.w"),
        (with_question(roi={"x": 20, "y": 30, "w": 50, "h": float("inf")}), r"questions.0.roi.h"),
        (with_question(choices=[choice("A")]), r"questions.0.choices"),
        (with_question(choices=[choice("A"), choice("A")]), "choice label twice"),
        (with_question(choices=[choice("A"), choice("B", rx=-1)]), r"questions.0.choices.1.rx"),
        (with_question(choices=[choice("A"), choice("B", x=400)]), "bubble B at .400, 35. mm is off"),
        (with_question(choices=[choice(str(n)) for n in range(11)]), r"questions.0.choices"),
        (with_question(axis="z"), r"questions.0.axis"),
        (with_bubbles({"r": -1}), r"identifier.bubbles.0.r.*greater than 0"),
        (with_bubbles({"number": 10}), r"identifier.bubbles.0.number"),
        (with_bubbles({"digit_index": 0}), r"identifier.bubbles.0.digit_index"),
        (with_bubbles({}, {}), "identifier digit 1 has a number twice"),
        (with_bubbles({"center": {"x": 10, "y": 300}}), "identifier digit 1: bubble 0 at .10, 300. mm is off"),
    ],
)
def test_what_describes_no_sheet_is_refused_naming_the_place(meta: dict, place: str):
    with pytest.raises(InvalidTemplateError, match=place):
        parse_template(meta)


def test_what_is_missing_is_said_to_be_missing_and_nothing_else():
    with pytest.raises(InvalidTemplateError, match=r"page: Field required; questions: Field required$"):
        parse_template({})


def test_of_many_problems_three_are_named():
    broken = PLAIN | {"questions": [{"question_number": n, "roi": {}} for n in range(100)]}
    with pytest.raises(InvalidTemplateError, match="and 397 more") as refusal:
        parse_template(broken)
    assert len(str(refusal.value)) < 600


@given(st.floats(0, OFF_PAGE_TOLERANCE_MM))
def test_templates_measured_from_pictures_may_overshoot_the_page_a_little(over_mm: float):
    parse_template(with_question(roi={"x": -over_mm, "y": 30, "w": 297 + 2 * over_mm, "h": 10}))


PLACES = st.sampled_from(
    [
        ("page", "size", "width"),
        ("questions", 0, "roi", "x"),
        ("questions", 2, "roi", "h"),
        ("questions", 1, "question_number"),
        ("identifier", "bubbles", 5, "r"),
        ("identifier", "bubbles", 5, "center"),
        ("markers", 0, "x"),
        ("questions",),
        ("page",),
    ]
)
ODD = st.none() | st.text(max_size=5) | st.floats() | st.integers() | st.just([]) | st.just({}) | st.just([{}])


def parsed(template: dict) -> SheetTemplate | str:
    """The sheet, or what is said about a template that is refused."""
    try:
        return parse_template(template)
    except InvalidTemplateError as error:
        return str(error)


@given(PLACES, ODD)
def test_whatever_stands_in_a_template_it_is_a_sheet_or_refused(place: tuple, value: object):
    broken = copy.deepcopy(our_meta())
    part: Any = broken
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    template = parsed(broken)
    if isinstance(template, str):
        assert 0 < len(template) < 800
    else:
        assert template.width_mm > 0
        assert len(template.questions) >= 1
