"""What no engine can have read right, put right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.plausibility import garbage_share, unmeant_share
from academy_pipelines.documents.repairs import repaired

TIMES = "\N{MULTIPLICATION SIGN}"
"""An asterisk in the lines below."""


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("설명으로 옮은 것은?", "설명으로 옳은 것은?"),
        ("옮은 문장을 고르면", "옳은 문장을 고르면"),
        ("옮지 않은 것은?", "옳지 않은 것은?"),
        ("책상을 옮은 뒤 옮길 것", "책상을 옮은 뒤 옮길 것"),
        ("[21 、 23] 다음", "[21~23] 다음"),
        ("매분 9 Ｌ의 물", "매분 9 L의 물"),
        ("f(*) = 2* + 5", "f(x) = 2x + 5"),
        ("* = 4일 때 |* - 4|", "x = 4일 때 |x - 4|"),
        ("3 * 4 = 12", "3 * 4 = 12"),
        ("가로*세로, 가로 * 세로", "가로*세로, 가로 * 세로"),
        ("2*3*a*(b+1)", "2*3*a*(b+1)"),
    ],
)
def test_phrases_of_exams_are_put_right_and_all_else_is_left(read, printed):
    assert repaired(read.replace("*", TIMES)) == printed.replace("*", TIMES)


@settings(deadline=None)
@given(st.text(alphabet="가나다옳은것 0123.,?!abc", max_size=40))
def test_a_right_text_stays_as_it_is(text):
    assert repaired(text) == text


def test_what_nobody_writes_is_told_from_what_people_write():
    assert unmeant_share("다음 중 옳은 것은? ① √3 ② π") == 0
    assert unmeant_share("\ue001\ue002\x01\ufffd 가") == 0.8
    assert garbage_share("2. 다음 글의 내용으로 알맞은 것은? [3점]") == 0
    assert garbage_share("¢£¥§ ¶ab") > 0.5
    assert unmeant_share("") == garbage_share(" \n") == 0
