"""Finds questions by their looks, with a detector of the user's own."""

from typing import TYPE_CHECKING, Protocol

from academy_pipelines.documents.detected_regions import detected_regions
from academy_pipelines.documents.detection import Detection
from academy_pipelines.documents.region import Segmentation
from academy_pipelines.documents.region_text import with_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from academy_pipelines.documents.page_text import PageText
    from academy_pipelines.imaging import Gray


class Detector(Protocol):
    """Finds objects on a page."""

    def detect(self, picture: "Gray") -> list[Detection]:
        """Return what is found on an upright page, boxes in its pixels."""
        ...


class YoloFinder:
    """A `QuestionFinder` that looks at pictures; the numbers come from the text that lies in what it found."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @property
    def name(self) -> str:
        """Who finds."""
        return "yolo"

    def find(self, texts: "Sequence[PageText]", pictures: "Mapping[int, Gray]") -> Segmentation:
        """Return the questions of a document in reading order; pages without a picture have none.

        Raises:
            MisconfiguredError: the model's file is missing, no ONNX, or no detector of questions.
            MalformedAnswerError: the model answered values that are no numbers.
        """
        regions = tuple(
            region
            for page in texts
            if page.number in pictures
            for region in with_text(detected_regions(page.number, self._detector.detect(pictures[page.number])), page)
        )
        empty = not any(region.kind == "question" for region in regions)
        notes = ("the detector found no question on any page",) if empty else ()
        return Segmentation(regions, self.name, needs_review=empty, notes=notes)
