"""Circled characters, found by their shape and named by their order."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.circled import blanked, find_circles
from academy_pipelines.documents.circled_runs import name_circles
from academy_pipelines.documents.circled_shapes import CHARACTERS
from academy_pipelines.documents.ink import ink_of
from academy_pipelines_tests.documents.drawn import DEJAVU, MYEONGJO, NANUM, Sheet

HANGUL = (
    "다음 글의 내용과 일치하지 않는 것은?",
    "영양 용어 이웃 응용 홍옥 음악 0O8Q 6% 90",
    "훑어 앓는 웅얼 (가) [보기]",
)


def likeness(character: str, sure: float = 0.9) -> tuple[float, ...]:
    rest = (1 - sure) / (len(CHARACTERS) - 1)
    return tuple(sure if other == character else rest for other in CHARACTERS)


def read(page: np.ndarray, letter_px: int = 38) -> str:
    circles = find_circles(page, ink_of(page), letter_px)
    rows = sorted(circles, key=lambda circle: (round(circle.box.top / letter_px), circle.box.left))
    return name_circles([circle.likenesses for circle in rows])


@pytest.mark.parametrize("font", [NANUM, MYEONGJO, DEJAVU])
@pytest.mark.parametrize("letter_px", [28, 42])
def test_choices_are_found_and_named(font, letter_px):
    sheet = Sheet((900, 600), font, letter_px).write(40, 40, "① ② ③ ④ ⑤", "① ⑥ ⑦", "⑧ ⑨ ⑩")
    assert read(sheet.pixels, round(0.9 * letter_px)) == "①②③④⑤①⑥⑦⑧⑨⑩"


def test_marks_of_statements_are_no_choices():
    page = Sheet((900, 300), NANUM).write(40, 40, "㉠ ㉡ ㉢", "ⓐ ⓑ ⓒ").pixels
    assert read(page) == "㉠㉡㉢ⓐⓑⓒ"


@pytest.mark.parametrize("font", [NANUM, MYEONGJO])
def test_syllables_and_digits_are_no_circles(font):
    page = Sheet((1200, 400), font).write(40, 40, *HANGUL).pixels
    assert find_circles(page, ink_of(page), 38) == []


def test_choices_of_a_bad_scan_are_found():
    page = Sheet((900, 300)).write(40, 40, "① ② ③ ④ ⑤", "① ② ③ ④ ⑤").pixels
    noise = np.random.default_rng(3).normal(0, 10, page.shape)
    worn = np.clip(cv2.GaussianBlur(page, (0, 0), 1.2) + noise, 0, 255).astype(np.uint8)
    assert read(worn) == "①②③④⑤①②③④⑤"


def test_circles_are_blanked_and_nothing_else():
    page = Sheet((900, 200)).write(40, 40, "① 금성 ② 목성").pixels
    bare = blanked(page, find_circles(page, ink_of(page), 38))
    plain = Sheet((900, 200)).write(40, 40, "① 금성 ② 목성")
    assert find_circles(bare, ink_of(bare), 38) == []
    assert (bare != plain.pixels).any(axis=0).sum() < 100
    assert np.array_equal(bare[:, 90:180], page[:, 90:180])


@settings(deadline=None)
@given(st.lists(st.sampled_from([4, 5]), min_size=1, max_size=8), st.data())
def test_a_smudged_choice_is_named_by_its_neighbours(counts, data):
    printed = "".join(CHARACTERS[place] for count in counts for place in range(count))
    smudged = data.draw(st.integers(0, len(printed) - 1))
    seen = [likeness(character) for character in printed]
    seen[smudged] = tuple(1 / len(CHARACTERS) for _ in CHARACTERS)
    named = name_circles(seen)
    assert named == printed or smudged in (0, len(printed) - 1) or printed[smudged] in "①⑤"


@settings(deadline=None)
@given(st.text(alphabet=CHARACTERS, max_size=30))
def test_what_is_surely_seen_is_believed_whatever_the_order(printed):
    assert name_circles([likeness(character, 1 - 1e-9) for character in printed]) == printed


def test_a_lost_choice_moves_no_other():
    assert name_circles([likeness(character, 0.5) for character in "①②④⑤①③④⑤"]) == "①②④⑤①③④⑤"
