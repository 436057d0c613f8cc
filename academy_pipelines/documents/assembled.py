"""What an engine recognised on the parts of a page, made into lines of its picture, circles put back in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from academy_pipelines.documents.circled import Circle
from academy_pipelines.documents.circled_runs import name_circles
from academy_pipelines.documents.circled_shapes import CHARACTERS
from academy_pipelines.documents.page_text import PixelBox, TextLine
from academy_pipelines.documents.prepared import PreparedPage, PreparedPart
from academy_pipelines.documents.recognised import Glyph, RecognisedLine
from academy_pipelines.documents.repairs import repaired


@dataclass(frozen=True, slots=True)
class AssemblyPolicy:
    """Which lines are kept, and which circle belongs to which."""

    least_overlap: float = 0.4
    """Of a circle's height, that it shares with its line."""
    least_confidence: float = 0.3
    """Of a line, unless it has a circle: less is made of specks, hatchings and remains of drawings."""
    least_shadow_confidence: float = 0.7
    """Of a line that lies on a longer one."""
    least_symbol_confidence: float = 0.6
    """Of a line without any letter or digit."""


@dataclass(slots=True)
class _Line:
    """A line in coordinates of the prepared page; circles stand among its characters until they are named."""

    column: int
    top: int
    bottom: int
    items: list[Glyph | Circle]

    @property
    def glyphs(self) -> list[Glyph]:
        return [item for item in self.items if isinstance(item, Glyph)]

    @property
    def box(self) -> PixelBox:
        """The box around its characters, which may be fewer than the engine saw, and its circles."""
        left, right = min(_left(item) for item in self.items), max(_right(item) for item in self.items)
        boxes = [item.box for item in self.items if isinstance(item, Circle)]
        top = min([self.top, *(box.top for box in boxes)])
        bottom = max([self.bottom, *(box.bottom for box in boxes)])
        return PixelBox(left, top, right - left, bottom - top)


def _left(item: Glyph | Circle) -> int:
    return item.left if isinstance(item, Glyph) else item.box.left


def _right(item: Glyph | Circle) -> int:
    return item.right if isinstance(item, Glyph) else item.box.right


def assembled(
    page: PreparedPage, recognised: Sequence[Sequence[RecognisedLine]], policy: AssemblyPolicy = AssemblyPolicy()
) -> tuple[TextLine, ...]:
    """Return the lines of a page in reading order, their boxes in the page's picture.

    `recognised` has the lines of every part, in coordinates of that part's picture.
    """
    lines = [
        line for part, found in zip(page.parts, recognised, strict=True) for line in _lines_of(part, found, policy)
    ]
    circles = [item for line in lines for item in line.items if isinstance(item, Circle)]
    names = iter(name_circles([circle.likenesses for circle in circles]))
    return tuple(_text_line(page, line, [_named(item, names) for item in line.items]) for line in lines)


def mean_confidence(lines: Sequence[TextLine]) -> float | None:
    """Return the mean confidence over the characters of lines, None where nothing states one."""
    stated = [(line.confidence, len(line.text)) for line in lines if line.confidence is not None and line.text]
    if not stated:
        return None
    return sum(confidence * count for confidence, count in stated) / sum(count for _, count in stated)


def _lines_of(part: PreparedPart, found: Sequence[RecognisedLine], policy: AssemblyPolicy) -> list[_Line]:
    lines = [_moved(line, part) for line in found if line.glyphs]
    added: list[_Line] = []
    for circle in sorted(part.circles, key=lambda circle: circle.box.left):
        own = max(lines + added, key=lambda line: _overlap(line, circle), default=None)
        if own is None or _overlap(own, circle) < policy.least_overlap:
            own = _Line(part.column, circle.box.top, circle.box.bottom, [])
            added.append(own)
        _insert(own, circle)
    kept = [line for line in lines if _is_text(line, policy) and not _is_shadow(line, lines, policy)]
    for line in added:
        middle = line.top + line.bottom
        place = next((at for at, other in enumerate(kept) if other.top + other.bottom > middle), len(kept))
        kept.insert(place, line)
    return kept


def _moved(line: RecognisedLine, part: PreparedPart) -> _Line:
    """Return a line of a part's picture in coordinates of the page."""
    glyphs = [replace(glyph, left=glyph.left + part.left, right=glyph.right + part.left) for glyph in line.glyphs]
    return _Line(part.column, line.box.top + part.top, line.box.bottom + part.top, [*glyphs])


def _overlap(line: _Line, circle: Circle) -> float:
    """Return which share of a circle's height lies beside the line."""
    return (min(line.bottom, circle.box.bottom) - max(line.top, circle.box.top)) / circle.box.height


def _insert(line: _Line, circle: Circle) -> None:
    """Put a circle where it stands in its line."""
    middle = circle.box.left + circle.box.width / 2
    place = next(
        (at for at, item in enumerate(line.items) if (_left(item) + _right(item)) / 2 > middle), len(line.items)
    )
    line.items.insert(place, circle)


def _is_text(line: _Line, policy: AssemblyPolicy) -> bool:
    if len(line.glyphs) < len(line.items):
        return True
    has_letters = any(glyph.character.isalnum() for glyph in line.glyphs)
    return _confidence(line) >= (policy.least_confidence if has_letters else policy.least_symbol_confidence)


def _is_shadow(line: _Line, lines: Sequence[_Line], policy: AssemblyPolicy) -> bool:
    """Whether a short, doubtful line lies on a surer one: large letters are seen twice, once in pieces."""
    if len(line.glyphs) < len(line.items) or _confidence(line) >= policy.least_shadow_confidence:
        return False
    left, right = line.box.left, line.box.right
    for other in lines:
        common = min(line.bottom, other.bottom) - max(line.top, other.top)
        is_beneath = common >= policy.least_overlap * (line.bottom - line.top)
        is_within = other.box.left <= right and left <= other.box.right
        if other is not line and is_beneath and is_within and len(other.items) >= len(line.items):
            return True
    return False


def _confidence(line: _Line) -> float:
    stated = [glyph.confidence for glyph in line.glyphs if glyph.confidence is not None]
    return sum(stated) / max(1, len(stated))


def _named(item: Glyph | Circle, names: Iterator[str]) -> Glyph:
    if isinstance(item, Glyph):
        return item
    name = next(names)
    return Glyph(name, item.box.left, item.box.right, item.likenesses[CHARACTERS.index(name)])


def _text_line(page: PreparedPage, line: _Line, glyphs: Sequence[Glyph]) -> TextLine:
    text = ""
    for glyph in glyphs:
        is_apart = glyph.character in CHARACTERS or text[-1:] in CHARACTERS
        text += f" {glyph.character}" if text and is_apart else glyph.character
    stated = [glyph.confidence for glyph in glyphs if glyph.confidence is not None]
    confidence = sum(stated) / len(stated) if stated else None
    return TextLine(repaired(" ".join(text.split())), page.frame.to_picture(line.box), line.column, confidence)
