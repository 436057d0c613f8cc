"""A line read by two models of which each knows one script: what the first doubts, the second may know.

Tesseract can mix models by itself; its Korean words come out in Latin letters then, because any model's word counts
that is certain enough, whatever the other says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.recognised import Glyph, RecognisedLine
from academy_pipelines.imaging import Gray, as_gray

_JAMO = frozenset("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ")


@dataclass(frozen=True, slots=True)
class SecondReadingPolicy:
    """When a second reading counts."""

    doubt: float = 0.82
    """Confidence below which a character of the first reading is doubtful."""
    bridge: int = 2
    """Syllables between digits and signs that are as doubtful as these."""
    most_syllables: float = 0.1
    """Share of sure syllables of a line, up to which it may be taken from the second reading alone."""
    least: float = 0.55
    """Confidence that the second reading has at least."""
    lead: float = 0.05
    """By how much it is surer than the first."""
    margin: float = 0.4
    """White around a line, in its heights."""
    least_share: float = 0.5
    """Of a character of the second reading, that lies within what is doubtful."""


def is_doubtful(line: RecognisedLine, policy: SecondReadingPolicy = SecondReadingPolicy()) -> bool:
    """Whether a line has characters that a second reading might know better."""
    return any(_is_doubt(glyph, policy) for glyph in line.glyphs)


@dataclass(frozen=True, slots=True)
class Strip:
    """A line's own picture, white around; its column 0 is column `left` of the picture that it was taken from."""

    picture: Gray
    left: int

    def placed(self, lines: Sequence[RecognisedLine]) -> list[Glyph]:
        """Return what was read on the strip, at its places in the picture that it was taken from."""
        glyphs = [glyph for line in lines for glyph in line.glyphs]
        moved = [replace(glyph, left=glyph.left + self.left, right=glyph.right + self.left) for glyph in glyphs]
        return sorted(moved, key=lambda glyph: glyph.left)


def strip_of(picture: Gray, box: PixelBox, policy: SecondReadingPolicy = SecondReadingPolicy()) -> Strip:
    """Return the line in `box` of a picture, with nothing of the lines around it."""
    margin_px = round(policy.margin * box.height)
    top, left = max(0, box.top - margin_px // 4), max(0, box.left - margin_px // 4)
    inside = picture[top : box.bottom + margin_px // 4, left : box.right + margin_px // 4]
    return Strip(as_gray(np.pad(inside, margin_px, constant_values=255)), left - margin_px)


def with_second_reading(
    first: RecognisedLine, second: Sequence[Glyph], policy: SecondReadingPolicy = SecondReadingPolicy()
) -> RecognisedLine:
    """Return the first reading with its doubtful stretches replaced where the second one is surer of letters there.

    The second reading counts for the whole line when it is surer, and the first has hardly a sure syllable.
    """
    syllables = sum(_is_hangul(glyph) and not _is_doubt(glyph, policy) for glyph in first.glyphs)
    if syllables <= policy.most_syllables * len(first.glyphs) and _is_better(second, first.glyphs, policy):
        return RecognisedLine(first.box, tuple(second))
    put_together: list[Glyph] = []
    for stretch, doubtful in _stretches(first.glyphs, policy):
        other = _within(stretch, second, policy) if doubtful else []
        put_together += other if other and _is_better(other, stretch, policy) else stretch
    return RecognisedLine(first.box, tuple(put_together))


def _stretches(glyphs: Sequence[Glyph], policy: SecondReadingPolicy) -> Iterator[tuple[list[Glyph], bool]]:
    """Yield the line in stretches, each with whether it is doubtful.

    Digits and signs beside a doubt are doubtful too, because that is what a model makes of letters that it lacks.
    """
    flags = [_is_doubt(glyph, policy) for glyph in glyphs]
    for start, end in _runs([not _is_hangul(glyph) for glyph in glyphs], policy.bridge):
        if any(flags[start:end]):
            flags[start:end] = [True] * (end - start)
    for place, glyph in enumerate(glyphs):
        is_inside = 0 < place < len(glyphs) - 1 and flags[place - 1] and flags[place + 1]
        flags[place] &= glyph.character != " " or is_inside
    start = 0
    for place in range(1, len(glyphs) + 1):
        if place == len(glyphs) or flags[place] != flags[start]:
            yield list(glyphs[start:place]), flags[start]
            start = place


def _runs(flags: Sequence[bool], bridge: int) -> Iterator[tuple[int, int]]:
    """Yield where runs of True begin and end; up to `bridge` times False within a run belong to it."""
    start = end = -1
    for place, flag in enumerate(flags):
        if not flag:
            continue
        if end >= 0 and place - end <= bridge:
            end = place + 1
            continue
        if end >= 0:
            yield start, end
        start, end = place, place + 1
    if end >= 0:
        yield start, end


def _is_doubt(glyph: Glyph, policy: SecondReadingPolicy) -> bool:
    """Whether a character may be another; a model that knows Hangul knows the marks of statements (ㄱ, ㄴ, ㄷ)."""
    return glyph.confidence is not None and glyph.confidence < policy.doubt and glyph.character not in _JAMO


def _is_hangul(glyph: Glyph) -> bool:
    return "\uac00" <= glyph.character <= "\ud7a3"


def _within(stretch: Sequence[Glyph], second: Sequence[Glyph], policy: SecondReadingPolicy) -> list[Glyph]:
    """Return the characters of the second reading over `stretch`, without spaces around them."""
    left, right = min(glyph.left for glyph in stretch), max(glyph.right for glyph in stretch)
    found = [glyph for glyph in second if _share(glyph, left, right) >= policy.least_share]
    while found and found[0].character == " ":
        del found[0]
    while found and found[-1].character == " ":
        del found[-1]
    return found


def _share(glyph: Glyph, left: int, right: int) -> float:
    if glyph.right == glyph.left:
        return 1.0 if left <= glyph.left <= right else 0.0
    return (min(glyph.right, right) - max(glyph.left, left)) / (glyph.right - glyph.left)


def _is_better(second: Sequence[Glyph], first: Sequence[Glyph], policy: SecondReadingPolicy) -> bool:
    if not any(glyph.character.isalpha() for glyph in second):
        return False
    sure = _mean(second)
    return sure >= policy.least and sure >= _mean(first) + policy.lead


def _mean(glyphs: Sequence[Glyph]) -> float:
    stated = [glyph.confidence for glyph in glyphs if glyph.confidence is not None]
    return sum(stated) / max(1, len(stated))
