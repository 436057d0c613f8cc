"""Where questions begin in a text: numbers at the beginnings of lines that count up in one style."""

import re
from dataclasses import dataclass
from typing import Literal

from academy_pipelines.documents.choice_runs import CIRCLE

Style = Literal["word", "suffix", "bracketed", "letter", "dot", "bare", "half", "parenthesised"]

_NUMBER = r"(?P<number>\d{1,3})"
_BULLETS = " ※★☆◆◇■□●○▶▷*"
_BULLET = rf"^[{_BULLETS}]*"
STYLES: dict[Style, re.Pattern[str]] = {
    "word": re.compile(
        rf"{_BULLET}[\[【\u3014<〈(]?\s?(?P<word>문제|문항|예제|유제|문|서답형|서술형|논술형|단답형)\s?{_NUMBER}\s?(?:번|[.):\]】\u3015>〉])*(?=\s|$)"
    ),
    "suffix": re.compile(rf"{_BULLET}(?:제\s?)?{_NUMBER}\s?(?:번|문)[.):]?(?=\s|$)"),
    "bracketed": re.compile(rf"{_BULLET}[\[【\u3014<〈]\s?{_NUMBER}\s?[\]】\u3015>〉]\.?"),
    "letter": re.compile(rf"{_BULLET}(?:Q(?:uestion)?|No|№|#)\s?\.?\s?{_NUMBER}[.):]?(?=\s|$)", re.IGNORECASE),
    "dot": re.compile(rf"{_BULLET}{_NUMBER}\s?\.(?!\d)"),
    "bare": re.compile(rf"{_BULLET}(?P<number>0\d{{1,3}}|[1-9]\d{{0,2}})(?=\s+\S)"),
    "half": re.compile(rf"{_BULLET}{_NUMBER}\s?[)]"),
    "parenthesised": re.compile(rf"{_BULLET}[(]{_NUMBER}[)]"),
}
"""How a question's number is printed, surest first.

The last two are also how choices are; a bare number may be any number, unless it begins with 0.
"""

_ALSO_CHOICES = frozenset[Style]({"half", "parenthesised"})
_UNSURE = _ALSO_CHOICES | {"bare"}
_APART = frozenset({"서답형", "서술형", "논술형", "단답형"})
"""Written questions, which many papers count apart from the others; the word belongs to the number."""

_RANGE = r"[\[【\u3014<〈(]\s?(?P<first>\d{1,3})\s?[~\u223c〜\-\u2013—,·]\s?(?P<last>\d{1,3})\s?번?\s?[\]】\u3015>〉)]"
_PASSAGES = (
    re.compile(_BULLET + _RANGE),
    re.compile(rf".{{0,80}}(?:읽고|보고|듣고|답하).{{0,60}}{_RANGE}\s*$"),
)
"""`[1~3] 다음 글을 ...`, `※ 다음 글을 읽고 물음에 답하시오. (1~3)`."""

_ASKS = re.compile(r"[?]|시오|하라|하여라|구하[여는]|고르면|고른 것|것은|서술|쓰세요|\[\d+(?:\.\d)?점\]")

MOST_SHARING = 20
"""Questions about one passage; a longer range is one of pages or of a whole part."""

MOST_STEP = 3
"""Two numbers in a row may be lost."""

MOST_PASSED_OVER = 10
"""Numbers passed over make a sequence less likely; of more than these nobody takes notice."""

FEW_BARE = 3
"""So many numbers without a point count up by chance when not every one of them is followed by a question."""

MANY_TIMES = 6
"""A style with so many more numbers than a surer one is the paper's; no question has so many choices."""

MOST_LOOKAHEAD = 100
"""Candidates after one that may follow it; bounds the work on long texts."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A question's number at line `line`: `label` as it is called, `body_at` where the line goes on.

    `weight` is above 1 when the text after it asks something.
    """

    line: int
    value: int
    label: str
    style: Style
    body_at: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Passage:
    """What several questions refer to begins at line `line`."""

    line: int
    first: int
    last: int


def anchor_in(line: str, at: int = 0, styles: tuple[Style, ...] = tuple(STYLES)) -> Anchor | None:
    """Return the number that a line begins with, in the surest of `styles`."""
    for style in styles:
        match = STYLES[style].match(line)
        if match:
            value = int(match["number"])
            word = match["word"] if style == "word" else ""
            label = f"{word} {value}" if word in _APART else str(value)
            return Anchor(at, value, label, style, match.end())
    return None


def passage_in(line: str, at: int = 0) -> Passage | None:
    """Return the passage that a line like "[1~3] ..." begins."""
    match = _PASSAGES[0].match(line) or _PASSAGES[1].match(line)
    if match is None or not 0 < int(match["last"]) - int(match["first"]) <= MOST_SHARING:
        return None
    return Passage(at, int(match["first"]), int(match["last"]))


def question_anchors(lines: list[str]) -> list[Anchor]:
    """Return the numbers at which questions begin: those of one style, and of questions that are counted apart."""
    apart = [
        anchor for at, line in enumerate(lines) if (anchor := anchor_in(line, at, ("word",))) and " " in anchor.label
    ]
    best: list[Anchor] = []
    for style in STYLES:
        found = _counted(_weighed(_candidates(lines, style), lines))
        if style in _UNSURE and not _are_questions(found, lines):
            continue
        if found and (not best or _is_meant_rather(found, best)):
            best = found
    return sorted([*best, *apart], key=lambda anchor: anchor.line)


def _candidates(lines: list[str], style: Style) -> list[Anchor]:
    found = [anchor for at, line in enumerate(lines) if (anchor := anchor_in(line, at, (style,)))]
    usable = [anchor for anchor in found if anchor.value > 0 and " " not in anchor.label]
    return _outside_passages(usable, lines)


def _outside_passages(candidates: list[Anchor], lines: list[str]) -> list[Anchor]:
    """Leave out what is numbered within a passage: its questions begin at the number that it names."""
    passages = [passage for at, line in enumerate(lines) if (passage := passage_in(line, at))]
    kept: list[Anchor] = []
    pending: Passage | None = None
    for anchor in candidates:
        while passages and passages[0].line < anchor.line:
            pending = passages.pop(0)
        if pending is None or anchor.value >= pending.first:
            kept.append(anchor)
            pending = None
    return kept


def _weighed(candidates: list[Anchor], lines: list[str]) -> list[Anchor]:
    """Give weight to candidates whose text asks something: the items of a list within a question do not."""
    ends = [*(anchor.line for anchor in candidates[1:]), len(lines)]
    weighed: list[Anchor] = []
    for anchor, end in zip(candidates, ends, strict=False):
        text = "\n".join(lines[anchor.line : min(end, anchor.line + 60)])
        weight = 1 + 0.5 * bool(_ASKS.search(text)) + 0.25 * (len(re.findall(CIRCLE, text)) > 2)  # noqa: PLR2004 - a run
        weighed.append(Anchor(anchor.line, anchor.value, anchor.label, anchor.style, anchor.body_at, weight))
    return weighed


def _counted(candidates: list[Anchor]) -> list[Anchor]:
    """Return the candidates of all sequences that count up; a paper may begin anew at 1."""
    waiting, counted = [candidates], list[Anchor]()
    while waiting:
        part = waiting.pop()
        chain = _heaviest_chain(part)
        if not chain or (counted and len(chain) == 1):
            continue
        counted += chain
        waiting.append([anchor for anchor in part if anchor.line < chain[0].line])
        waiting.append([anchor for anchor in part if anchor.line > chain[-1].line])
    return counted


def _heaviest_chain(candidates: list[Anchor]) -> list[Anchor]:
    weights = [anchor.weight for anchor in candidates]
    following: list[int | None] = [None] * len(candidates)
    for at in range(len(candidates) - 1, -1, -1):
        for later in range(at + 1, min(len(candidates), at + 1 + MOST_LOOKAHEAD)):
            step = candidates[later].value - candidates[at].value
            passed_over = min(MOST_PASSED_OVER, later - at - 1)
            weight = candidates[at].weight + weights[later] - 0.2 * (step - 1) - 0.1 * passed_over
            if 1 <= step <= MOST_STEP and weight > weights[at]:
                weights[at], following[at] = weight, later
    place = max(range(len(candidates)), key=weights.__getitem__, default=None)
    chain: list[Anchor] = []
    while place is not None:
        chain.append(candidates[place])
        place = following[place]
    return chain


def _are_questions(found: list[Anchor], lines: list[str]) -> bool:
    """Tell numbers of questions from choices that are marked the same way, and from other numbers."""
    if found and found[0].style == "bare":
        padded = [anchor for anchor in found if lines[anchor.line].lstrip(_BULLETS).startswith("0")]
        return bool(padded) or (len(found) >= FEW_BARE and all(anchor.weight > 1 for anchor in found))
    if len(found) <= 1:
        return bool(found) and not any(line.strip() for line in lines[: found[0].line])
    return sum(anchor.weight > 1 for anchor in found) * 2 > len(found)


def _is_meant_rather(found: list[Anchor], surer: list[Anchor]) -> bool:
    """Tell whether questions are numbered in a less sure style: what is numbered within a question comes after it."""
    if _total(found) <= _total(surer):
        return False
    is_many = found[0].style not in _ALSO_CHOICES and _total(found) > MANY_TIMES * _total(surer)
    return found[0].line < surer[0].line or is_many


def _total(anchors: list[Anchor]) -> float:
    return sum(anchor.weight for anchor in anchors)
