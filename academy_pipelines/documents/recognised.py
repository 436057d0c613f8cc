"""What tesseract says of a picture: the text of one of its files, the places and confidences of the other.

Its text file (`txt`) keeps the spaces between Korean words and says no places; its table (`tsv`) says places, and makes
a word of every syllable. Both come from one recognition, so that their characters are the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.errors import ToolError

_PAGE_END = "\f"
_LINE_LEVEL, _WORD_LEVEL = "4", "5"
_COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "left", "top", "width", "height", "conf", "text")
_SPACE_SHARE = 0.25
"""Of a line's height, between two words where only places tell."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: from which column to before which it stands, and a confidence of 0..1; None for a space."""

    character: str
    left: int
    right: int
    confidence: float | None

    @property
    def middle(self) -> float:
        """The column of its middle."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """A line of a picture; `box` is in its pixels."""

    box: PixelBox
    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(glyph.character for glyph in self.glyphs)


@dataclass(slots=True)
class _Row:
    """A line of the table: its box, and its words with theirs."""

    box: PixelBox
    words: list[tuple[str, PixelBox, float]] = field(default_factory=list[tuple[str, PixelBox, float]])


def recognised_pages(text: str, table: str, count: int) -> list[list[RecognisedLine]]:
    """Return the lines of each of `count` pictures that tesseract read in one go, from its `txt` and its `tsv`.

    Raises:
        ToolError: the table is no table of tesseract's.
    """
    rows = _rows(table)
    texts = [*text.split(_PAGE_END), *[""] * count]
    return [
        list(_lines(texts[place], [row for (page, *_), row in rows.items() if page == str(place + 1)]))
        for place in range(count)
    ]


def _rows(table: str) -> dict[tuple[str, ...], _Row]:
    """Return the lines of a table by their page, block, paragraph and number."""
    cells = [row.split("\t") for row in table.splitlines()]
    if not cells or not set(_COLUMNS) <= set(cells[0]):
        raise ToolError(f"tesseract wrote no table with {', '.join(_COLUMNS)}, but {table[:80]!r}; check its version")
    level, page, block, paragraph, line, *box, conf, word = (cells[0].index(name) for name in _COLUMNS)
    found: dict[tuple[str, ...], _Row] = {}
    for row in cells[1:]:
        if len(row) <= conf or row[level] not in {_LINE_LEVEL, _WORD_LEVEL}:
            continue
        key = row[page], row[block], row[paragraph], row[line]
        place = PixelBox(*(int(row[at]) for at in box))
        if row[level] == _LINE_LEVEL:
            found[key] = _Row(place)
        elif len(row) > word and row[word].strip():
            confidence = min(max(float(row[conf]) / 100, 0.0), 1.0)
            found[key].words.append(("".join(row[word].split()), place, confidence))
    return {key: row for key, row in found.items() if row.words}


def _lines(text: str, rows: Sequence[_Row]) -> Iterator[RecognisedLine]:
    """Yield the lines of one picture: those of the table, spaced as in the text where both agree."""
    by_characters = {"".join(row.split()): row for row in text.splitlines() if row.strip()}
    for row in rows:
        spaced = by_characters.get("".join(word for word, _, _ in row.words))
        glyphs = _unspaced(row) if spaced is None else _spaced(spaced, row)
        yield RecognisedLine(row.box, tuple(glyphs))


def _words(row: _Row) -> Iterator[list[Glyph]]:
    """Yield the characters of each word side by side, as wide as each other; a box may reach into the next word."""
    limits = [box.left for _, box, _ in row.words[1:]]
    for (word, box, confidence), limit in zip(row.words, [*limits, row.box.right], strict=True):
        right = min(box.right, limit) if limit > box.left else box.right
        edges = np.linspace(box.left, right, len(word) + 1).round().astype(int).tolist()
        yield [Glyph(letter, a, b, confidence) for letter, (a, b) in zip(word, pairwise(edges), strict=True)]


def _spaced(text: str, row: _Row) -> Iterator[Glyph]:
    """Yield the characters of a line with the spaces of `text`, which has the same characters."""
    glyphs = iter([glyph for word in _words(row) for glyph in word])
    for place, word in enumerate(text.split()):
        for at in range(len(word)):
            glyph = next(glyphs)
            if place and not at:
                yield space_at(glyph.left)
            yield glyph


def _unspaced(row: _Row) -> Iterator[Glyph]:
    """Yield the characters of a line with a space between two words that lie apart."""
    end: int | None = None
    for word in _words(row):
        if end is not None and word[0].left - end > _SPACE_SHARE * row.box.height:
            yield space_at(word[0].left)
        yield from word
        end = word[-1].right


def space_at(column: int) -> Glyph:
    """Return a space that ends where the next character begins."""
    return Glyph(" ", column, column, None)
