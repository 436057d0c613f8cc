"""Lines made of characters whose places are known exactly, as those of a PDF are."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from academy_pipelines.documents.columns import ColumnPolicy, PagePart, page_parts
from academy_pipelines.documents.page_text import PixelBox, TextLine
from academy_pipelines.imaging import as_gray

_SPACES = frozenset({9, 10, 13, 32, 160, 0x3000, 0x200B, 0xFEFF})
_WORK_LETTER_PX = 8
_LIKE_OTHERS_PX = 3
"""Bold type is sometimes the same letter printed twice, less than this apart."""

COLUMNS = ColumnPolicy(gap=0.9)


@dataclass(frozen=True, slots=True)
class TypesetPolicy:
    """When a new word or another run of letters begins; lengths are in heights of a letter."""

    word_gap: float = 0.22
    run_gap: float = 1.0
    back: float = 0.6
    """How far a letter may stand left of the end of the one before it."""
    off_line: float = 0.5
    """How far the middles of two letters of a line lie apart in height."""
    least_height_px: float = 4.0
    """Smaller letters at 300 dpi are not for people."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Characters: (N,) code points, and (N, 4) left, top, right, bottom in px: of the type's body, and of the ink."""

    codes: NDArray[np.int64]
    bodies: NDArray[np.float64]
    inks: NDArray[np.float64]
    has_space_before: NDArray[np.bool_] | None = None

    def visible(self, size_px: tuple[int, int], policy: TypesetPolicy = TypesetPolicy()) -> "Letters":
        """Return the characters that are on the page and no spaces, and remember where spaces were."""
        is_space = np.isin(self.codes, list(_SPACES)) | (self.codes < 32)  # noqa: PLR2004 - control characters
        middles = (self.bodies[:, :2] + self.bodies[:, 2:]) / 2
        is_on_page = ((middles >= 0) & (middles <= size_px)).all(axis=1)
        is_large = self.bodies[:, 3] - self.bodies[:, 1] >= policy.least_height_px
        is_seen = ~is_space & is_on_page & is_large
        is_seen[is_seen] = self._is_first_of_its_kind(is_seen)
        spaces_so_far = np.cumsum(is_space)[is_seen]
        has_space = np.diff(spaces_so_far, prepend=0) > 0
        return Letters(self.codes[is_seen], self.bodies[is_seen], self.inks[is_seen], has_space)

    def _is_first_of_its_kind(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the chosen are not printed over themselves."""
        places = np.rint(self.bodies[chosen, :2] / _LIKE_OTHERS_PX).astype(np.int64)
        keys = np.column_stack([self.codes[chosen], places])
        is_first = np.zeros(len(keys), np.bool_)
        is_first[np.unique(keys, axis=0, return_index=True)[1]] = True
        return is_first


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters that stand side by side: `text`, the body's and the ink's box."""

    text: str
    body: NDArray[np.float64]
    ink: NDArray[np.float64]

    @property
    def middle(self) -> float:
        return float(self.body[1] + self.body[3]) / 2

    @property
    def height(self) -> float:
        return float(self.body[3] - self.body[1])


def text_lines(
    letters: Letters, size_px: tuple[int, int], policy: TypesetPolicy = TypesetPolicy()
) -> tuple[TextLine, ...]:
    """Return the lines of a page of `size_px` (width, height) in reading order; `letters` are `visible` ones."""
    runs = list(_runs(letters, policy))
    if not runs:
        return ()
    letter_px = float(np.median(letters.bodies[:, 3] - letters.bodies[:, 1]))
    parts = _parts(runs, letter_px, size_px)
    owners = [_owner(parts, run) for run in runs]
    return tuple(
        _text_line(line, part.column, policy)
        for place, part in enumerate(parts)
        for line in _lines([run for run, owner in zip(runs, owners, strict=True) if owner == place], policy)
    )


def _runs(letters: Letters, policy: TypesetPolicy) -> Iterator[_Run]:
    bodies, inks = letters.bodies, letters.inks
    if not len(bodies):
        return
    heights = bodies[:, 3] - bodies[:, 1]
    least = np.minimum(heights[1:], heights[:-1])
    middles = (bodies[:, 1] + bodies[:, 3]) / 2
    gaps = bodies[1:, 0] - bodies[:-1, 2]
    is_off = np.abs(np.diff(middles)) > policy.off_line * np.maximum(heights[1:], heights[:-1])
    begins = is_off | (gaps > policy.run_gap * least) | (gaps < -policy.back * least)
    spaced = np.concatenate(([False], gaps > policy.word_gap * least))
    if letters.has_space_before is not None:
        spaced |= letters.has_space_before
    starts = [0, *(np.flatnonzero(begins) + 1).tolist(), len(bodies)]
    characters = [chr(code) for code in letters.codes.tolist()]
    for first, last in pairwise(starts):
        text = "".join(
            f" {characters[at]}" if spaced[at] and at > first else characters[at] for at in range(first, last)
        )
        yield _Run(text, _around(bodies[first:last]), _around(inks[first:last]))


def _around(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _parts(runs: Sequence[_Run], letter_px: float, size_px: tuple[int, int]) -> tuple[PagePart, ...]:
    """Return the page's parts in pixels of the reduced page, and the same in the page's own."""
    factor = max(1.0, letter_px / _WORK_LETTER_PX)
    width, height = (int(side / factor) + 2 for side in size_px)
    mask = np.zeros((height, width), np.uint8)
    for run in runs:
        left, top, right, bottom = (max(0, int(edge / factor)) for edge in run.body)
        mask[top : bottom + 1, left : right + 1] = 255
    found = page_parts(as_gray(mask), _WORK_LETTER_PX, policy=COLUMNS)
    return tuple(PagePart(_grown(part.box, factor), part.column) for part in found)


def _grown(box: PixelBox, factor: float) -> PixelBox:
    return PixelBox(
        round(box.left * factor), round(box.top * factor), round(box.width * factor), round(box.height * factor)
    )


def _owner(parts: Sequence[PagePart], run: _Run) -> int:
    """Return the place of the part in which a run's middle lies, or of the nearest one."""
    x, y = float(run.body[0] + run.body[2]) / 2, run.middle

    def distance(place: int) -> float:
        box = parts[place].box
        return max(box.left - x, x - box.right, 0.0) + max(box.top - y, y - box.bottom, 0.0)

    return min(range(len(parts)), key=distance)


def _lines(runs: Sequence[_Run], policy: TypesetPolicy) -> Iterator[list[_Run]]:
    """Yield the lines of a part from top to bottom, each from left to right."""
    lines: list[list[_Run]] = []
    for run in sorted(runs, key=lambda run: run.middle):
        near = lines[-1] if lines else None
        if near is not None and _is_beside(max(near, key=lambda other: other.height), run, policy):
            near.append(run)
        else:
            lines.append([run])
    for line in lines:
        yield sorted(line, key=lambda run: float(run.body[0]))


def _is_beside(line: _Run, run: _Run, policy: TypesetPolicy) -> bool:
    return abs(line.middle - run.middle) <= policy.off_line * max(line.height, run.height)


def _text_line(runs: Sequence[_Run], column: int, policy: TypesetPolicy) -> TextLine:
    text = runs[0].text
    for before, run in pairwise(runs):
        is_apart = float(run.body[0] - before.body[2]) > policy.word_gap * min(run.height, before.height)
        text += f" {run.text}" if is_apart else run.text
    inks = _around(np.array([run.ink for run in runs]))
    left, top, right, bottom = (round(float(edge)) for edge in inks)
    box = PixelBox(left, top, right - left, bottom - top)
    return TextLine(unicodedata.normalize("NFC", text), box, column)
