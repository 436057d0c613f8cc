"""What an engine that lacks a syllable cannot know, put right by what stands beside it."""

import re

_CORRECT = re.compile(r"옮(?=은\s*(?:것|설명|문장|답|내용|짝))|옮(?=지\s*(?:않|못))")
"""Tesseract's Korean models lack the syllable of "right"; in these phrases, "moved" is none of an exam's words."""

_RANGE = re.compile(r"(?<=\d)\s*、\s*(?=\d)")
"""Between numbers, a mark of Chinese that no Korean paper has stands for the tilde of a range."""
_TIMES = re.compile(
    r"(?<![0-9A-Za-z)가-힣\s])\N{MULTIPLICATION SIGN}|(?<![가-힣])\N{MULTIPLICATION SIGN}(?!\s*[0-9A-Za-z(]|\s[가-힣])"
)
"""A sign of multiplication that lacks a factor on either side is the letter that stands for the unknown."""
_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
"""Letters and digits as wide as a syllable -> the usual ones."""


def repaired(text: str) -> str:
    """Return a line of an exam with what an engine cannot have read right as it must have been printed."""
    return _TIMES.sub("x", _RANGE.sub("~", _CORRECT.sub("옳", text.translate(_WIDE))))
