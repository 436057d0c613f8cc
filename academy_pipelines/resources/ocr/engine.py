"""What every engine promises that reads the pictures of pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from academy_pipelines.documents.page_text import PageText
    from academy_pipelines.imaging import Gray


@dataclass(frozen=True, slots=True)
class PagePicture:
    """The upright picture of page `number` (1 for the first) at full size."""

    number: int
    pixels: "Gray"


class OcrEngine(Protocol):
    """Reads pictures."""

    @property
    def name(self) -> str:
        """Who reads, for results and people: "tesseract", "google"."""
        ...

    def read(self, pictures: Sequence[PagePicture]) -> "list[PageText]":
        """Return what is written on each page, in the order given.

        A page that alone cannot be read comes back with its `error`.

        Raises:
            UnavailableError: the engine does not answer; time heals it.
            ToolError, EngineRefusedError: it will never read these.
            MisconfiguredError: it is not installed, lacks a language or a credential.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
