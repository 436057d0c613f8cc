"""Problems by rules: what is printed is found, and nothing else is in them."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.documents.cleaning import clean_text
from academy_pipelines.documents.extraction import DOCUMENT, extract_problem, extract_problems, split_questions

QUESTION = "다음 중 옳은 것은?"


@pytest.mark.parametrize(
    "printed",
    [
        "12.",
        "12\uff0e",
        "12)",
        "(12)",
        "[12]",
        "【12】",
        "문제 12",
        "문 12.",
        "12번",
        "제12문",
        "Q12.",
        "No. 12",
        "#12",
        "012",
    ],
)
def test_a_number_is_read_in_every_style(printed: str):
    problem = extract_problem(f"{printed} {QUESTION}\n① 하나 ② 둘 ③ 셋")
    assert (problem.number, problem.body) == ("12", QUESTION)


@pytest.mark.parametrize(
    "choices",
    [
        "① 배 ② 감 ③ 귤 ④ 밤",
        "①배\n②감\n③귤\n④밤",
        "❶ 배 ❷ 감\n❸ 귤 ❹ 밤",
        "➀ 배 ➁ 감 ➂ 귤 ➃ 밤",
        "(1) 배 (2) 감 (3) 귤 (4) 밤",
        "⑴ 배 ⑵ 감 ⑶ 귤 ⑷ 밤",
        "1) 배\n2) 감\n3) 귤\n4) 밤",
        "A. 배 B. 감 C. 귤 D. 밤",
        "A) 배 B) 감 C) 귤 D) 밤",
        "a. 배\nb. 감\nc. 귤\nd. 밤",
        "가. 배 나. 감 다. 귤 라. 밤",
        "가) 배 나) 감 다) 귤 라) 밤",
    ],
)
def test_choices_are_found_with_all_usual_markers(choices: str):
    problem = extract_problem(f"3. {QUESTION}\n{choices}\n정답: 3")
    assert (problem.choices, problem.answer, problem.needs_review) == (("배", "감", "귤", "밤"), "3", False)


def test_ten_choices_are_ten():
    text = " ".join(f"{circle} 값{at}" for at, circle in enumerate("①②③④⑤⑥⑦⑧⑨⑩"))
    assert extract_problem(f"1. {QUESTION}\n{text}").choices == tuple(f"값{at}" for at in range(10))


@pytest.mark.parametrize(
    ("stated", "answer"),
    [
        ("정답: ③", "3"),
        ("정답 : 3", "3"),
        ("정답 ③", "3"),
        ("[정답] 1", "1"),
        ("【정답】③", "3"),
        ("<정답> 3번", "3"),
        ("정답: ②, ④", "2,4"),
        ("정답: ④, ②", "2,4"),
        ("답: 귤", "3"),
        ("Answer: C", "3"),
        ("정답: ③ 귤", "3"),
        ("(정답: ③)", "3"),
        ("▶정답: ( 3 )", "3"),
        ("정답:\n③", "3"),
        ("[정답]③[해설] 귤은 귤이다.", "3"),
    ],
)
def test_a_stated_answer_becomes_the_number_of_its_choice(stated: str, answer: str):
    problem = extract_problem(f"1. {QUESTION}\n① 배 ② 감 ③ 귤 ④ 밤\n{stated}")
    assert (problem.answer, problem.answer_source, problem.choices[-1]) == (answer, "stated", "밤")


@pytest.mark.parametrize(
    "text",
    [
        "다음 물음에 답하시오.",
        "풀이 과정을 서술하시오.",
        "정답을 고르시오.",
        "알맞은 답을 쓰시오.\n답: ________",
        "정답이 맞는지 확인하고 해설을 쓰시오.",
        "오답: ②",
        "빈칸을 채우시오.\n답:\n(1) 다음 문제를 읽으시오.",
    ],
)
def test_asking_for_an_answer_states_none(text: str):
    problem = extract_problem(f"7. {text}")
    assert (problem.answer, problem.answer_source, problem.explanation) == (None, "none", "")
    assert problem.difficulty is None
    assert problem.needs_review
    assert "no_answer" in problem.warnings


def test_the_answer_to_a_question_without_choices_is_its_text():
    problem = extract_problem("4. 넓이를 구하시오. [4점]\n[정답] 12√3 cm²\n[해설] 밑변은 6이다.\n높이는 4√3이다.")
    assert (problem.answer, problem.explanation) == ("12√3 cm²", "밑변은 6이다.\n높이는 4√3이다.")
    assert (problem.body, problem.points, problem.needs_review) == ("넓이를 구하시오.", 4.0, False)


def test_choices_below_their_answer_are_choices_and_an_explanation_through_them_is_not():
    above = extract_problem(f"1. {QUESTION}\n정답: ②\n① 배\n② 감\n③ 귤")
    below = extract_problem(f"1. {QUESTION}\n① 배\n② 감\n③ 귤\n정답: ②\n① 배가 아니다.\n② 감이다.\n③ 귤이 아니다.")
    assert (above.choices, above.answer) == (below.choices, below.answer) == (("배", "감", "귤"), "2")
    assert below.explanation.startswith("① 배가")
    assert "text_after_answer" in below.warnings


@pytest.mark.parametrize(
    ("printed", "points"), [("[3점]", 3), ("[3.5점]", 3.5), ("(2점)", 2), ("<4점>", 4), ("[배점: 5점]", 5)]
)
def test_points_are_taken_out_of_the_body(printed: str, points: float):
    problem = extract_problem(f"1. {QUESTION} {printed}\n① 가 ② 나 ③ 다")
    assert (problem.points, problem.body) == (points, QUESTION)


def test_the_points_of_parts_stay_where_they_are():
    problem = extract_problem(
        "1. 물음에 답하시오.\n(1) x를 구하시오. [2점]\n(2) y를 구하시오. [3점]\n(3) z를 구하시오. [1점]"
    )
    assert (problem.points, problem.choices) == (None, ())
    assert {"several_points", "sub_questions"} <= set(problem.warnings)
    assert "[2점]" in problem.body


def test_statements_in_a_box_belong_to_the_body():
    box = "<보기>\nㄱ. 물은 차다.\nㄴ. 불은 뜨겁다.\nㄷ. 흙은 검다."
    problem = extract_problem(f"5. 옳은 것만을 <보기>에서 고른 것은?\n{box}\n① ㄱ ② ㄴ ③ ㄱ, ㄴ ④ ㄴ, ㄷ ⑤ ㄱ, ㄴ, ㄷ")
    assert problem.body.endswith(box)
    assert problem.choices == ("ㄱ", "ㄴ", "ㄱ, ㄴ", "ㄴ, ㄷ", "ㄱ, ㄴ, ㄷ")


def test_choices_that_speak_of_numbers_are_five():
    problem = extract_problem("2. 밑줄 친 ①과 ②, ③ 중 맞는 것은?\n① ① ② ② ③ ①, ② ④ ②, ③ ⑤ 모두")
    assert problem.choices[2:] == ("①, ②", "②, ③", "모두")


def test_the_last_run_of_markers_wins():
    passage = "물은 ① 낮은 곳으로 흐르고 ② 얼면 가벼워지며 ③ 끓으면 사라지고 ④ 차며 ⑤ 맑다."
    problem = extract_problem(
        f"6. 윗글의 밑줄 친 부분 중 다른 것은?\n{passage}\n① 흐르고\n② 얼면\n③ 끓으면\n④ 차며\n⑤ 맑다"
    )
    assert problem.choices == ("흐르고", "얼면", "끓으면", "차며", "맑다")
    assert problem.body.endswith(passage)


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_one_lost_marker_keeps_the_numbers_of_the_others(lost: int):
    lines = [f"{circle} 값{at}" for at, circle in enumerate("①②③④⑤", start=1)]
    lines[lost - 1] = lines[lost - 1][2:]
    problem = extract_problem(f"1. {QUESTION}\n" + "\n".join(lines) + "\n정답: ⑤")
    assert len(problem.choices) == 5
    assert problem.choices[lost - 1] == ""
    assert (problem.choices[4], problem.answer) == ("값5", "5")
    assert "choice_marker_lost" in problem.warnings
    assert problem.needs_review


def test_numbered_places_in_a_passage_leave_it_whole():
    passage = (
        "The man who ① was standing there in the rain ② told me that the story "
        "③ were quite long and so ④ interesting to all of ⑤ us who listened."
    )
    problem = extract_problem(f"20. 다음 글의 밑줄 친 부분 중, 어법상 틀린 것은?\n{passage}\n정답: ③")
    assert problem.body.endswith(passage)
    assert (problem.choices, problem.answer) == ((), "3")
    assert "choices_inside_passage" in problem.warnings


def test_choices_that_are_pictures_are_empty_and_flagged():
    problem = extract_problem(f"1. {QUESTION}\n① ② ③ ④ ⑤")
    assert (problem.choices, problem.needs_review) == (("",) * 5, True)


@pytest.mark.parametrize(
    ("stated", "warning"),
    [
        ("정답: ⑤", "answer_is_no_choice"),
        ("정답: 사과", "answer_is_no_choice"),
        ("정답: ①\n정답: ②", "conflicting_answers"),
    ],
)
def test_an_answer_that_cannot_be_is_none(stated: str, warning: str):
    problem = extract_problem(f"1. {QUESTION}\n① 배 ② 감 ③ 귤\n{stated}")
    assert (problem.answer, problem.answer_source) == (None, "none")
    assert warning in problem.warnings


def test_a_number_that_is_also_a_choices_text_is_flagged():
    problem = extract_problem("1. 값은?\n① 3 ② 1 ③ 2\n정답: 3")
    assert (problem.answer, problem.warnings) == ("3", ("ambiguous_answer",))


PAPER = """2026학년도 1학기 중간고사 수학
1. 다음 중 소수는? [3점]
① 4 ② 6 ③ 7 ④ 8 ⑤ 9
[2\uff5e3] 다음 글을 읽고 물음에 답하시오.
철수는 사과 3개를 샀다.
1. 하나
2. 둘
2. 철수가 산 과일은?
① 배 ② 감 ③ 사과
3. 모두 몇 개인가?
4. 풀이 과정을 서술하시오.
서답형 1. 원의 넓이를 구하시오. [5점]
"""


def test_questions_whose_points_ocr_lost_are_still_counted():
    text = "\n".join(f"{number} 다음 중 {number}번째는?\n① 가 ② 나 ③ 다" for number in (1, 2, 3, 4))
    assert [problem.number for problem in extract_problems(text)] == ["1", "2", "3", "4"]
    assert len(extract_problems("다음 표를 보고 답하시오.\n1 20 30\n2 30 40\n3 40 50")) == 1


def test_the_numbers_of_pages_are_no_part_of_a_choice():
    problems = extract_problems("1. 옳은 것은?\n① 가\n② 나\n③ 다\n- 3 -\n2 / 20\n2. 틀린 것은?\n① 가 ② 나 ③ 다")
    assert [problem.choices for problem in problems] == [("가", "나", "다")] * 2


@pytest.mark.parametrize(
    "head", ["[1~2] 다음을 보고 답하시오.", "※ 다음 글을 읽고 물음에 답하시오. (1-2)", "<1, 2> 다음 글은"]
)
def test_a_passage_begins_the_body_of_each_of_its_questions(head: str):
    problems = extract_problems(f"{head}\n물은 흐른다.\n1. 무엇인가?\n2. 왜인가?\n3. 다른 것은?")
    assert [problem.body for problem in problems] == [
        f"{head}\n물은 흐른다.\n\n무엇인가?",
        f"{head}\n물은 흐른다.\n\n왜인가?",
        "다른 것은?",
    ]


def test_a_paper_is_taken_apart():
    problems = extract_problems(PAPER)
    assert [problem.number for problem in problems] == ["1", "2", "3", "4", "서답형 1"]
    assert problems[0].choices == ("4", "6", "7", "8", "9")
    assert all("사과 3개를 샀다" in problem.body for problem in problems[1:3])
    assert problems[3].body == "풀이 과정을 서술하시오."
    assert "수학" not in problems[0].body


@pytest.mark.parametrize(
    "key",
    [
        "1 ③ 2 ③ 3 ④",
        "정답\n1. ③  2. ③\n3. ④",
        "【 빠른 정답 】\n1 2 3\n③ ③ ④",
        "정답 및 해설\n1. ③\n소수는 7이다.\n2. ③ 사과이다.\n3. ④",
        "정답\n1. 3  2. 3  3. 4",
        "1 | 2 | 3\n③ | ③ | ④",
    ],
)
def test_a_key_at_the_end_is_joined_by_number(key: str):
    problems = extract_problems(f"{PAPER}\n{key}")
    assert [problem.answer for problem in problems] == ["3", "3", "4", None, None]
    assert problems[4].body == "원의 넓이를 구하시오."


def test_explanations_of_a_key_go_with_their_numbers():
    problems = extract_problems(f"{PAPER}정답 및 해설\n1. ③\n소수는 7이다.\n2. ③ 사과이다.\n3. 3\n4. 풀이 참조")
    assert [problem.explanation for problem in problems[:3]] == ["소수는 7이다.", "사과이다.", ""]


def test_a_key_that_contradicts_itself_gives_no_answer():
    problems = extract_problems("1. 값은?\n2. 뜻은?\n정답\n1 ③ 2 ④\n1. ②")
    assert [problem.answer for problem in problems] == [None, "4"]


def test_numbers_may_begin_anew_and_gaps_are_flagged():
    text = "\n".join(f"{number}. 물음 {place}은?" for place, number in enumerate([1, 2, 4, 1, 2, 3]))
    problems = extract_problems(text)
    assert [problem.number for problem in problems] == ["1", "2", "4", "1", "2", "3"]
    assert [place for place, problem in enumerate(problems) if "number_skipped" in problem.warnings] == [1, 2]


def test_questions_numbered_like_choices_are_told_from_choices():
    text = "\n".join(f"{number}) 무엇인가?\n① 하나 ② 둘 ③ 셋" for number in (1, 2, 3))
    assert len(extract_problems(text)) == 3
    assert len(extract_problems("무엇인가?\n1) 하나\n2) 둘\n3) 셋")) == 1


def test_each_questions_text_gives_the_same_problem():
    text = f"{PAPER}\n1 ③ 2 ③ 3 ④"
    alone = [extract_problem(question) for question in split_questions(text)]
    assert [(problem.choices, problem.answer, problem.points) for problem in alone] == [
        (problem.choices, problem.answer, problem.points) for problem in extract_problems(text)
    ]


def test_an_empty_text_holds_no_problem():
    assert extract_problems(" \n\x00\u200b") == ()
    assert extract_problem("").warnings == ("no_answer", "no_body")


def test_several_questions_in_one_text_are_flagged():
    problem = extract_problem("1. 하나는?\n2. 둘은?")
    assert (problem.number, problem.body) == ("1", "하나는?")
    assert "several_questions" in problem.warnings


NUMBERS = ["1.", "2.", "3)", "(1)", "(2)", "A.", "B.", "C.", "가.", "나.", "다.", "01", "문제 1", "[1~2]", "1 ③ 2 ④"]
LABELS = ["[3점]", "정답:", "[정답]", "해설:", "정답", "<보기>", "사과", "것은?"]
FRAGMENTS = st.sampled_from([*NUMBERS, *LABELS, *"①②③④⑤❶❷⑴⑵", " ", "\n", "\n\n", "\u202e", "\x07"])
PAPERS = st.one_of(st.text(max_size=200), st.lists(st.one_of(FRAGMENTS, st.text(max_size=5)), max_size=60).map("".join))


@settings(max_examples=150, deadline=None)
@given(PAPERS)
def test_whatever_is_in_a_problem_is_in_the_text(text: str):
    clean = clean_text(text, DOCUMENT).text
    for problem in [*extract_problems(text), extract_problem(text)]:
        for part in (problem.body, *problem.choices, problem.explanation):
            assert all(word in clean for word in part.split())
        assert problem.answer is None or problem.answer_source == "stated"
        assert problem.difficulty is None
        assert problem.needs_review == bool(problem.warnings)


@settings(max_examples=60, deadline=None)
@given(PAPERS)
def test_no_problem_holds_characters_without_ink(text: str):
    for problem in extract_problems(text):
        for part in (problem.body, *problem.choices, problem.answer or "", problem.explanation):
            assert {unicodedata.category(character) for character in part.replace("\n", "")}.isdisjoint(
                {"Cc", "Cf", "Cs"}
            )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["사과", "배 두 개", "x=3", "ㄱ, ㄴ", "매우 긴 글이다"]), min_size=3, max_size=5),
    st.data(),
)
def test_a_question_put_together_comes_apart_again(choices: list[str], data: st.DataObject):
    right = data.draw(st.integers(1, len(choices)))
    breaks = data.draw(st.sampled_from(["\n", "  ", " "]))
    marked = breaks.join(f"{circle} {choice}" for circle, choice in zip("①②③④⑤", choices, strict=False))
    problem = extract_problem(f"9. {QUESTION} [2점]\n{marked}\n정답: {'①②③④⑤'[right - 1]}")
    assert (problem.choices, problem.answer, problem.points) == (tuple(choices), str(right), 2.0)


@pytest.mark.parametrize(
    "piece", ["① ", "1. ", "정답: ", "[1~3] ", "1 ③ ", "정답\n", "(1) ", "((((", "1 " * 50 + "\n", " "]
)
def test_a_very_long_text_of_one_kind_is_no_trap(piece: str):
    text = piece * (60_000 // len(piece))
    assert isinstance(extract_problems(text), tuple)
