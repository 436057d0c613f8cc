"""Which of the numbers at the left margin count the questions.

For every style the longest chain of rising numbers is sought, and the style whose numbers chain best is elected: numbers
of choices begin anew at every question, those in lists stand close together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.documents.number_styles import NUMBER_STYLES, NumberStyle, number_at


@dataclass(frozen=True, slots=True)
class NumberingPolicy:
    """How chains of numbers are judged."""

    styles: tuple[NumberStyle, ...] = NUMBER_STYLES
    most_number: int = 300
    most_missing: int = 5
    """Numbers in a row that a chain may lack."""
    missing_price: float = 0.35
    """What a missing number costs, as a share of what a found one earns."""
    line_worth: float = 0.02
    """What a line between two numbers earns: questions are longer than entries of a list."""
    most_lines: int = 6
    """Beyond which more lines earn nothing."""
    choice_count: int = 6
    choice_lines: float = 2.0
    """A chain of at most so many numbers, with at most so many lines each, may be one question's choices."""


@dataclass(frozen=True, slots=True)
class MarginLine:
    """A line that begins at its column's left margin; `place` counts all lines of the document in reading order."""

    place: int
    page: int
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The line at `place` begins question `number`."""

    place: int
    number: int


@dataclass(frozen=True, slots=True)
class Chain:
    """The numbers of one style; `score` is comparable between styles."""

    style: NumberStyle | None
    anchors: tuple[Anchor, ...]
    score: float = 0.0

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers between the first and the last that were not found."""
        found = {anchor.number for anchor in self.anchors}
        return tuple(number for number in range(min(found, default=0), max(found, default=0)) if number not in found)


NO_CHAIN = Chain(None, ())


def elect_chain(lines: Sequence[MarginLine], policy: NumberingPolicy = NumberingPolicy()) -> Chain:
    """Return the chain of question numbers among lines in reading order; `NO_CHAIN` when no line has a number."""
    chains = [_chain_of(lines, style, policy) for style in policy.styles]
    chains = sorted((chain for chain in chains if chain.anchors), key=lambda chain: -chain.score)
    if not chains:
        return NO_CHAIN
    best = chains[0]
    for other in chains[1:]:
        if _are_choices_of(best, other, policy):
            return other
    return best


def _chain_of(lines: Sequence[MarginLine], style: NumberStyle, policy: NumberingPolicy) -> Chain:
    found = [
        Anchor(line.place, number)
        for line in lines
        if (number := number_at(line.text, style)) is not None and 0 < number <= policy.most_number
    ]
    best: dict[int, tuple[float, int]] = {}
    before: list[int | None] = []
    scores: list[float] = []
    for index, anchor in enumerate(found):
        score, previous = 1.0, None
        for missing in range(policy.most_missing + 1):
            reached = best.get(anchor.number - 1 - missing)
            if reached is None:
                continue
            between = min(anchor.place - found[reached[1]].place, policy.most_lines)
            earned = reached[0] + 1 - policy.missing_price * missing + policy.line_worth * between
            if earned > score:
                score, previous = earned, reached[1]
        before.append(previous)
        scores.append(score)
        if score > best.get(anchor.number, (0.0, 0))[0]:
            best[anchor.number] = (score, index)
    if not found:
        return NO_CHAIN
    end: int | None = max(range(len(found)), key=lambda index: (scores[index], -index))
    score, anchors = scores[end], list[Anchor]()
    while end is not None:
        anchors.append(found[end])
        end = before[end]
    return Chain(style, tuple(reversed(anchors)), score * len(anchors) / len(found))


def _are_choices_of(chain: Chain, other: Chain, policy: NumberingPolicy) -> bool:
    """Whether `chain` lists the choices of the one question that `other` has numbered before it."""
    anchors = chain.anchors
    if len(anchors) > policy.choice_count or anchors[0].number != 1 or len(other.anchors) > 1:
        return False
    lines_each = (anchors[-1].place - anchors[0].place) / max(1, len(anchors) - 1)
    return other.anchors[0].place <= anchors[0].place and lines_each <= policy.choice_lines
