"""What an exam paper asks, before anything is laid out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from academy_pipelines.sandbox.exam_pages.styles import PageStyle
from academy_pipelines.sandbox.exam_pages.wording import Subject, Writer, load_wording

CHOICE_COUNT = 5
ENGLISH = "영어"
_SECTION_CHANCE = 0.12
_OPEN_CHANCE = 0.12
_SHORT_CHANCE = 0.45


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `reading` stands between stem and choices; `answer` counts choices from 1, None if not printed."""

    number: int
    stem: str
    reading: str = ""
    box_title: str = ""
    boxed: tuple[str, ...] = ()
    has_figure: bool = False
    choices: tuple[str, ...] = ()
    points: int | None = None
    answer: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that the questions `first` to `last` share."""

    first: int
    last: int
    intro: str
    paragraphs: tuple[str, ...]
    has_figure: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading within a column; belongs to no question."""

    title: str


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The answers of all questions, (number, choice counted from 1)."""

    answers: tuple[tuple[int, int], ...]


Item = Question | Passage | Section | AnswerKey


def compose(subject: Subject, style: PageStyle, question_count: int, rng: np.random.Generator) -> list[Item]:
    """Return a paper's items in reading order, its questions numbered from `style.first_number`."""
    composer = _Composer(subject, style, rng)
    items: list[Item] = []
    number, end = style.first_number, style.first_number + question_count
    if rng.random() < 4 * _SECTION_CHANCE:
        items.append(Section(composer.writer.pick(load_wording().warm_up)))
    while number < end:
        count = int(rng.integers(2, 4))
        if number + count <= end and rng.random() < style.passage_chance:
            items.append(composer.passage(number, number + count - 1))
        elif number > style.first_number and rng.random() < _SECTION_CHANCE:
            count = 0
            items.append(Section(f"[{composer.writer.pick(subject.sections)}]"))
        else:
            count = 1
        items += [composer.question(number + place) for place in range(count)]
        number += count
    if style.answer_form == "key":
        items.append(AnswerKey(tuple(_answers(items, rng))))
    return items


def _answers(items: list[Item], rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    for item in items:
        if isinstance(item, Question) and item.choices:
            yield item.number, int(rng.integers(1, CHOICE_COUNT + 1))


class _Composer:
    def __init__(self, subject: Subject, style: PageStyle, rng: np.random.Generator) -> None:
        self.subject, self.style, self.rng = subject, style, rng
        self.writer = Writer(rng)

    def passage(self, first: int, last: int) -> Passage:
        paragraphs = tuple(self._paragraph(3, 7) for _ in range(int(self.rng.integers(1, 3))))
        intro = self.writer.write(self.writer.pick(self.subject.intros))
        return Passage(first, last, intro, paragraphs, self._happens(0.2))

    def question(self, number: int) -> Question:
        is_open, is_short = self._happens(_OPEN_CHANCE), self._happens(_SHORT_CHANCE)
        has_box = not is_open and self._happens(self.style.box_chance)
        is_english = self.subject.name == ENGLISH
        choices = () if is_open else self._choices(is_short=is_short)
        prints_answer = self.style.answer_form == "below" and bool(choices)
        return Question(
            number,
            self._stem(),
            reading=self._paragraph(2, 5) if is_english and self._happens(self.style.reading_chance) else "",
            box_title=self.writer.pick(load_wording().box_titles) if has_box else "",
            boxed=self.writer.several(self.subject.boxed, 3) if has_box else (),
            has_figure=self._happens(self.style.figure_chance),
            choices=choices,
            points=int(self.rng.integers(2, 6)) if self._happens(self.style.points_chance) else None,
            answer=int(self.rng.integers(1, CHOICE_COUNT + 1)) if prints_answer else None,
        )

    def _stem(self) -> str:
        stem = self.writer.write(self.writer.pick(self.subject.stems))
        if self.subject.name != ENGLISH and self._happens(0.3):
            return f"{self._paragraph(1, 2)} {stem}"
        return stem

    def _choices(self, *, is_short: bool) -> tuple[str, ...]:
        if is_short:
            return self.writer.alike(self.writer.pick(self.subject.short), CHOICE_COUNT)
        return self.writer.several(self.subject.statements, CHOICE_COUNT)

    def _paragraph(self, least: int, most: int) -> str:
        return " ".join(self.writer.several(self.subject.sentences, int(self.rng.integers(least, most + 1))))

    def _happens(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)
