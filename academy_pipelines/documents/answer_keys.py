"""The key at the end of a paper: which answer belongs to which number, and what is explained there."""

import re
from dataclasses import dataclass

from academy_pipelines.documents.choice_runs import CIRCLE

_HEADER = re.compile(
    r"\W{0,9}(?:빠른\s?)?(?:정\s?답|해\s?답|답안|모범\s?답안|answers?|answer\s?key|해\s?설)"
    r"(?:\s?(?:및|과|[·,/&])\s?(?:해\s?설|풀\s?이))?(?:\s?표)?\W{0,9}",
    re.IGNORECASE,
)
_AFTER_NUMBER = r"\s?(?:번|[.)\]:\-\u2013])?\s*"
_CIRCLES = rf"{CIRCLE}(?:\s?[,·]\s?{CIRCLE})*"
_PAIR = re.compile(rf"(?<!\d)(\d{{1,3}}){_AFTER_NUMBER}({_CIRCLES})")
_PAIRS_LINE = re.compile(rf"[\s|]*(?:\d{{1,3}}{_AFTER_NUMBER}{_CIRCLES}[\s|,;]*)+")
_DIGIT_PAIR = re.compile(r"(?<!\d)(\d{1,3})\s?[.)번:]\s?(\d{1,2})(?=[\s,|]|$)")
_DIGIT_PAIRS_LINE = re.compile(r"\s*(?:\d{1,3}\s?[.)번:]\s?\d{1,2}(?:[\s,|]+|$)){2,}")
_ENTRY = re.compile(
    r"\s*(\d{1,3})\s?(?:번|[.)\]:])\s*(?:[\[【<(]?정\s?답[\]】>)]?\s?[:]?\s*)?"
    rf"({_CIRCLES}|\S.{{0,60}})(.*)"
)
_NUMBERS_ROW = re.compile(r"\D{0,4}(?:\d{1,3}[\s|]+)+\d{1,3}[\s|]*")
_ANSWERS_ROW = re.compile(rf"\D{{0,4}}?(?:{CIRCLE}[\s|]+)+{CIRCLE}[\s|]*")
_ASKS = re.compile(r"[?]|시오|하라|하여라|것은|고르면")

FEW_PAIRS = 3
"""Fewer pairs without a heading could be something else."""

MOST_HEADINGS = 5
"""Headings looked at, from the last one on; a paper has one key, perhaps a short and a long one."""

_Pair = tuple[int, "KeyEntry"]


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What a key says of one number."""

    answer: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The key that begins at line `line`; `doubtful` are the numbers that it gives two answers for."""

    line: int
    entries: dict[int, KeyEntry]
    doubtful: frozenset[int] = frozenset()


def find_key(lines: list[str]) -> AnswerKey | None:
    """Return the key at the end of a text, None when there is none.

    A key is a table (`1 ③ 2 ④`, or a row of numbers over a row of circles), or a list of entries with explanations
    under a heading of its own.
    """
    headings = [at for at, line in enumerate(lines) if _HEADER.fullmatch(line.strip())]
    for at in headings[-MOST_HEADINGS:]:
        key = _read(lines, at, headed=True)
        least = 1 if "답" in lines[at] else 2
        if len(key.entries) >= least and not any(_ASKS.search(entry.answer) for entry in key.entries.values()):
            return key
    start = len(lines)
    while start and (not lines[start - 1].strip() or _pairs_at(lines, start - 1) or _pairs_at(lines, start - 2)):
        start -= 1
    key = _read(lines, start, headed=False)
    return key if len(key.entries) >= FEW_PAIRS else None


def _read(lines: list[str], start: int, *, headed: bool) -> AnswerKey:
    entries: dict[int, KeyEntry] = {}
    doubtful: set[int] = set()
    current: int | None = None
    for at in range(start, len(lines)):
        pairs = _pairs_at(lines, at) or (_listed(lines[at]) if headed else [])
        for number, entry in pairs:
            known = entries.setdefault(number, entry)
            entries[number] = KeyEntry(known.answer, known.explanation or entry.explanation)
            doubtful |= {number} if known.answer != entry.answer else set()
        if pairs:
            current = pairs[0][0] if len(pairs) == 1 else None
        elif current is not None and not _HEADER.fullmatch(lines[at].strip()):
            entries[current] = _explained(entries[current], lines[at].strip())
    return AnswerKey(start, entries, frozenset(doubtful))


def _explained(entry: KeyEntry, line: str) -> KeyEntry:
    return KeyEntry(entry.answer, f"{entry.explanation}\n{line}".strip())


def _pairs_at(lines: list[str], at: int) -> list[_Pair]:
    """Return the pairs of a table's line, or of the two rows that begin there."""
    if at < 0:
        return []
    line = lines[at]
    if _PAIRS_LINE.fullmatch(line):
        return [(int(number), KeyEntry(answer)) for number, answer in _PAIR.findall(line)]
    if at + 1 < len(lines) and _NUMBERS_ROW.fullmatch(line) and _ANSWERS_ROW.fullmatch(lines[at + 1]):
        numbers, answers = re.findall(r"\d+", line), re.findall(CIRCLE, lines[at + 1])
        return [(int(number), KeyEntry(answer)) for number, answer in zip(numbers, answers, strict=False)]
    return []


def _listed(line: str) -> list[_Pair]:
    if _DIGIT_PAIRS_LINE.fullmatch(line):
        return [(int(number), KeyEntry(answer)) for number, answer in _DIGIT_PAIR.findall(line)]
    entry = _ENTRY.match(line)
    return [(int(entry[1]), KeyEntry(entry[2].strip(), entry[3].strip()))] if entry else []
