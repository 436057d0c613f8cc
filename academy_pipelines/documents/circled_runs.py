"""Which characters stand in circles that follow each other: ② comes after ①, whatever a smudged one looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.circled_shapes import CHARACTERS, Likenesses

KINDS = ("①②③④⑤⑥⑦⑧⑨⑩", "㉠㉡㉢㉣㉤", "ⓐⓑⓒⓓⓔ")
FEWEST_CHOICES, MOST_CHOICES = 4, 5
"""Of a question."""


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """What it costs that one character follows another, in natural logarithms of odds."""

    after_last_choice: float = 0.2
    """The first choice of the next question, after the last one of this."""
    begins_again: float = 1.6
    skips_one: float = 1.8
    """A circle between the two was not found."""
    other_kind: float = 2.5
    anything: float = 3.5
    """A circle is referred to in a sentence, or stands in a grid that is read by columns."""
    rare: float = 2.0
    """Of ⑥ and higher, without one before it."""
    unlike: float = 1e-6
    """Probability that a circle holds what it looks least like."""


def name_circles(likenesses: Sequence[Likenesses], policy: RunPolicy = RunPolicy()) -> str:
    """Return the likeliest character for every circle of a text, in reading order.

    The likeliest path is found as A. Viterbi does ("Error bounds for convolutional codes", 1967).
    """
    if not likenesses:
        return ""
    steps = _steps(policy)
    seen = np.log(np.asarray(likenesses) + policy.unlike)
    scores = seen[0] - _starts(policy)
    origins: list[NDArray[np.int64]] = []
    for row in seen[1:]:
        through = scores[:, None] - steps
        origins.append(through.argmax(axis=0))
        scores = through.max(axis=0) + row
    path = [int(scores.argmax())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return "".join(CHARACTERS[place] for place in reversed(path))


def _starts(policy: RunPolicy) -> NDArray[np.float64]:
    costs = np.full(len(CHARACTERS), policy.begins_again)
    for kind in KINDS:
        costs[CHARACTERS.index(kind[0])] = 0.0
    return costs


def _steps(policy: RunPolicy) -> NDArray[np.float64]:
    """Return the cost of every step, by the places in `CHARACTERS` of where it begins and ends."""
    costs = np.full((len(CHARACTERS), len(CHARACTERS)), policy.anything)
    place = {character: CHARACTERS.index(character) for character in CHARACTERS}
    numbers = KINDS[0]
    for kind in KINDS:
        own = [place[character] for character in kind]
        others = [other for other in range(len(CHARACTERS)) if other not in own]
        costs[np.ix_(others, own)] = policy.other_kind + policy.begins_again
        costs[others, own[0]] = policy.other_kind
        costs[own, own[0]] = policy.begins_again
        for first, second in zip(own, own[2:], strict=False):
            costs[first, second] = policy.skips_one
        for first, second in pairwise(own):
            costs[first, second] = 0.0
    for last in numbers[FEWEST_CHOICES - 1 : MOST_CHOICES]:
        costs[place[last], place[numbers[0]]] = policy.after_last_choice
    for character, before in zip(numbers[MOST_CHOICES:], numbers[MOST_CHOICES - 1 :], strict=False):
        costs[:, place[character]] += policy.rare
        costs[place[before], place[character]] = policy.rare / 2 if before == numbers[MOST_CHOICES - 1] else 0.0
    return costs
