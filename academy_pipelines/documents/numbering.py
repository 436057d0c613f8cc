"""Which of the numbers at the left margin count the questions.

For every style the longest chain of rising numbers is sought, and the style whose numbers chain best is elected:
numbers of choices begin anew at every question, those in lists stand close together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from academy_pipelines.documents.number_styles import NUMBER_STYLES, NumberStyle, misread_number_at, number_at


@dataclass(frozen=True, slots=True)
class NumberingPolicy:
    """How chains of numbers are judged."""

    styles: tuple[NumberStyle, ...] = NUMBER_STYLES
    most_number: int = 300
    most_missing: int = 5
    """Numbers in a row that a chain may lack."""
    missing_price: float = 0.15
    """What a missing number costs, as a share of what a found one earns."""
    line_worth: float = 0.02
    """What a line between two numbers earns: questions are longer than entries of a list."""
    most_lines: int = 6
    """Beyond which more lines earn nothing."""
    choice_count: int = 6
    choice_lines: float = 2.0
    """A chain of at most so many numbers, with at most so many lines each, may be one question's choices."""
    choice_share: float = 0.7
    """So may one that leaves out the rest of the numbers of its style, because they begin anew."""


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
    """Numbers of one style; `share` of all that a line begins with. `score` is comparable between styles."""

    style: NumberStyle | None
    anchors: tuple[Anchor, ...]
    score: float = 0.0
    share: float = 0.0

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers between the first and the last that were not found."""
        found = {anchor.number for anchor in self.anchors}
        return tuple(number for number in range(min(found, default=0), max(found, default=0)) if number not in found)


NO_CHAIN = Chain(None, ())


def elect_chains(lines: Sequence[MarginLine], policy: NumberingPolicy = NumberingPolicy()) -> list[Chain]:
    """Return the chains of question numbers among lines, all in reading order; none when no line has a number.

    Pages before or after it may have chains of the same style, which count anew, as papers bound together do.
    """
    first = _elected(lines, policy)
    if first.style is None:
        return []
    chains = [first]
    of_style = replace(policy, styles=(first.style,))
    waiting = _beside(first, lines)
    while waiting:
        rest = waiting.pop()
        chain = _elected(rest, of_style)
        if chain.anchors and chain.anchors[0].number == 1:
            chains.append(chain)
            waiting += _beside(chain, rest)
    chains.sort(key=lambda chain: chain.anchors[0].place)
    ends = [*(chain.anchors[0].place for chain in chains[1:]), lines[-1].place + 1]
    return [
        _completed(chain, _outside_lists(chain, lines, policy), end) for chain, end in zip(chains, ends, strict=True)
    ]


def _outside_lists(chain: Chain, lines: Sequence[MarginLine], policy: NumberingPolicy) -> list[MarginLine]:
    """Return the lines that are numbered in no style of which the first number stands within the chain's questions."""
    first = chain.anchors[0].place
    others = [style for style in policy.styles if style != chain.style]
    of_lists = [
        style for style in others if any(line.place > first and number_at(line.text, style) == 1 for line in lines)
    ]
    return [line for line in lines if all(number_at(line.text, style) is None for style in of_lists)]


def _completed(chain: Chain, lines: Sequence[MarginLine], end: int) -> Chain:
    """Return the chain with numbers it lacks, inside and behind it up to `end`, whose signs an engine misread."""
    found: list[Anchor] = []
    last = chain.anchors[-1]
    following = [*chain.anchors[1:], Anchor(end, last.number + 1 + len(lines))]
    for anchor, after in zip(chain.anchors, following, strict=True):
        found.append(anchor)
        for line in lines:
            number = misread_number_at(line.text) if found[-1].place < line.place < after.place else None
            if number is None or not found[-1].number < number < after.number:
                continue
            if anchor is not last or number == found[-1].number + 1:
                found.append(Anchor(line.place, number))
    return replace(chain, anchors=tuple(found))


def _beside(chain: Chain, lines: Sequence[MarginLine]) -> list[list[MarginLine]]:
    """Return the lines on the pages before the chain, and on those after it."""
    pages = {line.place: line.page for line in lines}
    first, last = pages[chain.anchors[0].place], pages[chain.anchors[-1].place]
    return [[line for line in lines if line.page < first], [line for line in lines if line.page > last]]


def _elected(lines: Sequence[MarginLine], policy: NumberingPolicy) -> Chain:
    chains = [chain for style in policy.styles if (chain := _chain_of(lines, style, policy)).anchors]
    chains.sort(key=lambda chain: -chain.score)
    best = chains[0] if chains else NO_CHAIN
    return next((other for other in chains if _are_choices_of(best, other, policy)), best)


@dataclass(frozen=True, slots=True)
class _Link:
    """A number, the best chain that ends with it, and the place of the number before it among all links."""

    anchor: Anchor
    score: float
    previous: int | None = None


def _chain_of(lines: Sequence[MarginLine], style: NumberStyle, policy: NumberingPolicy) -> Chain:
    """Return the best chain of one style; its score falls with the share of numbers that it leaves out."""
    found = [
        Anchor(line.place, number)
        for line in lines
        if (number := number_at(line.text, style)) is not None and 0 < number <= policy.most_number
    ]
    links: list[_Link] = []
    best: dict[int, int] = {}
    for index, anchor in enumerate(found):
        links.append(_link(anchor, links, best, policy))
        rival = best.get(anchor.number)
        if rival is None or links[index].score > links[rival].score:
            best[anchor.number] = index
    at = max(best.values(), key=lambda index: (links[index].score, -index), default=None)
    if at is None:
        return NO_CHAIN
    score, anchors = links[at].score, list[Anchor]()
    while at is not None:
        anchors.append(links[at].anchor)
        at = links[at].previous
    share = len(anchors) / len(found)
    return Chain(style, tuple(reversed(anchors)), score * share, share)


def _link(anchor: Anchor, links: Sequence[_Link], best: Mapping[int, int], policy: NumberingPolicy) -> _Link:
    """Return `anchor` as the end of the best chain; `best` says by number which link has the best one so far."""
    found = _Link(anchor, 1.0)
    for missing in range(policy.most_missing + 1):
        at = best.get(anchor.number - 1 - missing)
        if at is None:
            continue
        between = min(anchor.place - links[at].anchor.place, policy.most_lines)
        score = links[at].score + 1 - policy.missing_price * missing + policy.line_worth * between
        if score > found.score:
            found = _Link(anchor, score, at)
    return found


def _are_choices_of(chain: Chain, other: Chain, policy: NumberingPolicy) -> bool:
    """Whether `chain` lists choices of questions that `other` numbers: few, short, and beginning anew."""
    count = len(chain.anchors)
    if other is chain or not 0 < count <= policy.choice_count:
        return False
    first, last = chain.anchors[0], chain.anchors[-1]
    is_short = (last.place - first.place) <= policy.choice_lines * max(1, count - 1)
    is_inside = first.number == 1 and other.anchors[0].place <= first.place
    return is_inside and (is_short or chain.share <= policy.choice_share)
