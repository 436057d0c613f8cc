"""Which problems are the same, may be the same, or are one problem with other numbers: for a person to judge.

Nothing here merges anything. Similarity alone cannot tell a reworded copy from a twin with other numbers, hence the
numbers decide.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from rapidfuzz.distance import Indel

from academy_pipelines.documents.lexical import folded
from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import PairPolicy, Vectors, similar_pairs

LikenessKind = Literal["exact_duplicate", "possible_duplicate", "number_twin"]
"""The same text; similar, with the same numbers; the same text apart from its numbers."""

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_MASK = "#"


@dataclass(frozen=True, slots=True)
class LikenessPolicy:
    """When two problems are put before a person.

    `least_masked_match` (0..1) is how much of two texts, their numbers set aside, must agree for a twin: a misread
    letter or two is forgiven. Beside the most similar pairs, texts that agree wholly are always found.
    """

    pairs: PairPolicy = field(default_factory=PairPolicy)
    least_masked_match: float = 0.93


def likeness_policy(space: Space) -> LikenessPolicy:
    """Return the policy for vectors of a space: models put problems of one topic closer together than words do.

    The values for models are cautious guesses: they were measured on no bank.
    """
    usual = PairPolicy()
    least = {"local": 0.8, "openai": 0.7}.get(space.backend, usual.least_similarity)
    return LikenessPolicy(replace(usual, least_similarity=least))


@dataclass(frozen=True, slots=True)
class Traits:
    """What decides about a text: its digest without blanks, its numbers (sorted), the text with numbers masked."""

    sha256: str
    numbers: tuple[str, ...]
    masked: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two texts by their places, `first` < `second`, and the similarity of their vectors."""

    first: int
    second: int
    kind: LikenessKind
    similarity: float


def text_sha256(text: str) -> str:
    """Return a digest that two texts share when they differ in blanks, case and forms of the same character only."""
    return hashlib.sha256("".join(folded(text).split()).encode("utf-8", "replace")).hexdigest()


def traits(text: str) -> Traits:
    """Return what decides whether a text is a copy or a twin of another."""
    compact = "".join(folded(text).split())
    spaced = unicodedata.normalize("NFKC", text)  # blanks keep neighbouring numbers apart
    numbers = sorted(found.replace(",", "") for found in _NUMBER.findall(spaced))
    return Traits(text_sha256(text), tuple(numbers), _NUMBER.sub(_MASK, compact))


def judge(one: Traits, other: Traits, similarity: float, policy: LikenessPolicy | None = None) -> LikenessKind | None:
    """Return what two texts are to each other, None for nothing that a person need see."""
    policy = policy or LikenessPolicy()
    if one.sha256 == other.sha256:
        return "exact_duplicate"
    if one.numbers == other.numbers:
        return "possible_duplicate" if similarity >= policy.pairs.least_similarity else None
    least = policy.least_masked_match
    matched = Indel.normalized_similarity(one.masked, other.masked, score_cutoff=least)
    return "number_twin" if matched >= least else None


def likenesses(texts: Sequence[str], vectors: Vectors, policy: LikenessPolicy | None = None) -> list[Likeness]:
    """Return all pairs that a person should see, the most similar first.

    Of many texts that agree, each is paired with the first of them only. `vectors` is (len(texts), dimension), of one
    space, at length 1.
    """
    policy = policy or LikenessPolicy()
    all_traits = [traits(text) for text in texts]
    found: dict[tuple[int, int], Likeness] = {}
    for first, second, similarity in _candidates(all_traits, vectors, policy):
        kind = judge(all_traits[first], all_traits[second], similarity, policy)
        if kind is not None:
            found[first, second] = Likeness(first, second, kind, similarity)
    return sorted(found.values(), key=lambda pair: (-pair.similarity, pair.first, pair.second))


def _candidates(all_traits: list[Traits], vectors: Vectors, policy: LikenessPolicy) -> Iterator[tuple[int, int, float]]:
    """Yield pairs worth judging; a text that agrees wholly with an earlier one is compared with that one alone."""
    firsts, agreeing = _distinct([each.sha256 for each in all_traits])
    _, twins = _distinct([each.masked for each in all_traits], firsts)
    for first, second in agreeing + twins:
        yield first, second, float(vectors[first] @ vectors[second])
    place = np.asarray(firsts, np.intp)
    for pairs in similar_pairs(vectors[place], policy.pairs):
        rows = place[pairs.first].tolist(), place[pairs.second].tolist(), pairs.similarity.tolist()
        yield from zip(*rows, strict=True)


def _distinct(keys: Sequence[str], places: Sequence[int] | None = None) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the first place of each key in order, and (first place, later place) of each further one."""
    groups: dict[str, list[int]] = defaultdict(list)
    for place in range(len(keys)) if places is None else places:
        groups[keys[place]].append(place)
    firsts = [group[0] for group in groups.values()]
    return firsts, [(group[0], later) for group in groups.values() for later in group[1:]]
