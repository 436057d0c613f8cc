"""A question's text taken apart into what it asks and what there is to choose from."""

import re
from dataclasses import dataclass
from statistics import median

from academy_pipelines.documents.choice_runs import CIRCLE, Run, choice_run, holds_next

_SENTENCE_END = re.compile(r"[.?!:;)\]}>」』〉》】?]\s*$|(?:것은|면|오|라|은|는)\s*$")
_ASKS = re.compile(r"[?]|시오|하라|하여라|구하|서술|쓰세요")

FEWEST_USUAL = 3
"""Printed questions offer three to five choices."""

INLINE_CHARS = 12
"""Pieces of a passage between numbered places are usually longer than this, choices that share a line shorter."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks, and its choices, "" for one whose marker is lost; `warnings` are codes of `Problem`."""

    body: str
    choices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def split_choices(text: str) -> Asked:
    """Take apart the text of one question, without its number and what it states."""
    run = choice_run(text)
    if not run:
        return Asked(text.strip())
    ends = [*(marker.start for marker in run[1:]), len(text)]
    pieces = [text[marker.end : end].strip() for marker, end in zip(run, ends, strict=True)]
    if _is_inline(text, run, pieces):
        return Asked(text.strip(), (), ("choices_inside_passage",))
    if not re.match(CIRCLE, text[run[0].start]) and sum(bool(_ASKS.search(piece)) for piece in pieces) * 2 > len(run):
        return Asked(text.strip(), (), ("sub_questions",))
    pieces[-1], after = _without_paragraphs_after(pieces)
    body = "\n\n".join(filter(None, (text[: run[0].start].strip(), after)))
    choices = _numbered(run, pieces)
    is_lost = len(run) < len(choices) or holds_next(pieces[-1], text[run[-1].start : run[-1].end])
    doubts = {"choice_marker_lost": is_lost, "text_after_choices": bool(after), **_doubts(run, choices, body)}
    return Asked(body, choices, tuple(code for code, holds in doubts.items() if holds))


def _is_inline(text: str, run: Run, pieces: list[str]) -> bool:
    """Tell numbered places in a passage from choices: they begin in the middle of a sentence."""
    before = text[: run[0].start].rpartition("\n")[2]
    in_line = [bool(text[: marker.start].rpartition("\n")[2].strip()) for marker in run]
    if not before.strip() or _SENTENCE_END.search(before) or not all(in_line[:1]) or sum(in_line) * 2 <= len(run):
        return False
    return median(map(len, pieces)) > INLINE_CHARS


def _without_paragraphs_after(pieces: list[str]) -> tuple[str, str]:
    """Return the last choice and what follows it after an empty line, unless other choices have such lines too."""
    last, gap, after = pieces[-1].partition("\n\n")
    if not gap or any("\n\n" in piece for piece in pieces[:-1]):
        return pieces[-1], ""
    return last, after.strip()


def _numbered(run: Run, pieces: list[str]) -> tuple[str, ...]:
    choices = [""] * run[-1].value
    for marker, piece in zip(run, pieces, strict=True):
        choices[marker.value - 1] = " ".join(piece.split())
    return tuple(choices)


def _doubts(run: Run, choices: tuple[str, ...], body: str) -> dict[str, bool]:
    earlier = choice_run(body)
    return {
        "empty_choice": len(run) == len(choices) and not all(choices),
        "few_choices": len(choices) < FEWEST_USUAL,
        "several_choice_runs": len(earlier) >= FEWEST_USUAL and _begins_line(body, earlier[0].start),
        "no_body": not body,
    }


def _begins_line(text: str, at: int) -> bool:
    return not text[:at].rpartition("\n")[2].strip()
