"""Questions whose numbers nobody could read, found by the white above them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from academy_pipelines.documents.numbering import Anchor


@dataclass(frozen=True, slots=True)
class UnreadPolicy:
    """Which white counts."""

    least_share: float = 0.75
    """Of the usual white above a number that was read."""
    least_gap: float = 0.9
    """In heights of a line: less parts no questions."""
    most_before_first: int = 3
    """Numbers before the first that was read; a paper that begins with a larger one is a part of another."""


def inferred(
    anchors: Sequence[Anchor], gaps: Mapping[int, float], policy: UnreadPolicy = UnreadPolicy()
) -> tuple[Anchor, ...]:
    """Return where questions begin whose numbers lie between those read, or before the first.

    As many places are taken as numbers are missing, those with the most white above them; none where fewer lines have
    enough of it.

    Args:
        anchors: the numbers read of one paper, in reading order.
        gaps: by place, the white above lines at the margin that may begin a question, in heights of a line.
        policy: what counts as enough.
    """
    known = [gaps[anchor.place] for anchor in anchors if anchor.place in gaps]
    if not known:
        return ()
    least = max(policy.least_gap, policy.least_share * float(np.median(known)))
    candidates = [place for place, gap in gaps.items() if gap >= least]
    found: list[Anchor] = []
    first = anchors[0]
    if first.number <= policy.most_before_first + 1:
        before = sorted(place for place in candidates if place < first.place)[-first.number + 1 :]
        if first.number > 1 and len(before) == first.number - 1:
            found += [Anchor(place, number) for number, place in enumerate(before, 1)]
    for one, other in itertools.pairwise(anchors):
        lacking = other.number - one.number - 1
        between = [place for place in candidates if one.place < place < other.place]
        widest = sorted(sorted(between, key=lambda place: -gaps[place])[:lacking])
        if lacking and len(widest) == lacking:
            found += [Anchor(place, one.number + nth) for nth, place in enumerate(widest, 1)]
    return tuple(found)
