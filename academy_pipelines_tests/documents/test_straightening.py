"""Pages made even and level, and boxes that find their way back."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.ink import ink_of, letter_height_px, without_drawings
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.prepared import lies_on_its_side, prepare
from academy_pipelines.documents.straightening import flattened, frame_of, framed, skew_of
from academy_pipelines_tests.documents.drawn import Sheet

LINES = (
    "다음 글의 내용과 일치하는 것은?",
    "태양계의 행성은 모두 여덟 개이다.",
    "금성은 지구보다 태양에 가깝다.",
    "화성의 대기는 주로 이산화 탄소로 되어 있다.",
    "목성",
    "토성의 밀도는 물보다 작으며 고리가 있다.",
    "서술어의 자릿수가 둘이다.",
    "관형어는 체언을 꾸미는 말이다.",
    "부사어를 옮길 수 있다.",
)
PAGE = Sheet((1200, 800)).write(80, 60, *LINES).pixels


def turned(page: np.ndarray, degrees: float) -> np.ndarray:
    """The page turned clockwise, so that its lines fall to the right."""
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return cv2.warpAffine(page, matrix, (width, height), borderValue=255)


@pytest.mark.parametrize("degrees", [-4.0, -1.3, 0.0, 0.4, 2.6])
def test_the_skew_of_a_page_is_found(degrees):
    assert skew_of(ink_of(turned(PAGE, degrees)), 38) == pytest.approx(degrees, abs=0.1)


def test_an_empty_page_has_no_skew_and_no_letters():
    empty = np.full((300, 200), 255, np.uint8)
    assert skew_of(ink_of(empty), 0) == 0
    assert letter_height_px(ink_of(empty)) == 0
    assert prepare(empty).parts == ()


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(60, 300), st.integers(60, 300)),
    turns=st.integers(0, 3),
    skew=st.floats(-5, 5),
    scale=st.floats(0.4, 2.5),
    place=st.tuples(st.floats(0.2, 0.6), st.floats(0.2, 0.6)),
)
def test_a_box_of_the_prepared_page_leads_back_to_the_picture(size, turns, skew, scale, place):
    width, height = size
    box = PixelBox(int(place[0] * width), int(place[1] * height), width // 5, height // 5)
    picture = np.full((height, width), 255, np.uint8)
    picture[box.top : box.bottom, box.left : box.right] = 0
    frame = frame_of(size, turns, skew, scale)
    seen = framed(picture, frame)
    assert seen.shape == frame.size_px[::-1]
    found = frame.to_picture(PixelBox(*cv2.boundingRect((seen < 128).astype(np.uint8))))
    slack = 3 + 0.2 * max(box.width, box.height)  # the box around a turned box
    assert abs(found.left - box.left) <= slack
    assert abs(found.right - box.right) <= slack
    assert abs(found.top - box.top) <= slack
    assert abs(found.bottom - box.bottom) <= slack


def test_shadows_go_and_letters_stay():
    light = np.linspace(0.45, 1, PAGE.shape[1])[None, :]
    even = flattened((PAGE * light).astype(np.uint8))
    paper = even[PAGE == 255]
    assert np.percentile(paper, 5) > 225
    assert np.median(even[PAGE == 0]) < 40
    assert abs(int((ink_of(even) > 0).sum()) - int((PAGE < 128).sum())) < 0.15 * (PAGE < 128).sum()


def test_rules_and_drawings_are_erased_and_upright_rules_remembered():
    sheet = Sheet((1200, 800)).write(80, 60, *LINES)
    sheet.draw.line((1000, 20, 1000, 780), fill=0, width=3)
    sheet.draw.line((60, 700, 900, 700), fill=0, width=2)
    sheet.draw.ellipse((1030, 200, 1190, 400), outline=0, width=3)
    cleaned = without_drawings(sheet.pixels)
    assert 30 <= cleaned.letter_px <= 44
    assert [(rule.left, rule.height) for rule in cleaned.upright_rules] == [(999, 761)]
    assert np.array_equal(cleaned.picture[:, :990][:690], PAGE[:, :990][:690])
    assert cleaned.picture[:, 990:].min() == 255


@pytest.mark.parametrize(("turns", "expected"), [(0, False), (1, True), (2, False), (3, True)])
def test_a_page_on_its_side_is_told_by_its_lines_whatever_its_rules(turns, expected):
    sheet = Sheet((1200, 800)).write(80, 60, *LINES)
    sheet.draw.line((1100, 10, 1100, 790), fill=0, width=4)
    assert lies_on_its_side(np.ascontiguousarray(np.rot90(sheet.pixels, turns))) is expected


@pytest.mark.parametrize("scale", [0.35, 1.0, 2.4])
def test_letters_come_to_a_readable_size(scale):
    picture = cv2.resize(PAGE, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    assert 25 <= prepare(picture).letter_px <= 70
