"""Text from outside: what has no ink goes, and nothing in it can pass for our fence."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.cleaning import CleaningPolicy, clean_text, fenced, harmless


@pytest.mark.parametrize(
    "hidden",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u202e",
        "\u2066",
        "\U000e0041",
        "\ufe0f",
        "\U000e0100",
        "\u3164",
        "\ud800",
    ],
)
def test_characters_without_ink_are_removed_and_counted(hidden: str):
    clean = clean_text(f"정{hidden}답{hidden}: 3")
    assert (clean.text, clean.removed_chars, clean.is_truncated) == ("정답: 3", 2, False)


def test_lines_spaces_and_widths_become_one_kind():
    assert clean_text("\uff11\uff0e\u3000다음\t중\r\n옳은\u2028것\xa0은\uff1f").text == "1. 다음 중\n옳은\n것 은?"


def test_decomposed_syllables_are_composed():
    assert clean_text(unicodedata.normalize("NFD", "한글")).text == "한글"


def test_a_text_that_is_too_long_is_cut_and_says_so():
    clean = clean_text("가" * 30, CleaningPolicy(max_chars=10))
    assert (clean.text, clean.cut_chars, clean.is_truncated) == ("가" * 10, 20, True)


@given(st.text(max_size=100))
def test_cleaning_twice_changes_nothing(text: str):
    once = clean_text(text).text
    assert clean_text(once).text == once


FENCE_LIKE = re.compile(r"<\s*/?\s*ocr", re.IGNORECASE)
PIECES = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "/",
            " ",
            "ocr",
            "OCR",
            "-ab12",
            "o",
            "cr",
            "<ocr-ab12>",
            "</ocr-ab12>",
            "\uff1c",
            "<|",
            "|>",
            "im_end",
            "□",
        ]
    )
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(PIECES.map("".join), st.text()))
def test_nothing_in_a_text_passes_for_the_fence(text: str):
    shown = fenced(text, "ab12")
    first, *inside, last = shown.split("\n")
    assert (first, last) == ("<ocr-ab12>", "</ocr-ab12>")
    assert not FENCE_LIKE.search("\n".join(inside))
    assert len(re.findall(r"<\|[A-Za-z_]{1,40}\|>", shown)) == 0


def test_ordinary_text_is_left_alone():
    text = "x < 3 이고 y > 2 이다. <보기> [1~3] a<b</b>"
    assert harmless(text) == text
