"""The stages of one page of a submission's file, from pixels to a reading; `grading` takes them over all its pages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from academy_pipelines.contracts.json_text import json_bytes, read_json_object
from academy_pipelines.contracts.results import OmrResult, QualityMessage, omr_result
from academy_pipelines.defs.facts import Facts, quality_facts
from academy_pipelines.defs.sheet_request import SheetRequest
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.resources.artefacts import Artefacts, Ticket

if TYPE_CHECKING:
    from academy_pipelines.imaging import Gray
    from academy_pipelines.omr.layout import BubbleLayout
    from academy_pipelines.omr.registration import Registration
    from academy_pipelines.pages.page import Page
    from academy_pipelines.review.sheets import Located

SCAN = "scan"
REQUEST = "request.json"
ALIGNED = "aligned.jpg"
REGISTRATION = "registration.json"
FILLS = "fills.json"
PAGES = "pages"
TEMPLATE = "template"
PIXELS = "pixels"
LAYOUT = "layout"

PICTURE_PX_PER_MM = 3.0
"""Enough for a person to see every mark, in a JPEG of about 60 kB a page; overlays are drawn finer, on demand."""

SMALL_BYTES = 100_000
"""What a layout or a set of fills counts in memory."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One page of a submission's file of `count` pages; `number` counts from 1."""

    ticket: Ticket
    number: int
    count: int

    def name(self, artefact: str) -> str:
        """Return an artefact's name for this page, such as `page-3/fills.json`; plain where the file has one page."""
        return artefact if self.count == 1 else f"page-{self.number}/{artefact}"


class PageStages:
    """The stages of one page, in the order of the methods.

    Answers less sure than `min_confidence` go to a person; without it, as the reader has it by default.
    """

    def __init__(self, artefacts: Artefacts, min_confidence: float | None = None) -> None:
        self._artefacts = artefacts
        self._min_confidence = min_confidence

    def align(self, page: SheetPage) -> Facts:
        """Find the sheet in the picture, prove that it is the template's, and keep a flat picture of it."""
        from academy_pipelines.imaging import encode_jpeg
        from academy_pipelines.omr.flattening import align_page
        from academy_pipelines.omr.legacy import register_legacy
        from academy_pipelines.omr.registration import CaptureMode, register

        request, template, pixels = self.request(page.ticket), self._template(page), self._pixels(page)
        if request.is_legacy:
            registration = register_legacy(pixels, template)
        else:
            registration = register(pixels, template, CaptureMode(request.mode))
        self._artefacts.remember(page.ticket, page.name(REGISTRATION), registration)
        self._artefacts.put(page.ticket, page.name(REGISTRATION), json_bytes(registration.to_json()))
        aligned = pixels if request.is_legacy else align_page(pixels, registration, template, PICTURE_PX_PER_MM)
        self._artefacts.put(page.ticket, page.name(ALIGNED), encode_jpeg(aligned), "image/jpeg")
        return {
            "method": registration.method,
            "ring_share": round(registration.ring_share, 4),
            "px_per_mm": round(registration.px_per_mm, 2),
            "rotation_cw": registration.rotation_cw,
            **(quality_facts(QualityMessage.of(registration.quality)) if registration.quality else {}),
            "picture_path": self._artefacts.location(page.ticket, page.name(ALIGNED)),
        }

    def locate(self, page: SheetPage) -> int:
        """Map every bubble into the picture; cheap, so it is remembered and never stored. Returns their number."""
        return len(self._layout(page).centers_px)

    def score(self, page: SheetPage) -> dict[str, int]:
        """Measure the ink of every bubble; returns how many there were."""
        from academy_pipelines.omr.ink import score_fills

        template, layout = self._template(page), self._layout(page)
        fills = score_fills(self._pixels(page), layout, template)
        self._artefacts.remember(page.ticket, page.name(FILLS), fills, SMALL_BYTES)
        self._artefacts.put(page.ticket, page.name(FILLS), json_bytes(fills.to_json()))
        return {"questions": len(template.questions), "bubbles": len(layout.centers_px)}

    def decide(self, page: SheetPage) -> OmrResult:
        """Say what the sheet says, in the form of the contract's result."""
        from academy_pipelines.omr.answers import answer_policy
        from academy_pipelines.omr.ink import FillScores
        from academy_pipelines.omr.reading import read_fills

        request, registration = self.request(page.ticket), self._registration(page)
        fills = self._artefacts.recall(page.ticket, page.name(FILLS), FillScores)
        fills = fills or FillScores.from_json(read_json_object(self._artefacts.get(page.ticket, page.name(FILLS))))
        result = omr_result(
            read_fills(fills, self._template(page), answer_policy(self._min_confidence), roster=request.roster),
            mode=request.mode,
            aligned=registration.warped,
            meta_used=not request.is_legacy,
            meta_fetch_error=request.meta_fetch_error,
            quality=registration.quality,
        )
        places = {"aligned": f"{page.ticket.folder}/{page.name(ALIGNED)}"}
        return result.model_copy(update={"artifacts": places, "scan_sha256": request.scan_sha256})

    def located(self, page: SheetPage) -> "Located":
        """Return the page's picture and where its sheet lies, for a person to look at."""
        from academy_pipelines.review.sheets import Located

        return Located(self._pixels(page), self._registration(page), self._template(page))

    def request(self, ticket: Ticket) -> SheetRequest:
        """Return how the file is to be read."""
        found = self._artefacts.recall(ticket, REQUEST, SheetRequest)
        if found is None:
            found = SheetRequest.decode(self._artefacts.get(ticket, REQUEST))
            self._artefacts.remember(ticket, REQUEST, found)
        return found

    def opened(self, ticket: Ticket, scan: bytes) -> "tuple[Page, ...]":
        """Return the pages of the file `scan`, and remember them."""
        from academy_pipelines.pages.file import pages_of

        pages = pages_of(scan)
        size_bytes = len(scan) * min(len(pages), 2)  # pages of a PDF hold copies of what is embedded in it
        return self._artefacts.remember(ticket, PAGES, pages, size_bytes)

    def check_template(self, page: SheetPage) -> None:
        """Raise `InvalidTemplateError` or `InvalidJobError` when the page cannot be read as the job asks."""
        self._template(page)

    def _template(self, page: SheetPage) -> SheetTemplate:
        name = page.name(TEMPLATE)
        found = self._artefacts.recall(page.ticket, name, SheetTemplate)
        if found is None:
            made = self.request(page.ticket).template(page.number)
            found = self._artefacts.remember(page.ticket, name, made, SMALL_BYTES)
        return found

    def _pixels(self, page: SheetPage) -> "Gray":
        import numpy as np

        from academy_pipelines.imaging import one_thread_each

        one_thread_each()
        name = page.name(PIXELS)
        pixels = self._artefacts.recall(page.ticket, name, np.ndarray)
        if pixels is None:
            pages = self._artefacts.recall(page.ticket, PAGES, tuple)
            pages = pages or self.opened(page.ticket, self._artefacts.get(page.ticket, SCAN))
            pixels = pages[page.number - 1].decode()
            self._artefacts.remember(page.ticket, name, pixels, pixels.nbytes)
        return pixels

    def _registration(self, page: SheetPage) -> "Registration":
        from academy_pipelines.omr.registration import Registration

        name = page.name(REGISTRATION)
        found = self._artefacts.recall(page.ticket, name, Registration)
        return found or Registration.from_json(read_json_object(self._artefacts.get(page.ticket, name)))

    def _layout(self, page: SheetPage) -> "BubbleLayout":
        from academy_pipelines.omr.layout import BubbleLayout, locate_bubbles

        found = self._artefacts.recall(page.ticket, page.name(LAYOUT), BubbleLayout)
        if found is None:
            found = locate_bubbles(self._template(page), self._registration(page))
            self._artefacts.remember(page.ticket, page.name(LAYOUT), found, SMALL_BYTES)
        return found
