"""Which part of which page belongs to which question."""

from dataclasses import dataclass
from typing import Literal

from academy_pipelines.documents.page_text import PixelBox

RegionKind = Literal["question", "passage"]
"""A question, or what several questions refer to."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of page `page` (1 for the first), with the number printed at it.

    `label` is the question's number ("7"), or the range a passage is for ("1-3"); None where no number is known.
    `confidence` is the detector's, 0..1; None where the regions follow from printed numbers.
    """

    page: int
    box: PixelBox
    kind: RegionKind = "question"
    label: str | None = None
    confidence: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The questions of a document in reading order; `engine` is "anchors" or "yolo".

    `needs_review` when a person has to look, for the reasons in `notes`: no question was found, or numbers are missing.
    """

    regions: tuple[Region, ...]
    engine: str
    needs_review: bool = False
    notes: tuple[str, ...] = ()
