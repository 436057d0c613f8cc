"""Two readings of a line, of which each knows one script."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.recognised import Glyph, RecognisedLine
from academy_pipelines.documents.second_reading import is_doubtful, strip_of, with_second_reading


def glyphs(*words: tuple[str, int, float]) -> list[Glyph]:
    """Characters 10 px wide; a word has a column and a confidence."""
    found: list[Glyph] = []
    for text, left, confidence in words:
        found += [Glyph(" ", left, left, None)] if found else []
        found += [Glyph(c, left + 10 * i, left + 10 * i + 10, confidence) for i, c in enumerate(text)]
    return found


def line(*words: tuple[str, int, float]) -> RecognisedLine:
    return RecognisedLine(PixelBox(0, 0, 500, 40), tuple(glyphs(*words)))


def test_a_doubtful_stretch_is_read_by_who_is_surer_of_letters():
    first = line(("다음", 0, 0.95), ("4806", 40, 0.4), ("중", 120, 0.95))
    second = glyphs(("Cha", 0, 0.3), ("ABCD", 40, 0.9), ("S", 120, 0.1))
    assert with_second_reading(first, second).text == "다음 ABCD 중"


def test_digits_beside_a_doubt_are_doubtful_however_sure():
    first = line(("가는", 0, 0.95), ("16", 40, 0.9), ("0446", 70, 0.3), ("곳", 130, 0.95))
    second = glyphs(("He", 40, 0.92), ("went", 70, 0.93))
    assert with_second_reading(first, second).text == "가는 He went 곳"


def test_a_line_of_letters_comes_from_the_second_reading_alone():
    first = line(("11167", 0, 0.35), ("316", 60, 0.9), ("5106.", 100, 0.6))
    second = glyphs(("They", 0, 0.95), ("are", 60, 0.9), ("so.", 100, 0.92))
    assert with_second_reading(first, second).text == "They are so."


def test_an_unsure_second_reading_changes_nothing():
    first = line(("금성은", 0, 0.6), ("크다", 60, 0.95))
    assert with_second_reading(first, glyphs(("SAS", 0, 0.5), ("At", 60, 0.3))) == first
    assert with_second_reading(first, glyphs(("123", 0, 0.99))) == first


def test_marks_of_statements_are_no_doubt():
    first = line(("ㄴ", 0, 0.2), ("맞다", 40, 0.95))
    assert not is_doubtful(first)
    assert with_second_reading(first, glyphs(("L", 0, 0.9))) == first


confidences = st.floats(0, 1)
some_words = st.lists(
    st.tuples(st.text("가나12ab", min_size=1, max_size=3), st.just(0), confidences), min_size=1, max_size=5
)


def spread(words):
    places = np.cumsum([0] + [10 * len(text) + 10 for text, _, _ in words])
    return [(text, int(left), confidence) for (text, _, confidence), left in zip(words, places[:-1], strict=True)]


@settings(deadline=None)
@given(first=some_words, second=some_words)
def test_every_stretch_comes_from_one_of_the_readings(first, second):
    ours, other = line(*spread(first)), glyphs(*spread(second))
    merged = with_second_reading(ours, other)
    assert all(glyph in ours.glyphs or glyph in other for glyph in merged.glyphs)
    assert is_doubtful(ours) or merged == ours or merged.glyphs == tuple(other)


def test_what_is_read_on_a_strip_lies_where_the_strip_was():
    picture = np.full((200, 400), 255, np.uint8)
    picture[100:140, 60:300] = 0
    strip = strip_of(picture, PixelBox(60, 100, 240, 40))
    columns = np.flatnonzero((strip.picture == 0).any(axis=0))
    read = [RecognisedLine(PixelBox(0, 0, 1, 1), (Glyph("a", int(columns[0]), int(columns[-1]) + 1, 0.9),))]
    assert [(glyph.left, glyph.right) for glyph in strip.placed(read)] == [(60, 300)]
