"""What Google Vision saw on a page, as lines in reading order.

Its answer is a tree: blocks, paragraphs, words, symbols; the breaks between words and lines hang at symbols.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.documents.reading_order import TEXT_READING, column_runs

if TYPE_CHECKING:
    from google.cloud.vision import Block, BoundingPoly, TextAnnotation, Word

    from academy_pipelines.resources.ocr.google_pictures import SentPicture

UNSURE_BELOW = 0.8
"""Words read with less confidence are told to people."""
MOST_UNSURE_NAMED = 20

_SPACES = frozenset({1, 2})
_LINE_ENDS = frozenset({3, 4, 5})
_HYPHEN = 4
"""Numbers of `TextAnnotation.DetectedBreak.BreakType`: space, wide space; end of line after a space, with a hyphen that
is not printed as a symbol, and any other."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, or the part of it that is on one line; `ends` when the line ends behind it."""

    text: str
    box: PixelBox
    confidence: float
    ends: bool

    @property
    def weight(self) -> int:
        return len(self.text.strip())


def page_text(annotation: "TextAnnotation", sent: "SentPicture") -> PageText:
    """Return a page's lines with boxes at full size, down each column; the confidence is the characters' mean."""
    height_px, width_px = sent.page.pixels.shape
    blocks = [list(_pieces(block, sent.scale)) for page in annotation.pages for block in page.blocks]
    pieces = [piece for block in blocks for piece in block]
    return PageText(
        number=sent.page.number,
        size_px=(width_px, height_px),
        source="google",
        lines=tuple(_in_reading_order([list(_lines(block)) for block in blocks if block])),
        confidence=_mean_confidence(pieces),
        notes=_notes(pieces),
    )


def _pieces(block: "Block", scale: float) -> Iterator[_Piece]:
    for paragraph in block.paragraphs:
        words = list(paragraph.words)
        for place, word in enumerate(words, start=1):
            yield from _pieces_of_word(word, scale, is_last=place == len(words))


def _pieces_of_word(word: "Word", scale: float, *, is_last: bool) -> Iterator[_Piece]:
    """Yield a word with the blank behind it; a paragraph's last word ends its line."""
    text, ends = "", False
    for symbol in word.symbols:
        kind = int(symbol.property.detected_break.type_)
        if symbol.property.detected_break.is_prefix:
            text += " " if kind else ""
            kind = 0
        text += symbol.text
        text += " " if kind in _SPACES else "-" if kind == _HYPHEN else ""
        ends = kind in _LINE_ENDS
    if text.strip():
        yield _Piece(text, _box(word.bounding_box, scale), word.confidence, ends or is_last)


def _lines(pieces: Iterable[_Piece]) -> Iterator[TextLine]:
    """Yield the lines of a block; their column is not yet known."""
    line: list[_Piece] = []
    for piece in pieces:
        line.append(piece)
        if piece.ends:
            yield _line(line)
            line = []
    if line:
        yield _line(line)


def _line(pieces: Sequence[_Piece]) -> TextLine:
    text = "".join(piece.text for piece in pieces).strip()
    return TextLine(text, _around([piece.box for piece in pieces]), confidence=_mean_confidence(pieces))


def _in_reading_order(blocks: list[list[TextLine]]) -> Iterator[TextLine]:
    """Yield the lines of all blocks; what stands on one row of a column is one line, though blocks parted it."""
    boxes = [_around([line.box for line in lines]) for lines in blocks]
    for run in column_runs(boxes, TEXT_READING):
        lines = [line for place in run.places for line in blocks[place]]
        for row in _rows(lines):
            yield _joined(row, run.column)


def _rows(lines: list[TextLine]) -> Iterator[list[TextLine]]:
    """Yield lines in rows from the top: a line whose middle is beside the row's first belongs to it."""
    row: list[TextLine] = []
    for line in sorted(lines, key=lambda each: each.box.top + each.box.height / 2):
        if row and line.box.top + line.box.height / 2 > row[0].box.bottom:
            yield row
            row = []
        row.append(line)
    if row:
        yield row


def _joined(row: list[TextLine], column: int) -> TextLine:
    """Return one line of a row's pieces from left to right."""
    pieces = sorted(row, key=lambda line: line.box.left)
    known = [(line.confidence, len(line.text)) for line in pieces if line.confidence is not None]
    confidence = sum(value * weight for value, weight in known) / sum(weight for _, weight in known) if known else None
    text = " ".join(line.text for line in pieces)
    return TextLine(text, _around([line.box for line in pieces]), column, confidence)


def _mean_confidence(pieces: Sequence[_Piece]) -> float | None:
    """Return the mean over the characters; None where the answer states no confidence, which reads as zeros."""
    weight = sum(piece.weight for piece in pieces)
    total = sum(piece.confidence * piece.weight for piece in pieces)
    return min(total / weight, 1.0) if total else None


def _notes(pieces: Sequence[_Piece]) -> tuple[str, ...]:
    unsure = [piece.text.strip() for piece in pieces if 0 < piece.confidence < UNSURE_BELOW]
    if not unsure:
        return ()
    more = f" and {len(unsure) - MOST_UNSURE_NAMED} more" if len(unsure) > MOST_UNSURE_NAMED else ""
    return (f"words read with confidence below {UNSURE_BELOW}: {', '.join(unsure[:MOST_UNSURE_NAMED])}{more}",)


def _box(outline: "BoundingPoly", scale: float) -> PixelBox:
    """Return the upright box around an outline of the picture that was sent, at the page's full size."""
    across = [round(vertex.x / scale) for vertex in outline.vertices] or [0]
    down = [round(vertex.y / scale) for vertex in outline.vertices] or [0]
    return PixelBox(min(across), min(down), max(across) - min(across), max(down) - min(down))


def _around(boxes: Sequence[PixelBox]) -> PixelBox:
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    return PixelBox(left, top, max(box.right for box in boxes) - left, max(box.bottom for box in boxes) - top)
