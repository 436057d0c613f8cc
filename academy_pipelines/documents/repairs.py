"""What an engine that lacks a syllable cannot know, put right by what stands beside it."""

import re

_CORRECT = re.compile(r"옮(?=은\s*(?:것|설명|문장|답|내용|짝))|옮(?=지\s*(?:않|못))")
"""Tesseract's Korean models lack the syllable of "right"; in these phrases, "moved" is none of an exam's words."""


def repaired(text: str) -> str:
    """Return `text` with misread words of exams as they must have been printed; its length stays the same."""
    return _CORRECT.sub("옳", text)
