"""Text layers of whole papers, and lines made of characters in any order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from academy_pipelines.documents.document_page import document_pages
from academy_pipelines.documents.typeset import Letters, text_lines
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines_tests.documents.drawn import squeezed

SIZE = (2480, 3508)


@pytest.mark.parametrize("seed", [811, 812, 813])
def test_papers_are_read_in_order_with_every_choice(seed):
    paper = exam_document(seed)
    for page, truth in zip(document_pages(paper.pdf), paper.pages, strict=True):
        assert page.text_layer is not None
        found = squeezed(page.text_layer.text)
        assert Levenshtein.normalized_distance(squeezed(truth.text), found) <= 0.035
        assert [letter for letter in found if letter in "①②③④⑤"] == list(truth.circled_numbers)


def letters(*words: tuple[str, float, float], height: float = 40) -> Letters:
    """Characters 30 px wide; a word has a column and a row, and a space after it in the order of drawing."""
    codes, boxes = [], []
    for text, left, top in words:
        for place, character in enumerate(text):
            codes.append(ord(character))
            boxes.append((left + 30 * place, top, left + 30 * place + 30, top + height))
        codes.append(32)
        boxes.append((0, 0, 0, 0))
    places = np.array(boxes, np.float64).reshape(-1, 4)
    return Letters(np.array(codes, np.int64), places, places).visible(SIZE)


@settings(deadline=None)
@given(st.permutations([(f"줄{number}", 200.0, 200.0 + 70 * number) for number in range(6)]))
def test_lines_are_read_from_the_top_in_whatever_order_they_were_drawn(words):
    assert [line.text for line in text_lines(letters(*words), SIZE)] == [f"줄{number}" for number in range(6)]


def test_words_without_spaces_between_them_are_told_by_their_places():
    page = letters(("다음", 200, 200), ("글은", 275, 200), ("①", 600, 203))
    bare = Letters(page.codes, page.bodies, page.inks)
    assert [line.text for line in text_lines(bare, SIZE)] == ["다음 글은 ①"]


def test_bold_type_printed_twice_counts_once():
    page = letters(("굵은", 200, 200), ("굵은", 201, 200), ("글자", 275, 200))
    assert squeezed(text_lines(page, SIZE)[0].text) == "굵은글자"


def test_letters_off_the_page_or_too_small_to_read_are_not_text():
    hidden = letters(("보임", 200, 200), ("밖", 9000, 200))
    tiny = letters(("작다", 200, 300), height=2)
    assert squeezed("".join(line.text for line in text_lines(hidden, SIZE))) == "보임"
    assert text_lines(tiny, SIZE) == ()


def test_letters_in_pieces_are_put_together():
    assert text_lines(letters(("\u1112\u1161\u11ab글", 200, 200)), SIZE)[0].text == "한글"
