"""Sentences of exam papers, made of templates and words; nothing is quoted from anywhere."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

_SLOT = re.compile(r"\{(\w+)\}")
_PARTICLE = re.compile(r"(.)\[([가-힣]+)/([가-힣]+)\]")
_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
_FINAL_RIEUL = 8
_SPOKEN_WITH_FINAL, _SPOKEN_WITH_RIEUL = frozenset("013678LMNRlmnr"), frozenset("178LRlr")


@dataclass(frozen=True, slots=True)
class Subject:
    """What papers of one school subject are made of; every entry is a template for `Writer.write`."""

    name: str
    titles: tuple[str, ...]
    sections: tuple[str, ...]
    stems: tuple[str, ...]
    statements: tuple[str, ...]
    short: tuple[str, ...]
    boxed: tuple[str, ...]
    intros: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """All subjects, and what is common to them; `words` fills the slots of templates."""

    words: Mapping[str, tuple[str, ...]]
    subjects: tuple[Subject, ...]
    warm_up: tuple[str, ...]
    schools: tuple[str, ...]
    box_titles: tuple[str, ...]


@cache
def load_wording() -> Wording:
    """Return the wording that lies beside this module."""
    told: dict[str, Any] = json.loads((resources.files(__package__ or "") / "wording.json").read_text("utf-8"))
    subjects = tuple(
        Subject(name, **{part: tuple(texts) for part, texts in parts.items()})
        for name, parts in told["subjects"].items()
    )
    words = {slot: tuple(texts) for slot, texts in told["words"].items()}
    return Wording(words, subjects, tuple(told["warm_up"]), tuple(told["schools"]), tuple(told["box_titles"]))


class Writer:
    """Fills templates with words drawn from `rng`; the same generator state gives the same text."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.words = load_wording().words

    def write(self, template: str) -> str:
        """Return the template with words for `{slots}` and the fitting one of each `[이/가]`."""
        text = _SLOT.sub(lambda found: self.pick(self.words[found[1]]), template)
        text = _PARTICLE.sub(_with_particle, text)
        return text[0].upper() + text[1:] if template.startswith("{") and text[-1] in ".?" else text

    def pick(self, texts: Sequence[str]) -> str:
        """Return one of `texts`."""
        return texts[int(self.rng.integers(len(texts)))]

    def several(self, templates: Sequence[str], count: int) -> tuple[str, ...]:
        """Return `count` different texts, from as different templates as there are."""
        order = [templates[int(place)] for place in self.rng.permutation(len(templates))]
        return _different(lambda turn: self.write(order[turn % len(order)]), count)

    def alike(self, template: str, count: int) -> tuple[str, ...]:
        """Return `count` different texts from one template; fewer words than that are told apart by a number."""
        return _different(lambda _: self.write(template), count)


def _different(write: Callable[[int], str], count: int) -> tuple[str, ...]:
    found: list[str] = []
    for turn in range(20 * count):
        text = write(turn)
        if text not in found:
            found.append(text)
        if len(found) == count:
            return tuple(found)
    return (*found, *(f"{found[0]} {extra}" for extra in range(2, count - len(found) + 2)))


def _with_particle(found: re.Match[str]) -> str:
    """Choose by the final consonant of what precedes; 으로/로 takes the short form behind ㄹ as well."""
    letter, closed, opened = found.groups()
    final = (ord(letter) - _FIRST_SYLLABLE) % _FINALS if _is_syllable(letter) else int(letter in _SPOKEN_WITH_FINAL)
    is_rieul = final == _FINAL_RIEUL if _is_syllable(letter) else letter in _SPOKEN_WITH_RIEUL
    takes_open = not final or (is_rieul and opened == "로")
    return letter + (opened if takes_open else closed)


def _is_syllable(letter: str) -> bool:
    return _FIRST_SYLLABLE <= ord(letter) <= _LAST_SYLLABLE
