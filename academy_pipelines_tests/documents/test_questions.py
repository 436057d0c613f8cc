"""The text of each question, as whoever writes a problem gets it."""

from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.documents.questions import questions_of_paper
from academy_pipelines.documents.region import Region

BOX = PixelBox(0, 0, 10, 10)


def paper(*lines: str) -> list[PageText]:
    return [PageText(1, (100, 100), "text_layer", tuple(TextLine(line, BOX) for line in lines))]


def question(label: str | None, text: str) -> Region:
    return Region(1, BOX, label=label, text=text)


def test_a_passage_comes_before_each_question_that_it_is_for():
    regions = [
        Region(1, BOX, "passage", "1-2", text="[1~2] 글"),
        question("1", "1. 가"),
        question("2", "2. 나"),
        question("3", "3. 다"),
    ]
    assert questions_of_paper(regions, paper("x")) == ["[1~2] 글\n1. 가", "[1~2] 글\n2. 나", "3. 다"]


def test_parts_in_two_columns_are_one_question():
    assert questions_of_paper([question("1", "1. 가"), question("1", "나")], paper("x")) == ["1. 가\n나"]


def test_numbers_are_written_as_everybody_understands_them():
    regions = [question("1", "문제 1 가"), question("2", "02 나"), question("3", "Q3. 다"), question("14", "(14) 라")]
    assert questions_of_paper(regions, paper("x")) == ["1. 가", "2. 나", "3. 다", "14. 라"]


def test_what_the_key_says_follows_unless_the_question_says_it_itself():
    regions = [question("1", "1. 가"), question("2", "2. 나\n정답: ②")]
    key = paper("1. 가", "2. 나", "정답", "1 ③ 2 ④")
    assert questions_of_paper(regions, key) == ["1. 가\n[정답] ③", "2. 나\n정답: ②"]


def test_without_regions_numbers_in_the_text_part_it():
    assert len(questions_of_paper([], paper("1. 가는 무엇인가?", "2. 나는 무엇인가?"))) == 2
    assert questions_of_paper([], paper()) == ()
