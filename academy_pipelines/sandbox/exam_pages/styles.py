"""How exam papers are laid out: paper, columns, type, numbers, choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

NUMBER_STYLES: Mapping[str, str] = MappingProxyType(
    {
        "1.": "{0}.",
        "01": "{0:02d}",
        "1)": "{0})",
        "(1)": "({0})",
        "[1]": "[{0}]",
        "1번": "{0}번",
        "문제 1": "문제 {0}",
        "Q1.": "Q{0}.",
    }
)
"""Name of a style of question numbers -> how it writes a number."""

CHOICE_STYLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "①": ("①", "②", "③", "④", "⑤"),
        "1)": ("1)", "2)", "3)", "4)", "5)"),
        "(1)": ("(1)", "(2)", "(3)", "(4)", "(5)"),
    }
)

A4_PT: Final = (595.3, 841.9)
B5_PT: Final = (515.9, 728.5)

FAMILIES: Final = ("NanumGothic", "NanumMyeongjo", "NanumBarunGothic")


@dataclass(frozen=True, slots=True)
class PageStyle:
    """One way to lay out a paper; lengths in points (1/72 inch), chances 0..1.

    Attributes:
        paper_pt: width and height.
        columns: 1 or 2.
        has_rule: a line is printed between the columns.
        family: of the font.
        size_pt: of the text.
        leading: distance of lines, as a multiple of `size_pt`.
        number_style: a key of `NUMBER_STYLES`.
        number_scale: size of numbers over that of text.
        is_number_bold: numbers are printed bold.
        is_number_alone: the question begins in the line below its number.
        hangs: the question's lines are indented behind its number.
        choice_style: a key of `CHOICE_STYLES`.
        breaks_words: lines end anywhere, not only between words.
        question_gap_pt: paper between two questions.
        keeps_together: questions never continue in the next column.
        first_number: of the first question.
        points_chance, figure_chance, box_chance, passage_chance, reading_chance: how often questions have these.
        answer_form: how answers are printed: not at all, below each question, or as a key at the end.
    """

    paper_pt: tuple[float, float]
    margin_pt: float
    gutter_pt: float
    columns: int
    has_rule: bool
    family: str
    size_pt: float
    leading: float
    number_style: str
    number_scale: float
    is_number_bold: bool
    is_number_alone: bool
    hangs: bool
    choice_style: str
    breaks_words: bool
    question_gap_pt: float
    keeps_together: bool
    first_number: int
    points_chance: float
    figure_chance: float
    box_chance: float
    passage_chance: float
    reading_chance: float
    answer_form: str

    @property
    def column_width_pt(self) -> float:
        """The width that text may take."""
        inner = self.paper_pt[0] - 2 * self.margin_pt
        return (inner - (self.columns - 1) * self.gutter_pt) / self.columns

    def column_left_pt(self, column: int) -> float:
        """Where the column begins, 0 for the first."""
        return self.margin_pt + column * (self.column_width_pt + self.gutter_pt)


def random_style(rng: np.random.Generator) -> PageStyle:
    """Return a style that a school, academy or publisher might have."""
    columns = int(rng.choice((1, 2), p=(0.35, 0.65)))
    number_style = str(rng.choice(tuple(NUMBER_STYLES)))
    choices = [name for name in CHOICE_STYLES if name != number_style]
    is_b5 = columns == 1 and bool(rng.random() < 0.25)  # noqa: PLR2004 - one in four
    size_pt = float(rng.uniform(8.6, 9.8) if columns == 2 or is_b5 else rng.uniform(9.6, 11.2))  # noqa: PLR2004
    return PageStyle(
        paper_pt=B5_PT if is_b5 else A4_PT,
        margin_pt=float(rng.uniform(36, 58)),
        gutter_pt=float(rng.uniform(20, 36)),
        columns=columns,
        has_rule=columns > 1 and _happens(rng, 0.55),
        family=str(rng.choice(FAMILIES)),
        size_pt=size_pt,
        leading=float(rng.uniform(1.45, 1.85)),
        number_style=number_style,
        number_scale=float(rng.choice((1.0, 1.15, 1.35))),
        is_number_bold=_happens(rng, 0.6),
        is_number_alone=number_style in {"문제 1", "Q1.", "[1]", "01"} and _happens(rng, 0.3),
        hangs=_happens(rng, 0.6),
        choice_style="①" if _happens(rng, 0.85) else str(rng.choice(choices)),
        breaks_words=_happens(rng, 0.35),
        question_gap_pt=size_pt * float(rng.uniform(1.1, 3.2)),
        keeps_together=_happens(rng, 0.75),
        first_number=1 if _happens(rng, 0.8) else int(rng.integers(2, 30)),
        points_chance=float(rng.choice((0.0, 0.35, 1.0))),
        figure_chance=float(rng.uniform(0.0, 0.4)),
        box_chance=float(rng.uniform(0.0, 0.35)),
        passage_chance=float(rng.choice((0.0, 0.3))),
        reading_chance=float(rng.uniform(0.3, 0.9)),
        answer_form=str(rng.choice(("none", "below", "key"), p=(0.7, 0.15, 0.15))),
    )


def _happens(rng: np.random.Generator, chance: float) -> bool:
    return bool(rng.random() < chance)
