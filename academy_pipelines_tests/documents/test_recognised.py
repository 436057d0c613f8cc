"""Tesseract's two files, put together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.recognised import recognised_pages
from academy_pipelines.errors import ToolError

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"


def table_of(*pages: list[list[tuple[str, int]]]) -> str:
    """A table in which each word is 10 px a character wide, at the given column."""
    rows = [HEAD]
    for number, lines in enumerate(pages, 1):
        for at, words in enumerate(lines, 1):
            where = f"{number}\t1\t1\t{at}"
            right = max(left + 10 * len(word) for word, left in words)
            rows.append(f"4\t{where}\t0\t{words[0][1]}\t{100 * at}\t{right - words[0][1]}\t40\t-1\t\n")
            rows += [
                f"5\t{where}\t{place}\t{left}\t{100 * at}\t{10 * len(word)}\t40\t90.5\t{word}\n"
                for place, (word, left) in enumerate(words, 1)
            ]
    return "".join(rows)


words = st.text(alphabet="가나다라abc12.", min_size=1, max_size=4)


@settings(deadline=None)
@given(st.lists(st.lists(words, min_size=1, max_size=5), min_size=1, max_size=4))
def test_text_comes_from_the_text_file_and_places_from_the_table(lines):
    text = "".join("   ".join(line) + "\n" for line in lines) + "\f"
    syllables = [[(character, 10 * place) for place, character in enumerate("".join(line))] for line in lines]
    (found,) = recognised_pages(text, table_of(syllables), 1)
    assert [line.text for line in found] == [" ".join(line) for line in lines]
    for line, row in zip(found, syllables, strict=True):
        glyphs = [glyph for glyph in line.glyphs if glyph.character != " "]
        assert [(glyph.character, glyph.left) for glyph in glyphs] == row
        assert {glyph.confidence for glyph in glyphs} == {0.905}


def test_lines_belong_to_the_pictures_that_they_were_read_on():
    table = table_of([[("가", 0)]], [], [[("나", 0)], [("다", 5)]])
    pages = recognised_pages("가\n\f\f나\n다\n\f", table, 4)
    assert [[line.text for line in page] for page in pages] == [["가"], [], ["나", "다"], []]
    assert pages[2][1].box == PixelBox(5, 200, 10, 40)


def test_where_the_files_disagree_places_tell_the_spaces():
    (found,) = recognised_pages("가 나다\n\f", table_of([[("가", 0), ("라", 10), ("마", 60)]]), 1)
    assert [line.text for line in found] == ["가라 마"]


def test_a_box_that_reaches_into_the_next_word_ends_there():
    table = HEAD + "4\t1\t1\t1\t1\t0\t0\t0\t80\t40\t-1\t\n"
    table += "5\t1\t1\t1\t1\t1\t0\t0\t80\t40\t90\t가나\n5\t1\t1\t1\t1\t2\t40\t0\t40\t40\t90\t다\n"
    (found,) = recognised_pages("가나다\n\f", table, 1)
    assert [(glyph.left, glyph.right) for glyph in found[0].glyphs] == [(0, 20), (20, 40), (40, 80)]


@pytest.mark.parametrize("table", ["", "Error: no language\n", "level\tpage_num\n5\t1\n"])
def test_what_is_no_table_is_named(table):
    with pytest.raises(ToolError, match="wrote no table"):
        recognised_pages("", table, 1)
