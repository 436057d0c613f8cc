"""Numbers of questions told from all other numbers that lines begin with."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from academy_pipelines.documents.number_styles import NUMBER_STYLES, Range, number_at, range_at
from academy_pipelines.documents.numbering import MarginLine, elect_chains

FORMATS = {
    "1.": "{}.",
    "01": "{:02d}",
    "1)": "{})",
    "(1)": "({})",
    "[1]": "[{}]",
    "1번": "{}번",
    "문제 1": "문제 {}",
    "Q1.": "Q{}.",
}
STYLES = {style.name: style for style in NUMBER_STYLES}


def paper(numbers, form: str, choices: tuple[str, ...] = (), page_of=lambda _: 1) -> list[MarginLine]:
    """Lines of questions with their choices, all at the margin."""
    lines: list[tuple[int, str]] = []
    for number in numbers:
        lines.append((page_of(number), f"{form.format(number)} 알맞은 것은?"))
        lines += [(page_of(number), "이어지는 줄이다."), *((page_of(number), f"{mark} 보기") for mark in choices)]
    return [MarginLine(place, page, text) for place, (page, text) in enumerate(lines)]


def numbers_in(lines) -> list[int]:
    return [anchor.number for chain in elect_chains(lines) for anchor in chain.anchors]


@given(st.sampled_from(sorted(FORMATS)), st.integers(1, 40), st.integers(2, 15))
def test_questions_are_counted_in_every_style(style: str, first: int, count: int):
    numbers = list(range(first, first + count))
    (chain,) = elect_chains(paper(numbers, FORMATS[style]))
    assert [anchor.number for anchor in chain.anchors] == numbers
    assert chain.missing == ()


@given(st.sampled_from(sorted(set(FORMATS) - {"1)", "(1)"})), st.sampled_from([")", "paired"]), st.integers(1, 12))
def test_numbered_choices_never_pass_for_questions(style: str, kind: str, count: int):
    marks = tuple(f"{n})" if kind == ")" else f"({n})" for n in range(1, 6))
    (chain,) = elect_chains(paper(range(1, count + 1), FORMATS[style], marks))
    assert chain.style == STYLES[style]
    assert len(chain.anchors) == count


@given(st.sets(st.integers(2, 14), min_size=1, max_size=3))
def test_numbers_that_nobody_read_are_named(lost: set[int]):
    numbers = [number for number in range(1, 16) if number not in lost]
    (chain,) = elect_chains(paper(numbers, "{}."))
    assert chain.missing == tuple(sorted(lost))


def test_an_entry_of_a_list_is_no_question():
    lines = [
        "1. 첫째 물음",
        "줄",
        "줄",
        "1. 가",
        "2. 나",
        "3. 다",
        "줄",
        "2. 둘째 물음",
        "줄",
        "줄",
        "3. 셋째 물음",
        "줄",
    ]
    (chain,) = elect_chains([MarginLine(place, 1, text) for place, text in enumerate(lines)])
    assert [anchor.place for anchor in chain.anchors] == [0, 7, 10]


def test_papers_bound_together_count_anew():
    first, second = paper(range(1, 6), "{}."), paper(range(1, 5), "{}.", page_of=lambda _: 2)
    lines = [*first, *(MarginLine(line.place + len(first), 2, line.text) for line in second)]
    assert sorted(numbers_in(lines)) == sorted([1, 2, 3, 4, 5, 1, 2, 3, 4])


def test_choices_alone_on_a_later_page_are_no_second_paper():
    first = paper(range(1, 4), "[{}]")
    later = [f"{number}) 보기" for number in range(1, 6)]
    lines = [*first, *(MarginLine(len(first) + place, 2, text) for place, text in enumerate(later))]
    assert numbers_in(lines) == [1, 2, 3]


def test_lines_without_numbers_have_no_chain():
    assert elect_chains([MarginLine(0, 1, "물음이 없는 글"), MarginLine(1, 1, "2026년의 일이다")]) == []


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("l2. 다음", "1.", 12),
        ("O3. 다음", "Q1.", 3),
        ("3.14는 무리수인가", "1.", None),
        ("3번째 줄", "1번", None),
        ("08", "01", 8),
        ("2026년", "01", None),
        ("문 제 7 다음", "문제 1", 7),
    ],
)
def test_numbers_are_read_as_engines_misread_them_and_no_further(text: str, style: str, number: int | None):
    assert number_at(text, STYLES[style]) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[1~3] 다음 글을 읽고 물음에 답하시오.", Range(1, 3)),
        ("[ 16 - 18 ] 다음", Range(16, 18)),
        ("※ [4～5] 다음", Range(4, 5)),  # noqa: RUF001 - as papers print it
        ("[3] 다음", None),
        ("[5~2] 다음", None),
        ("[1~90] 다음", None),
        ("1~3 다음", None),
    ],
)
def test_ranges_of_shared_passages_are_read(text: str, found: Range | None):
    assert range_at(text) == found
