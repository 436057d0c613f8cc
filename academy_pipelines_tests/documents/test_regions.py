"""Questions on pages: which lines and which ink belong to which number."""

from dataclasses import replace

import cv2
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.documents.region import Segmentation
from academy_pipelines.documents.regions import RegionPolicy, find_regions
from academy_pipelines.imaging import Gray

SIZE_PX = (1000, 1400)
STEP_PX = 30


def line(text: str, left: int, top: int, column: int = 0, width: int | None = None) -> TextLine:
    return TextLine(text, PixelBox(left, top, width or 27 * len(text) + 10, 20), column)


def column_of(texts: list[str], left: int = 80, top: int = 200, column: int = 0) -> list[TextLine]:
    return [line(text, left, top + place * STEP_PX, column) for place, text in enumerate(texts) if text]


def page(lines: list[TextLine], number: int = 1) -> PageText:
    return PageText(number, SIZE_PX, "text_layer", tuple(lines))


def drawn(text: PageText) -> Gray:
    """The page's picture: a bar for every line."""
    picture = np.full((SIZE_PX[1], SIZE_PX[0]), 255, np.uint8)
    for each in text.lines:
        box = each.box
        for left in range(box.left, box.right - 6, 14):
            picture[box.top + 2 : box.bottom - 2, left : min(left + 9, box.right)] = 0
    return picture


def labels(found: Segmentation) -> list[str | None]:
    return [region.label for region in found.regions]


LEFT = ["1. 첫째 물음이다", "① 가 ② 나", "", "2. 둘째 물음이다", "① 다 ② 라"]
RIGHT = ["③ 마 ④ 바", "", "3. 셋째 물음이다", "① 사 ② 아"]


@pytest.fixture
def two_columns() -> PageText:
    return page([*column_of(LEFT), *column_of(RIGHT, left=540, column=1)])


def test_reading_order_survives_columns_and_what_goes_on_keeps_its_number(two_columns: PageText):
    found = find_regions([two_columns], {1: drawn(two_columns)})
    assert labels(found) == ["1", "2", "2", "3"]
    assert [region.text for region in found.regions] == [
        "1. 첫째 물음이다\n① 가 ② 나",
        "2. 둘째 물음이다\n① 다 ② 라",
        "③ 마 ④ 바",
        "3. 셋째 물음이다\n① 사 ② 아",
    ]
    assert not found.needs_review
    assert found.engine == "anchors"


def test_a_drawing_belongs_to_the_question_it_stands_in(two_columns: PageText):
    picture = drawn(two_columns)
    cv2.circle(picture, (700, 500), 80, 0, 3)
    without = find_regions([two_columns], {1: drawn(two_columns)}).regions
    (*others, last) = find_regions([two_columns], {1: picture}).regions
    assert others == list(without[:-1])
    assert last.box.bottom >= 580
    assert last.box.right >= 780


def test_without_a_picture_regions_end_with_their_lines(two_columns: PageText):
    (first, *_) = find_regions([two_columns]).regions
    boxes = [each.box for each in two_columns.lines[:2]]
    assert abs(first.box.left - boxes[0].left) <= 1
    assert abs(first.box.bottom - boxes[1].bottom) <= 1


@pytest.mark.parametrize("factor", [0.5, 0.83, 1.5])
def test_the_size_of_the_picture_does_not_matter(factor: float):
    text = page([*column_of(LEFT), *column_of(RIGHT, left=540, column=1)])
    picture = drawn(text)
    resized = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    expected = find_regions([text], {1: picture})
    for one, other in zip(find_regions([text], {1: resized}).regions, expected.regions, strict=True):
        assert abs(one.box.left - other.box.left) <= 4
        assert abs(one.box.bottom - other.box.bottom) <= 4


@pytest.mark.parametrize("degrees", [-1.5, 1.5])
def test_a_page_that_lies_aslant_is_read_as_if_it_lay_level(two_columns: PageText, degrees: float):
    matrix = cv2.getRotationMatrix2D((SIZE_PX[0] / 2, SIZE_PX[1] / 2), degrees, 1.0)
    picture = cv2.warpAffine(drawn(two_columns), matrix, SIZE_PX, flags=cv2.INTER_LINEAR, borderValue=(255,))
    turned = replace(two_columns, lines=tuple(replace(each, box=hull(each.box, matrix)) for each in two_columns.lines))
    found = find_regions([turned], {1: np.asarray(picture, np.uint8)})
    level = find_regions([two_columns], {1: drawn(two_columns)})
    assert labels(found) == labels(level)
    for region, expected in zip(found.regions, level.regions, strict=True):
        wanted = hull(expected.box, matrix)
        assert max(abs(region.box.left - wanted.left), abs(region.box.bottom - wanted.bottom)) <= 6


def hull(box: PixelBox, matrix) -> PixelBox:
    corners = np.array([(x, y, 1) for x in (box.left, box.right) for y in (box.top, box.bottom)]) @ matrix.T
    left, top = np.floor(corners.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(corners.max(axis=0)).astype(int).tolist()
    return PixelBox(left, top, right - left, bottom - top)


def test_headings_page_numbers_sections_and_answer_keys_belong_to_nobody():
    lines = [
        line("중간 점검 시험지", 420, 60),
        *column_of(["1. 첫째 물음이다", "① 가", "", "[단답형]", "", "2. 둘째 물음이다", "① 나", "", "정답", "1 ① 2 ③"]),
        line("- 1 -", 480, 1350),
    ]
    found = find_regions([page(lines)], {1: drawn(page(lines))})
    assert [region.text for region in found.regions] == ["1. 첫째 물음이다\n① 가", "2. 둘째 물음이다\n① 나"]
    assert found.regions[0].box.bottom < 260
    assert found.regions[1].box.bottom < 410


def test_a_shared_passage_is_a_region_of_its_own():
    lines = column_of(["[1~2] 다음 글을 읽고 답하시오.", "글의 첫 줄", "", "1. 물음", "① 가", "", "2. 물음", "① 나"])
    found = find_regions([page(lines)])
    assert [(region.kind, region.label) for region in found.regions] == [
        ("passage", "1-2"),
        ("question", "1"),
        ("question", "2"),
    ]


def test_a_question_goes_on_over_the_page_below_its_running_head():
    first = page(column_of(["1. 첫째", "① 가", "2. 둘째", "① 가"]))
    second = page([line("주간 시험", 460, 60), *column_of(["② 나", "", "3. 셋째", "① 가"])], number=2)
    found = find_regions([first, second], {1: drawn(first), 2: drawn(second)})
    assert [(region.page, region.label) for region in found.regions] == [(1, "1"), (1, "2"), (2, "2"), (2, "3")]
    assert found.regions[2].text == "② 나"
    assert found.regions[2].box.top > 190


THREE = [
    "1. 첫째 물음이다",
    "① 가 ② 나",
    "",
    "",
    "2. 둘째 물음이다",
    "① 다 ② 라",
    "",
    "",
    "3. 셋째 물음이다",
    "① 마 ② 바",
]


def test_a_number_that_nobody_read_is_inferred_and_its_ink_kept_with_its_question():
    text = page(column_of(THREE))
    picture = drawn(text)
    unread = replace(text, lines=tuple(replace(each, text=each.text.removeprefix("2. ")) for each in text.lines))
    cv2.rectangle(picture, (80, 290), (110, 306), 0, -1)
    found = find_regions([unread], {1: picture})
    assert labels(found) == ["1", "2", "3"]
    assert found.needs_review
    assert found.notes == ("numbers_inferred: 2",)
    assert found.regions[0].box.bottom <= 260
    assert 286 <= found.regions[1].box.top <= 292


def test_a_misread_sign_behind_a_number_loses_no_question():
    text = page(column_of([each.replace("2.", "2H") for each in THREE]))
    found = find_regions([text])
    assert labels(found) == ["1", "2", "3"]
    assert not found.needs_review


def test_rules_and_page_numbers_that_nobody_read_are_in_no_region(two_columns: PageText):
    picture = drawn(two_columns)
    cv2.line(picture, (515, 120), (517, 1300), 0, 2)
    cv2.rectangle(picture, (480, 1340), (510, 1356), 0, -1)
    plain = find_regions([two_columns], {1: drawn(two_columns)}).regions
    for region, expected in zip(find_regions([two_columns], {1: picture}).regions, plain, strict=True):
        assert abs(region.box.right - expected.box.right) <= 3
        assert abs(region.box.bottom - expected.box.bottom) <= 3


def test_half_of_a_heading_in_the_second_column_goes_on_with_no_question(two_columns: PageText):
    halves = [line("주간", 380, 60, 0, width=130), line("시험지", 530, 60, 1, width=130)]
    cut = replace(two_columns, lines=(halves[0], *two_columns.lines[:4], halves[1], *two_columns.lines[4:]))
    assert labels(find_regions([cut], {1: drawn(cut)})) == ["1", "2", "2", "3"]


def test_words_in_a_drawing_make_no_column():
    long_ones = [line(each.text, 80, each.box.top, width=800) for each in column_of(THREE)]
    labelled = page([*long_ones, line("A B", 700, 265, 1, width=60)])
    found = find_regions([labelled])
    assert labels(found) == ["1", "2", "3"]
    assert found.regions[0].text.endswith("A B")


def test_a_document_without_numbers_is_for_a_person_to_look_at():
    found = find_regions([page(column_of(["제목 없는 글", "그저 이어지는 글"]))])
    assert found.regions == ()
    assert found.needs_review
    assert found.notes[0].startswith("no_numbers_found")


def test_missing_numbers_and_unread_pages_are_noted():
    unread = PageText(2, SIZE_PX, "tesseract", error="the page is damaged")
    found = find_regions([page(column_of(["1. 하나", "줄", "2. 둘", "줄", "4. 넷", "줄"])), unread])
    assert found.needs_review
    assert found.notes == ("numbers_missing: 3", "page_unread: page 2 (the page is damaged)")


def test_no_pages_at_all_are_for_a_person_to_look_at():
    assert find_regions([]).needs_review


def test_styles_of_numbers_can_be_configured():
    text = page(column_of(["#1 물음", "줄", "#2 물음", "줄"]))
    assert find_regions([text]).regions == ()
    policy = RegionPolicy()
    style = replace(policy.numbering.styles[0], name="#1", pattern=r"#(\d+)")
    taught = replace(policy, numbering=replace(policy.numbering, styles=(style,)))
    assert labels(find_regions([text], policy=taught)) == ["1", "2"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("1. )①가나[~]문제Q", max_size=8), st.integers(0, 990), st.integers(0, 1390), st.integers(0, 1)
        ),
        max_size=12,
    ),
    st.booleans(),
)
def test_whatever_lines_there_are_regions_lie_on_the_page_and_are_never_an_empty_success(rows, has_picture):
    text = page([line(text, left, top, column, width=min(60, 1000 - left)) for text, left, top, column in rows])
    found = find_regions([text], {1: drawn(text)} if has_picture else None)
    for region in found.regions:
        assert region.box.left >= 0
        assert region.box.top >= 0
        assert region.box.right <= SIZE_PX[0]
        assert region.box.bottom <= SIZE_PX[1]
    assert found.regions or found.needs_review
