"""Vectors that count pieces of words: texts with the same words lie close together, whatever they mean.

Needs no model and no network. It finds copies, misread copies and problems with other numbers; a problem asked in
other words it does not find.

Every word, with a blank at either end, is cut into pieces of 2 to 4 characters. A piece counts 1 + ln(times it
occurs), and is added with a sign of its own to a place of its own, both from its CRC-32: the hashing trick of
Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (ICML 2009), after which the inner product of
two vectors is, on average, what it would be without collisions.
"""

import math
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors, normalised

_SIGN_BIT = 31
"""The sign comes from the highest bit of the CRC, the place from the others."""


@dataclass(frozen=True, slots=True)
class LexicalPolicy:
    """How words are cut and counted; `dimension` is at most 2**31."""

    dimension: int = 1024
    shortest_piece: int = 2
    longest_piece: int = 4


def lexical_space(policy: LexicalPolicy | None = None) -> Space:
    """Return the space that `lexical_vectors` fills."""
    policy = policy or LexicalPolicy()
    pieces = f"{policy.shortest_piece}-{policy.longest_piece}"
    return Space("lexical", f"pieces of words, {pieces} characters", "crc32", policy.dimension)


def lexical_vectors(texts: Sequence[str], policy: LexicalPolicy | None = None) -> Vectors:
    """Return (len(texts), dimension) float32 vectors of length 1; zeros for a text of blanks."""
    policy = policy or LexicalPolicy()
    totals = np.zeros((len(texts), policy.dimension), np.float64)
    for row, text in zip(totals, texts, strict=True):
        _add(row, _pieces(text, policy))
    return normalised(totals)


def folded(text: str) -> str:
    """Return a text in Unicode's compatibility form (NFKC) and lower case, words apart by single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _pieces(text: str, policy: LexicalPolicy) -> Counter[str]:
    words = Counter(folded(text).split())
    counts: Counter[str] = Counter()
    for word, times in words.items():
        padded = f" {word} "
        for length in range(policy.shortest_piece, policy.longest_piece + 1):
            for start in range(len(padded) - length + 1):
                counts[padded[start : start + length]] += times
    return counts


def _add(row: NDArray[np.float64], counts: Counter[str]) -> None:
    if not counts:
        return
    hashes = np.fromiter((zlib.crc32(piece.encode("utf-8", "replace")) for piece in counts), np.uint32, len(counts))
    weights = np.fromiter((1 + math.log(times) for times in counts.values()), np.float64, len(counts))
    signs = 1.0 - 2.0 * (hashes >> np.uint32(_SIGN_BIT))
    places = (hashes & np.uint32(2**_SIGN_BIT - 1)) % np.uint32(len(row))
    np.add.at(row, places, signs * weights)
