"""The engine "auto": Google where it is configured and answers, else tesseract; each page says which, and why."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from academy_pipelines.errors import AcademyError, CalledOffError, MisconfiguredError
from academy_pipelines.resources.ocr.engine import OcrEngine, PagePicture

if TYPE_CHECKING:
    from academy_pipelines.documents.page_text import PageText

EngineName = Literal["auto", "google", "tesseract"]

NOT_CONFIGURED = "read by tesseract: Google is not configured"


class AutoOcr:
    """An `OcrEngine` that asks `google` first, if there is one, and `tesseract` for what Google did not read."""

    def __init__(self, google: OcrEngine | None, tesseract: OcrEngine) -> None:
        self._google = google
        self._tesseract = tesseract

    @property
    def name(self) -> str:
        """Who reads."""
        return "auto"

    def read(self, pictures: Sequence[PagePicture]) -> "list[PageText]":
        """Return what is written on each page, in the order given; `notes` say who read it, and why not Google.

        Raises:
            UnavailableError, ToolError, MisconfiguredError: as tesseract's.
        """
        if self._google is None:
            return [_noted(page, NOT_CONFIGURED) for page in self._tesseract.read(pictures)]
        try:
            pages = self._google.read(pictures)
        except CalledOffError:
            raise
        except AcademyError as error:
            reason = f"read by tesseract: Google did not answer ({error})"
            return [_noted(page, reason) for page in self._tesseract.read(pictures)]
        return self._with_missing(pages, pictures)

    def _with_missing(self, pages: "list[PageText]", pictures: Sequence[PagePicture]) -> "list[PageText]":
        """Return Google's pages, those that it could not read by tesseract."""
        missing = [place for place, page in enumerate(pages) if page.error is not None]
        found = [_noted(page, "read by Google") for page in pages]
        if not missing:
            return found
        for place, page in zip(missing, self._tesseract.read([pictures[at] for at in missing]), strict=True):
            found[place] = _noted(page, f"read by tesseract: Google could not read the page ({pages[place].error})")
        return found

    def close(self) -> None:
        """Let go of both engines' connections."""
        if self._google is not None:
            self._google.close()
        self._tesseract.close()


def chosen_engine(name: EngineName, google: OcrEngine | None, tesseract: OcrEngine) -> OcrEngine:
    """Return the engine of that name.

    Raises:
        MisconfiguredError: Google is asked for, and not configured.
    """
    if name == "tesseract":
        return tesseract
    if name == "auto":
        return AutoOcr(google, tesseract)
    if google is None:
        message = "the engine google is asked for without a credential; set one, or ask for auto or tesseract"
        raise MisconfiguredError(message)
    return google


def _noted(page: "PageText", note: str) -> "PageText":
    return replace(page, notes=(note, *page.notes))
