"""A page's picture made ready for an engine that reads lines: even, level, without drawings, a part at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from academy_pipelines.documents.circled import Circle, blanked, find_circles
from academy_pipelines.documents.columns import PagePart, page_parts
from academy_pipelines.documents.ink import ink_of, letter_height_px, without_drawings
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.straightening import Frame, flattened, frame_of, framed, line_contrast, skew_of
from academy_pipelines.imaging import Gray, as_gray


@dataclass(frozen=True, slots=True)
class PreparationPolicy:
    """At which size a page is read."""

    letter_px: int = 40
    """Height of the letters of 10 points at 300 dpi."""
    readable_px: tuple[int, int] = (25, 70)
    """Heights of letters between which a page is read as it is: about 180 to 500 dpi."""
    most_enlarged: float = 2.5
    margin: float = 0.4
    """White around a part, in heights of a letter."""
    sideways: float = 1.1
    """How much more than lines across do lines down the page have to stand out for it to lie on its side."""


@dataclass(frozen=True, slots=True)
class PreparedPart:
    """A part to read: `picture` has its top left corner at `left`, `top` of the prepared page."""

    picture: Gray
    left: int
    top: int
    column: int
    circles: tuple[Circle, ...]
    """In coordinates of the prepared page; `picture` is white where they are."""


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """The parts of a page in reading order, and how its coordinates lead back to its picture."""

    frame: Frame
    letter_px: int
    parts: tuple[PreparedPart, ...]


def lies_on_its_side(picture: Gray, policy: PreparationPolicy = PreparationPolicy()) -> bool:
    """Whether the lines of a page run down instead of across."""
    cleaned = without_drawings(flattened(picture))  # a rule stands out more than any line of letters
    across, down = (line_contrast(as_gray(ink), cleaned.letter_px) for ink in (cleaned.ink, cleaned.ink.T))
    return down > policy.sideways * across


def prepare(picture: Gray, quarter_turns: int = 0, policy: PreparationPolicy = PreparationPolicy()) -> PreparedPage:
    """Return a page's picture, turned clockwise by quarters, ready to be read; an empty page has no parts."""
    even = flattened(picture)
    seen = as_gray(np.rot90(ink_of(even), -quarter_turns))
    letter_px = letter_height_px(seen)
    height_px, width_px = picture.shape
    frame = frame_of((width_px, height_px), quarter_turns, skew_of(seen, letter_px), _scale(letter_px, policy))
    cleaned = without_drawings(framed(even, frame))
    if not cleaned.letter_px:
        return PreparedPage(frame, 0, ())
    circles = find_circles(cleaned.picture, cleaned.ink, cleaned.letter_px)
    readable = blanked(cleaned.picture, circles)
    margin_px = round(policy.margin * cleaned.letter_px)
    parts = page_parts(cleaned.ink, cleaned.letter_px, cleaned.upright_rules)
    owned = [_owned(part, parts, circles) for part in parts]
    return PreparedPage(
        frame,
        cleaned.letter_px,
        tuple(_part(readable, part, own, margin_px) for part, own in zip(parts, owned, strict=True)),
    )


def _scale(letter_px: int, policy: PreparationPolicy) -> float:
    low, high = policy.readable_px
    if letter_px == 0 or low <= letter_px <= high:
        return 1.0
    return min(policy.letter_px / letter_px, policy.most_enlarged)


def _owned(part: PagePart, parts: Sequence[PagePart], circles: Sequence[Circle]) -> tuple[Circle, ...]:
    """Return the circles that lie in `part`, or nearer to it than to any other."""
    return tuple(circle for circle in circles if min(parts, key=lambda other: _distance(other.box, circle.box)) is part)


def _distance(box: PixelBox, inner: PixelBox) -> float:
    x, y = inner.left + inner.width / 2, inner.top + inner.height / 2
    return max(box.left - x, x - box.right, 0.0) + max(box.top - y, y - box.bottom, 0.0)


def _part(page: Gray, part: PagePart, circles: tuple[Circle, ...], margin_px: int) -> PreparedPart:
    box = part.box
    inside = page[box.top : box.bottom, box.left : box.right]
    picture = np.pad(inside, margin_px, constant_values=255)
    return PreparedPart(as_gray(picture), box.left - margin_px, box.top - margin_px, part.column, circles)
