"""How papers write the numbers of questions, and what a line's beginning says by that."""

import re
from dataclasses import dataclass
from functools import cache

_DIGIT = "[0-9OoIl|]"
_NUMBER = rf"{_DIGIT}(?:\s?{_DIGIT}){{0,2}}"
"""Up to three digits, which engines part where type is spaced widely."""
_CONFUSED = str.maketrans("OoIl|", "00111")
"""What engines make of the digits 0 and 1."""


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """A way to write a question's number; `pattern` is matched at a line's beginning, its first group is the number."""

    name: str
    pattern: str


NUMBER_STYLES = (
    NumberStyle("1.", rf"({_DIGIT}{{1,3}})\s?[.．](?!\d)"),  # noqa: RUF001 - the full-width stop
    NumberStyle("01", rf"(0[1-9]|[1-9]{_DIGIT}{{0,2}}(?=\s|$))"),
    NumberStyle("1)", rf"({_DIGIT}{{1,3}})\s?\)"),
    NumberStyle("(1)", rf"[(（]\s?({_NUMBER})\s?[)）]"),  # noqa: RUF001 - full-width brackets
    NumberStyle("[1]", rf"[\[〔【]\s?({_NUMBER})\s?[\]〕】]"),  # noqa: RUF001 - brackets that papers print
    NumberStyle("1번", rf"({_DIGIT}{{1,3}})\s?번(?!째)"),
    NumberStyle("문제 1", rf"(?:문\s?제|문\s?항|문)\s?({_DIGIT}{{1,3}})(?!\d)"),
    NumberStyle("Q1.", rf"[QqOo0@©a]\s?\.?\s?({_NUMBER})\s?[.,:]"),
)
"""The styles looked for; `Q` is often read as 0, O, @ or a."""


@dataclass(frozen=True, slots=True)
class Range:
    """The questions `first` to `last` share a passage."""

    first: int
    last: int

    @property
    def label(self) -> str:
        """As regions are labelled."""
        return f"{self.first}-{self.last}"


_RANGE = re.compile(rf"[\[〔【(※\s]*({_DIGIT}{{1,3}})(?:\s?[^\w\s\]]{{1,2}}\s?|\s+)({_NUMBER})\s?(?:번)?\s?[\]〕】)}}]")  # noqa: RUF001 - brackets that papers print
"""Between the numbers stands some kind of dash, which engines read as anything."""
_MISREAD = re.compile(
    rf"[^\w\s①-⑮]{{0,2}}(?:[QqOo0@©a]|문\s?[제항])?\s?\.?\s?({_DIGIT}{{1,3}})(?![\d,/%]|(?!번)[가-힣])"
)
"""A number with whatever an engine makes of the signs around it, but no counted thing (3개) and no fraction."""
_MOST_SHARING = 15


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def number_at(text: str, style: NumberStyle) -> int | None:
    """Return the number that a line begins with in this style, None when there is none."""
    found = _compiled(style.pattern).match(text.lstrip())
    return _value(found[1]) if found else None


def range_at(text: str) -> Range | None:
    """Return the range of questions that a line begins with (`[1~3]`), None when there is none."""
    found = _RANGE.match(text.lstrip())
    if not found:
        return None
    first, last = _value(found[1]), _value(found[2])
    return Range(first, last) if first < last < first + _MOST_SHARING else None


def misread_number_at(text: str) -> int | None:
    """Return the number that a line begins with in no known style; only the numbers around it make it a question's."""
    found = None if range_at(text) else _MISREAD.match(text.lstrip())
    return _value(found[1]) if found else None


def _value(digits: str) -> int:
    return int("".join(digits.split()).translate(_CONFUSED))
