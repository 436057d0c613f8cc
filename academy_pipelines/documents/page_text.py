"""What is written on a page: lines in reading order, and where each of them lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

TextSource = Literal["text_layer", "tesseract", "google"]
"""Who read a page: the PDF itself, or an engine that looked at its picture."""


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A box in pixels of a page's upright picture at full size; (0, 0) is the picture's top-left corner."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column right of the box."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a column, as printed; `confidence` is 0..1, None where the engine states none.

    `column` counts from the left, 0 for the first; a line over all columns (a heading) belongs to the first.
    """

    text: str
    box: PixelBox
    column: int = 0
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class PageText:
    """What is written on one page; `number` is 1 for the first, `size_px` the (width, height) that boxes refer to.

    `confidence` is the mean over the characters, 0..1, None where nothing states one. `error` says why a page of a
    document could not be read although others could; it then has no lines.
    """

    number: int
    size_px: tuple[int, int]
    source: TextSource
    lines: tuple[TextLine, ...] = ()
    confidence: float | None = None
    notes: tuple[str, ...] = ()
    """What a person should know of the reading, such as a page that was found to be turned."""
    error: str | None = None

    @property
    def text(self) -> str:
        """The lines in reading order, one a row."""
        return "\n".join(line.text for line in self.lines)


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
