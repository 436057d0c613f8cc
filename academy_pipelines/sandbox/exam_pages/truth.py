"""The truth about a drawn paper: what stands where, and what it means. Lengths in points, y grows downwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.region import RegionKind
from academy_pipelines.sandbox.exam_pages.styles import PageStyle

CIRCLED = "①②③④⑤"
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class PointBox:
    """A box on a page, in points from its top left."""

    left_pt: float
    top_pt: float
    right_pt: float
    bottom_pt: float

    def px(self, dpi: float) -> PixelBox:
        """Return the box in pixels of the page's picture."""
        left, top, right, bottom = (
            round(length * dpi / _POINTS_PER_INCH)
            for length in (self.left_pt, self.top_pt, self.right_pt, self.bottom_pt)
        )
        return PixelBox(left, top, right - left, bottom - top)


def around(boxes: Sequence[PointBox]) -> PointBox:
    """Return the smallest box around one or more boxes."""
    return PointBox(
        min(box.left_pt for box in boxes),
        min(box.top_pt for box in boxes),
        max(box.right_pt for box in boxes),
        max(box.bottom_pt for box in boxes),
    )


@dataclass(frozen=True, slots=True)
class TrueLine:
    """One printed line; `is_figure` for letters in a drawing, whose place in the reading order nobody can say."""

    text: str
    box: PointBox
    column: int = 0
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class TrueRegion:
    """The ink of a question or passage in one column; what continues in another one has a region in each."""

    kind: RegionKind
    label: str
    box: PointBox
    column: int


@dataclass(frozen=True, slots=True)
class TrueQuestion:
    """What a question says: `body` without number, points, choices and answer; `answer` counts choices from 1."""

    label: str
    body: str
    choices: tuple[str, ...]
    points: int | None
    answer: int | None
    """As the paper prints it, below the question or in a key at the end."""


@dataclass(frozen=True, slots=True)
class ExamPage:
    """One page; lines and regions in reading order, headings and footers included among the lines."""

    number: int
    size_pt: tuple[float, float]
    lines: tuple[TrueLine, ...]
    regions: tuple[TrueRegion, ...]

    @property
    def text(self) -> str:
        """The lines outside drawings, one a row."""
        return "\n".join(line.text for line in self.lines if not line.is_figure)

    @property
    def circled_numbers(self) -> str:
        """Every circled number in reading order."""
        return "".join(letter for letter in self.text if letter in CIRCLED)

    def size_px(self, dpi: float) -> tuple[int, int]:
        """Return (width, height) of the page's picture."""
        width_pt, height_pt = self.size_pt
        return round(width_pt * dpi / _POINTS_PER_INCH), round(height_pt * dpi / _POINTS_PER_INCH)


@dataclass(frozen=True, slots=True)
class ExamDocument:
    """A paper: a vector PDF with a text layer, and what is on its pages."""

    seed: int
    subject: str
    style: PageStyle
    pdf: bytes
    pages: tuple[ExamPage, ...]
    questions: tuple[TrueQuestion, ...]

    @property
    def passage_labels(self) -> tuple[str, ...]:
        """The ranges of questions that share a passage ("4-6"), in reading order."""
        labels = [region.label for page in self.pages for region in page.regions if region.kind == "passage"]
        return tuple(dict.fromkeys(labels))
