"""What every engine promises that finds questions on pages."""

from typing import TYPE_CHECKING, Protocol

from academy_pipelines.documents.regions import RegionPolicy, find_regions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from academy_pipelines.documents.page_text import PageText
    from academy_pipelines.documents.region import Segmentation
    from academy_pipelines.imaging import Gray


class QuestionFinder(Protocol):
    """Finds questions."""

    @property
    def name(self) -> str:
        """Who finds, as `Segmentation.engine` says: "anchors", "yolo"."""
        ...

    def find(self, texts: "Sequence[PageText]", pictures: "Mapping[int, Gray]") -> "Segmentation":
        """Return the questions of a document in reading order.

        Args:
            texts: what is written on its pages; their boxes refer to pictures of `size_px`.
            pictures: by page number, upright, of `size_px` or smaller; pages may lack one.

        Raises:
            UnavailableError: the engine does not answer; time heals it.
            ToolError, MalformedAnswerError: it answers nonsense.
        """
        ...


class NumberFinder:
    """Finds questions by the numbers that are printed before them; needs no model."""

    def __init__(self, policy: RegionPolicy | None = None) -> None:
        self._policy = policy or RegionPolicy()

    @property
    def name(self) -> str:
        """Who finds."""
        return "anchors"

    def find(self, texts: "Sequence[PageText]", pictures: "Mapping[int, Gray]") -> "Segmentation":
        """Return the questions of a document in reading order; see `find_regions`."""
        return find_regions(texts, pictures, self._policy)
