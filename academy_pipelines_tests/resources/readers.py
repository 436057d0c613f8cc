"""Engines without a model, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.ocr.engine import PagePicture


@dataclass
class FakeEngine:
    """Reads a word on every picture that has ink; fails on pages that it is told to, or altogether."""

    name: str = "tesseract"
    word: str = "읽음"
    failing: AcademyError | None = None
    failing_pages: frozenset[int] = frozenset()
    calls: list[list[int]] = field(default_factory=list)
    is_closed: bool = False

    def read(self, pictures: Sequence[PagePicture]) -> list[PageText]:
        pages = [self._read(picture) for picture in pictures]
        self.calls.append([page.number for page in pages])
        if self.failing is not None:
            raise self.failing
        return pages

    def _read(self, picture: PagePicture) -> PageText:
        height, width = picture.pixels.shape
        source = "google" if self.name == "google" else "tesseract"
        if picture.number in self.failing_pages:
            return PageText(picture.number, (width, height), source, error="no answer for this page")
        has_ink = bool((picture.pixels < 128).any())
        lines = (TextLine(self.word, PixelBox(0, 0, width, height), confidence=0.5),) if has_ink else ()
        return PageText(picture.number, (width, height), source, lines, 0.5 if lines else None)

    def close(self) -> None:
        self.is_closed = True
