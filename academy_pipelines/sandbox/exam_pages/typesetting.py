"""Items become rows of a column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from academy_pipelines.sandbox.exam_pages.content import AnswerKey, Item, Passage, Question, Section
from academy_pipelines.sandbox.exam_pages.figures import random_figure
from academy_pipelines.sandbox.exam_pages.rows import Line, Row, Run, beside, rectangle, stacked
from academy_pipelines.sandbox.exam_pages.styles import CHOICE_STYLES, NUMBER_STYLES, PageStyle
from academy_pipelines.sandbox.exam_pages.typeface import Typeface

_BASELINE = 0.86
"""Where text stands below its row's top, as a multiple of its size."""
_BOX_PADDING_PT = 6.0
_ANSWERS_A_ROW = 5


@dataclass(frozen=True, slots=True)
class Block:
    """An item laid out: rows that a break may part, and what follows them as paper."""

    item: Item
    rows: tuple[Row, ...]
    gap_pt: float


class Typesetter:
    """Lays items out in one style; what the style leaves open is drawn from `rng`."""

    def __init__(self, style: PageStyle, typeface: Typeface, rng: np.random.Generator) -> None:
        self.style, self.typeface, self.rng = style, typeface, rng
        self.width_pt = style.column_width_pt

    def block(self, item: Item) -> Block:
        """Return `item` laid out for a column."""
        gap_pt = self.style.question_gap_pt
        match item:
            case Question():
                return Block(item, tuple(self._question(item)), gap_pt)
            case Passage():
                return Block(item, tuple(self._passage(item)), gap_pt)
            case Section(title):
                return Block(item, tuple(self.paragraph(title, is_bold=True)), gap_pt)
            case AnswerKey():
                return Block(item, tuple(self._key(item)), gap_pt)

    def paragraph(self, text: str, *, left_pt: float = 0.0, first_pt: float = 0.0, is_bold: bool = False) -> list[Row]:
        """Return the rows of a text, `left_pt` from the column's left, its first line `first_pt` further."""
        size_pt, room_pt = self.style.size_pt, self.width_pt - left_pt
        lines = self.typeface.wrapped(
            text, size_pt, (room_pt - first_pt, room_pt), breaks_words=self.style.breaks_words and not is_bold
        )
        return [
            self._row((Run(left_pt + (0 if place else first_pt), line, size_pt, is_bold),), line)
            for place, line in enumerate(lines)
        ]

    def _row(self, runs: tuple[Run, ...], text: str) -> Row:
        size_pt = self.style.size_pt
        return Row(size_pt * self.style.leading, (Line(runs, _BASELINE * size_pt * self.style.leading, text),))

    def _question(self, question: Question) -> list[Row]:
        style = self.style
        number = NUMBER_STYLES[style.number_style].format(question.number)
        run = Run(0, number, style.size_pt * style.number_scale, style.is_number_bold)
        behind_pt = self.typeface.width_pt(number, run.size_pt, is_bold=run.is_bold) + 0.45 * style.size_pt
        stem = question.stem if question.points is None else f"{question.stem} [{question.points}점]"
        left_pt = behind_pt if style.hangs and not style.is_number_alone else 0.0
        if style.is_number_alone:
            rows = [self._row((run,), number), *self.paragraph(stem)]
        else:
            rows = self.paragraph(stem, left_pt=left_pt, first_pt=behind_pt - left_pt)
            first = rows[0].lines[0]
            rows[0] = self._row((run, *first.runs), f"{number} {first.text}")
        if question.reading:
            rows += [
                Row(0.3 * style.size_pt),
                *self.paragraph(question.reading, left_pt=left_pt, first_pt=style.size_pt),
            ]
        if question.boxed:
            rows.append(self._box(question, left_pt))
        rows += self._choices_with_figure(question, left_pt)
        if question.answer is not None:
            mark = CHOICE_STYLES["①"][question.answer - 1]
            rows += self.paragraph(f"[정답] {mark}", left_pt=left_pt)
        return rows

    def _passage(self, passage: Passage) -> list[Row]:
        is_bold = bool(self.rng.random() < 0.5)  # noqa: PLR2004 - a coin
        dash = str(self.rng.choice(("~", "-", "～")))  # noqa: RUF001 - papers print the wide one as well
        rows = self.paragraph(f"[{passage.first}{dash}{passage.last}] {passage.intro}", is_bold=is_bold)
        rows.append(Row(0.4 * self.style.size_pt))
        for text in passage.paragraphs:
            rows += self.paragraph(text, first_pt=self.style.size_pt)
        if passage.has_figure:
            rows.append(self._figure(0.0))
        return rows

    def _box(self, question: Question, left_pt: float) -> Row:
        inside_pt = left_pt + _BOX_PADDING_PT
        texts = [f"{mark} {text}" for mark, text in zip(("ㄱ.", "ㄴ.", "ㄷ."), question.boxed, strict=True)]
        size_pt = self.style.size_pt
        title_pt = self.typeface.width_pt(question.box_title, size_pt)
        middle_pt = left_pt + (self.width_pt - left_pt - title_pt) / 2
        rows = [Row(_BOX_PADDING_PT), self._row((Run(middle_pt, question.box_title, size_pt),), question.box_title)]
        for text in texts:
            rows += self.paragraph(text, left_pt=inside_pt)
        inner = stacked([*rows, Row(_BOX_PADDING_PT)])
        frame = rectangle(left_pt, 2, self.width_pt - left_pt, inner.height_pt - 4)
        return Row(inner.height_pt + 2, inner.lines, (frame,))

    def _figure(self, left_pt: float) -> Row:
        width_pt, drawn = random_figure(self.rng)
        spare_pt = max(0.0, self.width_pt - left_pt - width_pt)
        at_pt = left_pt + spare_pt * float(self.rng.choice((0.0, 0.5, 0.5, 1.0)))
        return replace(drawn.moved(at_pt, 4), height_pt=drawn.height_pt + 6)

    def _choices_with_figure(self, question: Question, left_pt: float) -> list[Row]:
        if not question.has_figure:
            return self._choices(question.choices, left_pt)
        if len(question.choices) and self.rng.random() < 0.3:  # noqa: PLR2004 - some
            width_pt, drawn = random_figure(self.rng)
            at_pt = self.width_pt - width_pt
            marks = self._marked(question.choices)
            if max(self.typeface.width_pt(text, self.style.size_pt) for text in marks) + left_pt < at_pt - 8:
                below = stacked([row for text in marks for row in self.paragraph(text, left_pt=left_pt)])
                return [beside(below, drawn.moved(0, 4), at_pt)]
            return [*self._choices(question.choices, left_pt), self._figure(left_pt)]
        return [self._figure(left_pt), *self._choices(question.choices, left_pt)]

    def _marked(self, choices: Sequence[str]) -> list[str]:
        return [f"{mark} {text}" for mark, text in zip(CHOICE_STYLES[self.style.choice_style], choices, strict=True)]

    def _choices(self, choices: tuple[str, ...], left_pt: float) -> list[Row]:
        if not choices:
            return []
        texts = self._marked(choices)
        widest_pt = max(self.typeface.width_pt(text, self.style.size_pt) for text in texts)
        room_pt = self.width_pt - left_pt
        fitting = [count for count in (5, 3) if widest_pt + self.style.size_pt < room_pt / count]
        if not fitting or self.rng.random() < 0.25:  # noqa: PLR2004 - some short ones stand one a line as well
            hang_pt = self.typeface.width_pt(f"{texts[0].split()[0]} ", self.style.size_pt)
            return [row for text in texts for row in self.paragraph(text, left_pt=left_pt + hang_pt, first_pt=-hang_pt)]
        count = fitting[int(self.rng.integers(len(fitting)))]
        return [self._spread(texts[start : start + count], left_pt, room_pt / count) for start in range(0, 5, count)]

    def _spread(self, texts: list[str], left_pt: float, step_pt: float) -> Row:
        size_pt = self.style.size_pt
        runs = tuple(Run(left_pt + place * step_pt, text, size_pt) for place, text in enumerate(texts))
        return self._row(runs, " ".join(texts))

    def _key(self, key: AnswerKey) -> list[Row]:
        marks = CHOICE_STYLES["①"]
        texts = [f"{number} {marks[answer - 1]}" for number, answer in key.answers]
        step_pt = self.width_pt / _ANSWERS_A_ROW
        rows = self.paragraph("정답", is_bold=True)
        starts = range(0, len(texts), _ANSWERS_A_ROW)
        return rows + [self._spread(texts[start : start + _ANSWERS_A_ROW], 0, step_pt) for start in starts]
