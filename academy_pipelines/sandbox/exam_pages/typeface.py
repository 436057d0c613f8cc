"""The fonts of papers: how wide text is, and where its lines end."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from academy_pipelines.resources.renderer import find_font

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont


@dataclass(frozen=True, slots=True)
class Typeface:
    """A family with a regular and a bold font, both known to reportlab under their paths."""

    regular: "TTFont"
    bold: "TTFont"

    @classmethod
    def load(cls, family: str) -> "Typeface":
        """Return the family that lies beside our usual Korean font.

        Raises:
            MisconfiguredError: the fonts are not installed.
        """
        folder = find_font().parent
        return cls(_embedded(find_font(folder / f"{family}.ttf")), _embedded(find_font(folder / f"{family}Bold.ttf")))

    def font(self, *, is_bold: bool) -> "TTFont":
        """Return one of the two fonts."""
        return self.bold if is_bold else self.regular

    def width_pt(self, text: str, size_pt: float, *, is_bold: bool = False) -> float:
        """Return how wide the text is printed."""
        return float(self.font(is_bold=is_bold).stringWidth(text, size_pt))

    def wrapped(self, text: str, size_pt: float, widths_pt: tuple[float, float], *, breaks_words: bool) -> list[str]:
        """Return the lines of a paragraph: `widths_pt` are the widths of the first line and of all others.

        A word that is wider than a line sticks out of it.
        """
        lines: list[str] = []
        line = ""
        for piece in _pieces(text, breaks_words=breaks_words):
            width_pt = widths_pt[0] if not lines else widths_pt[1]
            if line.strip() and self.width_pt((line + piece).rstrip(), size_pt) > width_pt:
                lines.append(line.strip())
                line = ""
            line += piece
        return [*lines, line.strip()] if line.strip() else lines


def _pieces(text: str, *, breaks_words: bool) -> list[str]:
    """Return what may stand at a line's end: words with the space behind them, or Korean syllables."""
    words = [f"{word} " for word in text.split(" ")]
    if not breaks_words:
        return words
    pieces: list[str] = []
    for word in words:
        if word.isascii() or "[" in word:
            pieces.append(word)
            continue
        syllables = list(word)
        while len(syllables) > 1 and not syllables[-1].isalnum():
            closing = syllables.pop()
            syllables[-1] += closing
        pieces += syllables
    return pieces


def _embedded(path: Path) -> "TTFont":
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 - half a second, only where papers are printed
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    name = str(path)
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, name))
    return pdfmetrics.getFont(name)  # pyright: ignore[reportReturnType] - registered above as such
