"""Reads a document: the text that its pages bring with them, an engine for those that bring none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np
from typing_extensions import override

from academy_pipelines.documents.page_text import PageText, TextSource
from academy_pipelines.errors import ToolError, UnreadableImageError
from academy_pipelines.imaging import as_gray
from academy_pipelines.resources.ocr.engine import OcrEngine, PagePicture

if TYPE_CHECKING:
    from academy_pipelines.documents.document_page import DocumentPage


class _Pictures(Sequence[PagePicture]):
    """Pages' pictures, each decoded when it is asked for and not kept: a document may have hundreds.

    A page that cannot be decoded is white; why is in `errors`, by its number.
    """

    def __init__(self, pages: "Sequence[DocumentPage]") -> None:
        self._pages = pages
        self.errors: dict[int, UnreadableImageError] = {}

    @override
    def __len__(self) -> int:
        return len(self._pages)

    @overload
    def __getitem__(self, index: int) -> PagePicture: ...
    @overload
    def __getitem__(self, index: slice) -> list[PagePicture]: ...
    @override
    def __getitem__(self, index: int | slice) -> PagePicture | list[PagePicture]:
        if isinstance(index, slice):
            return [self._decoded(page) for page in self._pages[index]]
        return self._decoded(self._pages[index])

    def _decoded(self, page: "DocumentPage") -> PagePicture:
        try:
            return PagePicture(page.number, page.decode())
        except UnreadableImageError as error:
            self.errors[page.number] = error
            return PagePicture(page.number, as_gray(np.full((8, 8), 255, np.uint8)))


def read_document(pages: "Sequence[DocumentPage]", engine: OcrEngine) -> list[PageText]:
    """Return what is written on each page; the engine is asked once, for all pages without text of their own.

    A page that alone is broken, or beside pages with text defeats the engine, has its `error` and no lines. Empty pages
    are no error.

    Raises:
        UnreadableImageError: every page is broken.
        AcademyError: as the engine's.
    """
    pictures = _Pictures([page for page in pages if page.text_layer is None and page.error is None])
    try:
        read = {page.number: page for page in engine.read(pictures)} if pictures else {}
    except ToolError as error:
        if len(pictures) == len(pages):
            raise
        read = {page.number: _failed(page, str(error)) for page in pages}
    source = next(iter(read.values())).source if read else "tesseract"
    found = [_page_text(page, read, pictures.errors, source) for page in pages]
    if found and all(page.error is not None for page in found):
        raise UnreadableImageError(found[0].error)
    return found


def _failed(page: "DocumentPage", error: str, source: TextSource = "tesseract") -> PageText:
    return PageText(page.number, page.size_px, source, error=error)


def _page_text(
    page: "DocumentPage", read: dict[int, PageText], errors: dict[int, UnreadableImageError], source: TextSource
) -> PageText:
    if page.text_layer is not None:
        return page.text_layer
    broken = errors.get(page.number)
    error = page.error if broken is None else str(broken)
    if error is not None:
        return _failed(page, error, source)
    return read[page.number]


def document_text(pages: Sequence[PageText]) -> str:
    """Return the text of a document, an empty line between its pages."""
    return "\n\n".join(page.text for page in pages if page.lines)


def document_confidence(pages: Sequence[PageText]) -> float | None:
    """Return the mean confidence over the characters of all pages, None where no page states one."""
    stated = [(page.confidence, len(page.text)) for page in pages if page.confidence is not None and page.lines]
    if not stated:
        return None
    return sum(confidence * count for confidence, count in stated) / sum(count for _, count in stated)


def document_engine(pages: Sequence[PageText]) -> str:
    """Return who read a document: "text_layer", "tesseract" or "google", several joined by "+"."""
    return "+".join(dict.fromkeys(page.source for page in pages if page.error is None))
