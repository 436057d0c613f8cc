"""One result for a file of several sheets."""

import pytest

from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.review.file_pages import numbers_of, of_several_pages, with_mates
from academy_pipelines_tests.review.results import answer, identifier, result


def sheet(number: str, label: str = "A") -> OmrResult:
    return result(answer(1, "ok", label), number=identifier(number))


def warnings_of(file: OmrResult) -> list[tuple[str, str]]:
    return [(warning.code, warning.message) for warning in file.warnings]


def test_the_keys_of_the_contract_speak_of_the_first_page_that_was_read():
    file = of_several_pages({2: sheet("1111", "B"), 3: sheet("2222")}, {1: "page_not_found: no sheet was found"})
    assert file.model_copy(update={"pages": [], "warnings": []}) == sheet("1111", "B")
    assert [page.page for page in file.pages] == [1, 2, 3]


def test_every_page_says_what_was_read_or_why_nothing_was():
    refused, read = of_several_pages({2: sheet("1111")}, {1: "page_not_found: no sheet"}).pages
    assert (refused.error, refused.answers, refused.identifier) == ("page_not_found: no sheet", [], None)
    assert (read.error, read.answers, read.identifier) == (None, sheet("1111").answers, sheet("1111").identifier)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ({2: "x"}, "page 2 of 3 could not be read"),
        ({2: "x", 9: "y", 4: "z"}, "pages 2, 4 and 9 of 5 could not be read"),
    ],
)
def test_the_file_warns_of_pages_that_could_not_be_read(refused, message):
    file = of_several_pages({1: sheet("1111"), 3: sheet("2222")}, refused)
    assert warnings_of(file) == [("pages_refused", message)]


def test_pages_with_one_number_name_each_other_and_the_file_warns_once_a_number():
    numbers = {1: "1111", 2: "2222", 3: "1111", 4: "3333", 5: "1111"}
    file = of_several_pages({page: sheet(number) for page, number in numbers.items()}, {})
    assert [page.duplicates for page in file.pages] == [[3, 5], [], [1, 5], [], [1, 3]]
    assert warnings_of(file) == [("pages_with_one_number", "pages 1, 3 and 5 carry the same number 1111")]


def test_numbers_that_are_not_known_are_the_same_as_none():
    file = of_several_pages({1: sheet("1?11"), 2: sheet("1?11")}, {})
    assert [page.duplicates for page in file.pages] == [[], []]
    assert file.warnings == []


def test_other_sheets_of_the_exam_change_nothing_about_the_pages():
    file = of_several_pages({1: sheet("1111"), 2: sheet("1111")}, {})
    told = with_mates(file, {1: ["99"]})
    assert [page.duplicates for page in told.pages] == [[2], [1]]
    assert [code for code, _ in warnings_of(told)] == ["duplicate_identifier", "pages_with_one_number"]
    assert with_mates(told, {}) == file


def test_every_page_names_the_other_sheets_of_the_exam_that_carry_its_number():
    file = of_several_pages({1: sheet("1111"), 3: sheet("1?22"), 4: sheet("3333")}, {2: "page_not_found: none"})
    assert numbers_of(file) == {1: "1111", 3: None, 4: "3333"}
    told = with_mates(file, {4: ["99", "12"]})
    assert [page.identifier.duplicates for page in told.pages if page.identifier] == [[], [], ["12", "99"]]
    assert [warning.code for warning in told.pages[3].warnings] == ["duplicate_identifier"]
    assert warnings_of(told) == warnings_of(file)
    assert with_mates(told, {4: ["99", "12"]}) == told


def test_a_file_of_one_page_lists_none():
    assert sheet("1111").model_dump(mode="json")["pages"] == []
