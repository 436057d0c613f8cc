"""What tesseract says of a picture: the text of one of its files, the places and confidences of the other.

Its text file (`txt`) keeps the spaces between Korean words and says no places; its table (`tsv`) says places, and makes
a word of every syllable. Both come from one recognition, so that their characters are the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.errors import ToolError

_PAGE_END = "\f"
_WORD_LEVEL = 5
_COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "left", "top", "width", "height", "conf", "text")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: where it stands, and a confidence of 0..1; a space has the confidence of nothing, None."""

    character: str
    box: PixelBox
    confidence: float | None


RecognisedLine = tuple[Glyph, ...]


def recognised_pages(text: str, table: str) -> list[list[RecognisedLine]]:
    """Return the lines of every picture that tesseract read in one go, from its `txt` and its `tsv`.

    Raises:
        ToolError: the table is no table of tesseract's.
    """
    words = list(_words(table))
    pages = text.split(_PAGE_END)
    count = max(len(pages) - 1, max((page for (page, *_), _ in words), default=0))
    pages += [""] * (count - len(pages))
    return [
        list(_lines(pages[place], [(key, glyphs) for key, glyphs in words if key[0] == place + 1]))
        for place in range(count)
    ]


_Key = tuple[int, int, int, int]


def _words(table: str) -> Iterator[tuple[_Key, list[Glyph]]]:
    """Yield the words of a table: page, block, paragraph and line, then their characters."""
    rows = [row.split("\t") for row in table.splitlines()]
    if not rows or not set(_COLUMNS) <= set(rows[0]):
        raise ToolError(f"tesseract wrote no table with {', '.join(_COLUMNS)}, but {table[:80]!r}; check its version")
    level, page, block, paragraph, line, *box, conf, word = (rows[0].index(name) for name in _COLUMNS)
    for row in rows[1:]:
        if len(row) <= word or int(row[level]) != _WORD_LEVEL or not row[word].strip():
            continue
        left, top, width, height = (int(row[place]) for place in box)
        key = int(row[page]), int(row[block]), int(row[paragraph]), int(row[line])
        confidence = min(max(float(row[conf]) / 100, 0.0), 1.0)
        yield key, _spread("".join(row[word].split()), PixelBox(left, top, width, height), confidence)


def _spread(word: str, box: PixelBox, confidence: float) -> list[Glyph]:
    """Return the characters of a word side by side, each as wide as any other."""
    edges = np.linspace(box.left, box.right, len(word) + 1).round().astype(int).tolist()
    return [
        Glyph(character, PixelBox(left, box.top, max(1, right - left), box.height), confidence)
        for character, (left, right) in zip(word, pairwise(edges), strict=True)
    ]


def _lines(text: str, words: Sequence[tuple[_Key, list[Glyph]]]) -> Iterator[RecognisedLine]:
    """Yield the lines of one picture: those of the table, spaced as in the text where both agree."""
    grouped: dict[_Key, list[list[Glyph]]] = {}
    for key, glyphs in words:
        grouped.setdefault(key, []).append(glyphs)
    rows = [row for row in text.splitlines() if row.strip()]
    by_characters = {"".join(row.split()): row for row in rows}
    for line in grouped.values():
        characters = "".join(glyph.character for word in line for glyph in word)
        row = by_characters.get(characters)
        yield tuple(_unspaced(line) if row is None else _spaced(row, [glyph for word in line for glyph in word]))


def _spaced(row: str, glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """Yield the characters of a line with the spaces of `row`, which has the same characters."""
    left = iter(glyphs)
    last: Glyph | None = None
    for character in row.strip():
        if character.isspace():
            if last is not None and last.confidence is not None:
                last = _space_after(last)
                yield last
        else:
            last = next(left)
            yield last


def _unspaced(words: Sequence[Sequence[Glyph]]) -> Iterator[Glyph]:
    """Yield the characters of a line with a space between two words that lie apart."""
    last: Glyph | None = None
    for word in words:
        if last is not None and word[0].box.left - last.box.right > last.box.height / 4:
            yield _space_after(last)
        yield from word
        last = word[-1]


def _space_after(glyph: Glyph) -> Glyph:
    return Glyph(" ", PixelBox(glyph.box.right, glyph.box.top, 0, glyph.box.height), None)
