"""Where a question's choices begin: the run of markers ①②③, (1)(2)(3), 1)2)3), A.B.C. or 가.나.다."""

import re
from dataclasses import dataclass

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_CIRCLES = (CIRCLED, "❶❷❸❹❺❻❼❽❾❿", "➀➁➂➃➄➅➆➇➈➉", "➊➋➌➍➎➏➐➑➒➓", "⓵⓶⓷⓸⓹⓺⓻⓼⓽⓾")
_PARENTHESISED = "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽"
_LETTERS = ("ABCDEFGHIJ", "abcdefghij", "가나다라마바사아자차")
CIRCLE = "[" + "".join(_CIRCLES) + "]"
"""A pattern that matches any circled number."""

_VALUES = {
    character: value
    for characters in (*_CIRCLES, _PARENTHESISED, *_LETTERS)
    for value, character in enumerate(characters, start=1)
}

_STARTS = r"(?:(?<=\s)|^)"
_KINDS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(f"({CIRCLE})"), 2),
    (re.compile(rf"{_STARTS}(?:[(](\d{{1,2}})[)]|([{_PARENTHESISED}]))", re.MULTILINE), 3),
    (re.compile(rf"{_STARTS}(\d{{1,2}})[)]", re.MULTILINE), 3),
    *((re.compile(rf"{_STARTS}([{letters}])[.)](?=\s|[^\W\d_])", re.MULTILINE), 3) for letters in _LETTERS),
)
"""Each kind of marker, and how few of them make a run: all but the first kind also occur in ordinary text."""

MOST_MARKERS = 200
"""More of one kind in one question are not choices; only the last ones are looked at."""

AS_LONG_SHARE = 0.7
"""A run of at least this share of the best one's score counts as about as long: four of five markers do."""

_REFERS = re.compile(r"(?:[,·ㆍ/~\u223c\-+]|과|와|및|또는|이나|and|or)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker with its number: `start` is where it begins, `end` where its choice's text begins."""

    value: int
    start: int
    end: int


Run = tuple[Marker, ...]
"""Markers that count up, at most one of them missing."""


def marker_value(text: str) -> int | None:
    """Return the number that a circle, a letter or digits stand for, None for any other text."""
    if text in _VALUES:
        return _VALUES[text]
    return int(text) if text.isdecimal() and len(text) <= 2 else None  # noqa: PLR2004 - no question has 100 choices


def choice_run(text: str) -> Run:
    """Return the markers of a question's choices in order, nothing when it has none.

    A run counts up from 1; one marker may be lost (the first, too). The longest run wins, and among runs that are
    about as long the last one, because a passage with numbered places precedes the choices.
    """
    runs = [(_best_run(_markers(pattern, text)), least) for pattern, least in _KINDS]
    fitting = [run for run, least in runs if len(run) >= least]
    return max(fitting, key=len, default=())


def holds_next(text: str, last: str) -> bool:
    """Tell whether a choice's text holds the marker after `last`, its own, where OCR lost the space before it.

    Circled numbers need no space, so that none of them is missed.
    """
    for alphabet in (_PARENTHESISED, *_LETTERS):
        at = alphabet.find(last[0])
        if at >= 0:
            return at + 1 < len(alphabet) and alphabet[at + 1] + last[1:] in text
    number = re.search(r"\d+", last)
    return number is not None and last.replace(number[0], str(int(number[0]) + 1)) in text


def _markers(pattern: re.Pattern[str], text: str) -> list[Marker]:
    found: list[Marker] = []
    for match in pattern.finditer(text):
        value = marker_value(next(filter(None, match.groups())))
        if value is not None:
            found.append(Marker(value, match.start(), match.end()))
    kept = [marker for at, marker in enumerate(found) if not (at and _is_reference(found[at - 1], marker, text))]
    return kept[-MOST_MARKERS:]


def _is_reference(before: Marker, marker: Marker, text: str) -> bool:
    """Tell whether a marker only speaks of a choice, as in "③ ①, ②"."""
    between = text[before.end : marker.start].strip()
    if not between:
        return marker.value - before.value not in {1, 2}
    return _REFERS.fullmatch(between) is not None


def _best_run(markers: list[Marker]) -> Run:
    """Extend runs from the last marker to the first; of equally good continuations the nearest one is taken."""
    whole: list[Run] = []
    torn: list[Run] = []
    starts: list[Run] = []
    for at in range(len(markers) - 1, -1, -1):
        marker = markers[at]
        after_gap = [*_from(marker.value + 2, whole), *_from(marker.value + 1, torn)]
        whole.append((marker, *_longest(_from(marker.value + 1, whole))))
        torn.append((marker, *_longest(after_gap)))
        if marker.value == 1:
            starts.append(max(whole[-1], torn[-1], key=_score))
        elif marker.value == 2 and not any(earlier.value == 1 for earlier in markers[:at]):  # noqa: PLR2004 - the second
            starts.append(whole[-1])
    best = max(map(_score, starts), default=0.0)
    return next((run for run in starts if _score(run) >= AS_LONG_SHARE * best), ())


def _from(value: int, runs: list[Run]) -> list[Run]:
    """Return the runs that begin with `value`, nearest first."""
    return [run for run in reversed(runs) if run[0].value == value]


def _longest(runs: list[Run]) -> Run:
    return max(runs, key=len, default=())


def _score(run: Run) -> float:
    """Count the markers; one that is lost costs half."""
    return len(run) - (run[-1].value - len(run)) / 2
