"""Whether a text can have been meant: what damaged fonts and wrong languages leave behind cannot."""

import unicodedata

_UNMEANT_CATEGORIES = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Control characters, unassigned and private ones, halves of pairs."""
_MEANT_SYMBOLS = frozenset(
    ".,:;!?()[]{}<>\"'`~/%+-=*&@#$^_|\\·…※→←↑↓↔○●◎□■△▲◇◆☆★「」『』《》〈〉【】“”"
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{EN DASH}—\N{MINUS SIGN}\N{MULTIPLICATION SIGN}"
    "÷±√∞≤≥≠≒∴∵°\N{PRIME}″℃"
)


def unmeant_share(text: str) -> float:
    """Return the share, 0..1, of characters that nobody writes: replacements, private ones, control characters.

    Spaces do not count; a text without anything else has a share of 0.
    """
    characters = [character for character in text if not character.isspace()]
    return sum(map(_is_unmeant, characters)) / max(1, len(characters))


def _is_unmeant(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in _UNMEANT_CATEGORIES


def garbage_share(text: str) -> float:
    """Return the share, 0..1, of characters that are neither letters, digits nor usual on an exam paper."""
    characters = [character for character in text if not character.isspace()]
    strange = sum(not character.isalnum() and character not in _MEANT_SYMBOLS for character in characters)
    return strange / max(1, len(characters))
