"""Questions whose numbers nobody could read, found by the white above them."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from academy_pipelines.documents.numbering import Anchor


@dataclass(frozen=True, slots=True)
class UnreadPolicy:
    """Which white counts."""

    least_share: float = 0.75
    """Of the usual white above a number that was read."""
    least_share_behind: float = 0.9
    """The same behind the last number, where nothing says how many more there are."""
    least_gap: float = 0.9
    """In heights of a line: less parts no questions."""
    most_before_first: int = 3
    """Numbers before the first that was read; a paper that begins with a larger one is a part of another."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The white above the line at `place`, in heights of a line; None at the top of a column, where it says nothing."""

    place: int
    white: float | None


def inferred(
    anchors: Sequence[Anchor], gaps: Sequence[Gap], end: int, policy: UnreadPolicy = UnreadPolicy()
) -> tuple[Anchor, ...]:
    """Return where questions begin whose numbers lie between those read, before the first or behind the last.

    As many places are taken as numbers are missing, those with the most white above them; none where fewer lines have
    enough of it. Behind the last number every place counts that has as much white as numbers have and several lines.

    Args:
        anchors: the numbers read of one paper, in reading order.
        gaps: the white above lines at the margin that may begin a question, in reading order.
        end: the place where the paper ends.
        policy: what counts as enough.
    """
    read = {anchor.place for anchor in anchors}
    known = [gap.white for gap in gaps if gap.place in read and gap.white is not None]
    if not known:
        return ()
    usual = float(np.median(known))
    least = max(policy.least_gap, policy.least_share * usual)
    candidates = [gap for gap in gaps if gap.place not in read and (gap.white is None or gap.white >= least)]
    found = [*_before(anchors[0], candidates, policy)]
    for one, other in itertools.pairwise(anchors):
        between = [gap for gap in candidates if one.place < gap.place < other.place]
        found += _widest(between, one.number, other.number - one.number - 1)
    return (*found, *_behind(anchors[-1], candidates, end, max(policy.least_gap, policy.least_share_behind * usual)))


def _behind(last: Anchor, candidates: Sequence[Gap], end: int, least: float) -> Iterator[Anchor]:
    number = last.number
    behind = [gap for gap in candidates if last.place < gap.place < end]
    ends = [*(gap.place for gap in behind[1:]), end]
    for gap, following in zip(behind, ends, strict=False):
        if gap.white is not None and gap.white >= least and following - gap.place > 1:
            number += 1
            yield Anchor(gap.place, number)


def _before(first: Anchor, candidates: Sequence[Gap], policy: UnreadPolicy) -> list[Anchor]:
    lacking = first.number - 1
    before = [gap.place for gap in candidates if gap.place < first.place][-lacking:] if lacking else []
    if lacking > policy.most_before_first or len(before) < lacking:
        return []
    return [Anchor(place, number) for number, place in enumerate(before, 1)]


def _widest(gaps: Sequence[Gap], number: int, lacking: int) -> list[Anchor]:
    """Return as many questions as are lacking behind `number`; tops of columns only where there is nothing better."""
    widest = sorted(gaps, key=lambda gap: -(gap.white or 0.0))[:lacking]
    places = sorted(gap.place for gap in widest)
    return [Anchor(place, number + nth) for nth, place in enumerate(places, 1)] if len(places) == lacking else []
