"""Text that somebody else wrote, made fit to be stored, compared and shown to a language model."""

import re
import unicodedata
from dataclasses import dataclass

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufff9\ufffa\ufffb\ufffe\uffff")
"""Characters without ink that Unicode does not count among format characters: fillers and noncharacters."""

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})
"""Control, format (zero-width, bidirectional and tag characters, soft hyphens), halves of surrogate pairs."""

_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""ASCII as wide as a Hangul syllable."""

_FENCE_LIKE = re.compile(r"<\s*/?\s*ocr[^<>\n]{0,80}>?", re.IGNORECASE)
_CHAT_MARKER = re.compile(r"<\|[A-Za-z_]{1,40}\|>|\[/?INST\]|<</?SYS>>")
"""What several open models' chat templates take for the beginning of another speaker's turn."""

PLACEHOLDER = "\u25a1"
"""Stands where something looked like our fence. It is part of no fence, so what is left cannot become one."""


@dataclass(frozen=True, slots=True)
class CleaningPolicy:
    """How much of a text is taken: `max_chars` characters, counted after cleaning."""

    max_chars: int = 20_000


@dataclass(frozen=True, slots=True)
class CleanText:
    """Clean text; `removed_chars` had no ink, `cut_chars` came after the most that is taken."""

    text: str
    removed_chars: int = 0
    cut_chars: int = 0

    @property
    def is_truncated(self) -> bool:
        """Whether the end is missing."""
        return self.cut_chars > 0


def clean_text(text: str, policy: CleaningPolicy | None = None) -> CleanText:
    r"""Return a text in NFC with narrow ASCII, one kind of space, \n as its only line end, and nothing without ink."""
    spaced = _SPACES.sub(" ", _LINE_ENDS.sub("\n", text)).translate(_FULL_WIDTH)
    seen = "".join(character for character in spaced if character == "\n" or not _is_unseen(character))
    removed_chars = len(spaced) - len(seen)
    whole = unicodedata.normalize("NFC", seen).strip()
    taken = whole[: (policy or CleaningPolicy()).max_chars].rstrip()
    return CleanText(taken, removed_chars, max(0, len(whole) - len(taken)))


def harmless(text: str) -> str:
    """Return a text without anything that looks like our fence or like a chat template's markers."""
    return _CHAT_MARKER.sub(PLACEHOLDER, _FENCE_LIKE.sub(PLACEHOLDER, text.translate(_FULL_WIDTH)))


def fenced(text: str, nonce: str) -> str:
    """Return a text, made `harmless`, on lines of its own between tags that name `nonce`.

    `nonce` is hexadecimal and new for every request, so that nobody can have written the closing tag beforehand. The
    tags mark what is data, as in "spotlighting" (Hines et al. 2024, arXiv:2403.14720).
    """
    return f"<ocr-{nonce}>\n{harmless(text)}\n</ocr-{nonce}>"


def _is_unseen(character: str) -> bool:
    if character in _UNSEEN or unicodedata.category(character) in _UNSEEN_CATEGORIES:
        return True
    return any(ord(character) in selectors for selectors in _VARIATION_SELECTORS)
