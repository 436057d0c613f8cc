"""Corrections of a file of several sheets: each page keeps its own, and the file's summary follows."""

from academy_pipelines.review.file_pages import of_several_pages, with_mates
from academy_pipelines.review.putting_right import objection, put_right
from academy_pipelines.review.rows import IDENTIFIER, doubtful_rows, pages_of, pages_to_review
from academy_pipelines_tests.review.results import answer, correction, identifier, result

PAGES = {
    1: result(answer(1, "ambiguous", "AC"), number=identifier("1234")),
    2: result(answer(1, "low_confidence", ""), number=identifier("1234")),
    4: result(answer(1), number=identifier("99?9")),
}
FILE = of_several_pages(PAGES, {3: "page_not_found: no sheet was found"})


def test_a_file_is_taken_apart_into_what_it_was_made_of():
    assert pages_of(FILE) == PAGES
    assert pages_of(PAGES[1]) == {1: PAGES[1]}


def test_pages_that_carry_one_number_wait_for_a_person():
    assert {page: doubtful_rows(read) for page, read in pages_to_review(FILE).items()} == {
        1: [IDENTIFIER, 1],
        2: [IDENTIFIER, 1],
        4: [IDENTIFIER],
    }


def test_every_page_names_other_submissions_too():
    pages = pages_to_review(with_mates(FILE, {1: ["12"], 2: ["12", "9"]}))
    assert [pages[number].identifier.duplicates for number in (1, 2, 4)] == [["12", "p. 2"], ["9", "12", "p. 1"], []]


def test_each_page_is_put_right_by_itself():
    said = [
        correction(1, "B", "ambiguous A/C", page=1),
        correction(IDENTIFIER, "1243", "ok 1234 read", page=2),
        correction(IDENTIFIER, "", "ambiguous 99?9 read", page=4),
    ]
    right = put_right(FILE, said)
    assert right.answers[0].detected == ["B"]
    pages = {page.page: page for page in right.pages}
    assert (pages[1].answers[0].detected, pages[2].answers[0].detected) == (["B"], [])
    assert (pages[2].identifier.identifier, pages[1].duplicates, pages[2].duplicates) == ("1243", [], [])
    assert pages[3].error == "page_not_found: no sheet was found"
    assert [warning.code for warning in right.warnings] == ["pages_refused"]
    assert put_right(right, said) == right
    assert put_right(right, []) == FILE


def test_a_correction_names_a_page_that_could_be_read():
    assert objection(FILE, correction(1, "B", "ambiguous A/C", page=3)) == "the file has no page 3 that could be read"
    assert objection(PAGES[1], correction(1, "B", "ambiguous A/C", page=2)) is not None
    assert objection(FILE, correction(1, "B", "ambiguous A/C", page=2)).startswith("page 2, question 1 is now read as")
