"""Documents read page by page, by whom it takes."""

import weakref
from collections.abc import Callable

import numpy as np
import pytest

from academy_pipelines.documents.document_page import DocumentPage
from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.errors import ToolError, UnavailableError, UnreadableImageError
from academy_pipelines.resources.document_reader import (
    document_confidence,
    document_engine,
    document_text,
    read_document,
)
from academy_pipelines_tests.resources.readers import FakeEngine

SIZE = (20, 10)


def ink() -> np.ndarray:
    return np.zeros((10, 20), np.uint8)


def damaged() -> np.ndarray:
    raise UnreadableImageError("the page is damaged")


def page(number: int, decode: Callable[[], np.ndarray] = ink, *, text: str = "", error: str | None = None):
    lines = (TextLine(text, PixelBox(0, 0, 5, 5)),)
    layer = PageText(number, SIZE, "text_layer", lines) if text else None
    return DocumentPage(number, SIZE, decode, layer, error)


def test_pages_with_text_are_not_looked_at_and_all_others_are_read_in_one_call():
    engine = FakeEngine()
    pages = read_document([page(1), page(2, damaged, text="층"), page(3)], engine)
    assert [(p.number, p.source, p.text) for p in pages] == [
        (1, "tesseract", "읽음"),
        (2, "text_layer", "층"),
        (3, "tesseract", "읽음"),
    ]
    assert engine.calls == [[1, 3]]
    assert document_text(pages) == "읽음\n\n층\n\n읽음"
    assert document_engine(pages) == "tesseract+text_layer"
    assert document_confidence(pages) == 0.5


def test_an_engine_is_not_asked_about_a_document_of_text():
    engine = FakeEngine(failing=UnavailableError("down"))
    (read,) = read_document([page(1, text="층")], engine)
    assert read.text == "층"
    assert engine.calls == []
    assert document_confidence([read]) is None


def test_broken_pages_have_their_reason_and_the_others_their_text():
    pages = read_document([page(1, error="too large"), page(2, damaged), page(3)], FakeEngine())
    assert [p.error for p in pages] == ["too large", "the page is damaged", None]
    assert [len(p.lines) for p in pages] == [0, 0, 1]


def test_a_document_of_broken_pages_alone_is_refused_for_the_first_ones_reason():
    with pytest.raises(UnreadableImageError, match="too large"):
        read_document([page(1, error="too large"), page(2, damaged)], FakeEngine())


def test_an_engine_that_fails_leaves_pages_their_own_text():
    failing = FakeEngine(failing=ToolError("it crashed"))
    pages = read_document([page(1), page(2, text="층")], failing)
    assert [(p.text, p.error) for p in pages] == [("", "it crashed"), ("층", None)]
    with pytest.raises(ToolError, match="it crashed"):
        read_document([page(1)], failing)


def test_an_empty_page_is_an_empty_text():
    (read,) = read_document([page(1, lambda: np.full((10, 20), 255, np.uint8))], FakeEngine())
    assert (read.text, read.error, read.confidence) == ("", None, None)


def test_only_the_pictures_in_use_are_in_memory():
    alive: list[int] = []

    def counted() -> np.ndarray:
        picture = ink()
        alive.append(1)
        weakref.finalize(picture, alive.pop)
        assert len(alive) <= 2
        return picture

    assert len(read_document([page(number, counted) for number in range(1, 30)], FakeEngine())) == 29
