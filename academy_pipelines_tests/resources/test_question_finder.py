"""What every finder of questions promises; other engines join the list."""

import pytest

from academy_pipelines.documents.document_page import DocumentPage, document_pages
from academy_pipelines.documents.page_pictures import PagePictures
from academy_pipelines.documents.page_text import PageText
from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.resources.question_finder import NumberFinder, QuestionFinder
from academy_pipelines.sandbox.exam_pages.documents import exam_document


@pytest.fixture(params=[NumberFinder])
def finder(request) -> QuestionFinder:
    return request.param()


@pytest.fixture(scope="module")
def pages() -> tuple[DocumentPage, ...]:
    return document_pages(exam_document(8).pdf)


def test_regions_come_in_the_order_of_pages_and_lie_on_them(finder: QuestionFinder, pages):
    found = finder.find([page.text_layer for page in pages], PagePictures(pages))
    numbers = [region.page for region in found.regions]
    assert found.engine == finder.name
    assert numbers == sorted(numbers)
    assert set(numbers) == {page.number for page in pages}
    for region in found.regions:
        width_px, height_px = pages[region.page - 1].size_px
        assert 0 <= region.box.left < region.box.right <= width_px
        assert 0 <= region.box.top < region.box.bottom <= height_px


def test_an_empty_document_is_for_a_person_to_look_at(finder: QuestionFinder):
    for texts in ([], [PageText(1, (100, 100), "tesseract")]):
        found = finder.find(texts, {})
        assert (found.regions, found.needs_review) == ((), True)
        assert found.notes


def test_a_damaged_picture_among_others_spoils_nothing(finder: QuestionFinder, pages):
    def refuse():
        raise UnreadableImageError("the page is damaged")

    first, *others = pages
    damaged = DocumentPage(first.number, first.size_px, refuse, first.text_layer)
    pictures = PagePictures([damaged, *others])
    assert pictures.get(first.number) is None
    assert pictures[others[0].number].shape[::-1] == others[0].size_px
    found = finder.find([page.text_layer for page in pages], pictures)
    assert {region.page for region in found.regions} >= {page.number for page in others}
