"""Lists of student numbers, as people save them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.jobs import MOST_ON_ROSTER
from academy_pipelines.contracts.rosters import parse_roster
from academy_pipelines.errors import UnusableInputError


@pytest.mark.parametrize(
    "text",
    [
        "00012345\n20260417\n",
        "\ufeff학번,이름\r\n00012345,김철수\r\n20260417,이영희\r\n",
        "number\n'00012345'\n\n  20260417  \n20260417",
        '"00012345";"Kim"\n"20260417";"Lee"',
        "00012345\t1\n20260417\t2",
    ],
)
def test_numbers_stand_one_a_line_whatever_is_beside_them(text: str):
    assert parse_roster(text.encode(), "roster.csv") == {"00012345", "20260417"}


def test_a_file_of_a_korean_spreadsheet_is_understood():
    assert parse_roster("학번,이름\n20260417,이영희\n".encode("cp949"), "roster.csv") == {"20260417"}


@given(st.sets(st.text("0123456789", min_size=1, max_size=12), min_size=1, max_size=20))
def test_every_number_is_taken_as_it_is_written(numbers: set):
    assert parse_roster("\n".join(sorted(numbers)).encode(), "roster.txt") == numbers


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "roster.txt holds no student number"),
        ("number,name\n", "roster.txt holds no student number"),
        ("20260417\nKim\n2026-418\n", "roster.txt: line 2 'Kim', line 3 '2026-418' is no student number"),
        ("1\n" + "x\n" * 9, "line 4 'x' and 6 more is no student number"),
        ("20260417.0\n", "line 1 '20260417.0'"),
        ("\n".join(map(str, range(MOST_ON_ROSTER + 1))), "holds 20001 numbers, more than 20000"),
    ],
)
def test_a_list_that_is_none_is_refused_naming_its_lines(text: str, reason: str):
    with pytest.raises(UnusableInputError, match=reason):
        parse_roster(text.encode(), "roster.txt")


@given(st.binary(max_size=60))
def test_whatever_a_file_holds_it_is_a_roster_or_refused(data: bytes):
    try:
        numbers = parse_roster(data, "roster.txt")
    except UnusableInputError:
        return
    assert all(number.isascii() and number.isdecimal() for number in numbers)
