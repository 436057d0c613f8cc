"""What each stage of grading does for one submission: fetch from neighbours, ask the room, keep the answer.

Free of Dagster, so that it can be driven from anywhere. Every stage makes its value anew, stores what is worth storing
and returns facts for people; what an earlier stage made is found in memory, else in the store.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from academy_pipelines.contracts.jobs import parse_omr_payload
from academy_pipelines.contracts.results import OmrResult, QualityMessage, omr_result
from academy_pipelines.defs.facts import Facts, facts_of, quality_facts
from academy_pipelines.defs.sheet_request import SheetRequest, resolve
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads
from academy_pipelines.resources.ledger.roll import Entry
from academy_pipelines.resources.template_source import TemplateSource
from academy_pipelines.review.duplicates import known_number

if TYPE_CHECKING:
    from academy_pipelines.imaging import Gray
    from academy_pipelines.omr.layout import BubbleLayout
    from academy_pipelines.omr.registration import Registration

SCAN = "scan"
REQUEST = "request.json"
ALIGNED = "aligned.jpg"
REGISTRATION = "registration.json"
FILLS = "fills.json"
TEMPLATE = "template"
PAGE = "page"
LAYOUT = "layout"

PICTURE_PX_PER_MM = 3.0
"""Enough for a person to see every mark, in a JPEG of about 60 kB a page; overlays are drawn finer, on demand."""

SMALL_BYTES = 100_000
"""What a layout or a set of fills counts in memory."""


class Grading:
    """The stages of one submission, in the order of the methods."""

    def __init__(
        self, artefacts: Artefacts, downloads: Downloads, template_source: TemplateSource, overlay_url: str = ""
    ) -> None:
        self._artefacts = artefacts
        self._downloads = downloads
        self._template_source = template_source
        self._overlay_url = overlay_url

    def fetch_scan(self, ticket: Ticket, payload: Mapping[str, Any]) -> Facts:
        """Store the picture and how to read it; a link that has expired is no obstacle once they are stored."""
        from academy_pipelines.imaging import picture_size

        if self.has_scan(ticket):
            scan = self._artefacts.get(ticket, SCAN)
            size_px = picture_size(scan)
        else:
            parsed = parse_omr_payload(dict(payload))
            scan = self._downloads.fetch(parsed.download_url)
            size_px = picture_size(scan)
            request = resolve(parsed, size_px, self._template_source, hashlib.sha256(scan).hexdigest())
            self._artefacts.remember(ticket, TEMPLATE, request.template(), SMALL_BYTES)
            self._artefacts.put(ticket, SCAN, scan, "application/octet-stream")
            self._artefacts.put(ticket, REQUEST, request.encode())
            self._artefacts.remember(ticket, REQUEST, request)
        self._artefacts.remember(ticket, SCAN, scan, len(scan))
        return {
            "width_px": size_px[0],
            "height_px": size_px[1],
            "size_bytes": len(scan),
            "scan_path": self._artefacts.location(ticket, SCAN),
        }

    def has_scan(self, ticket: Ticket) -> bool:
        """Whether the picture and how to read it are stored."""
        return self._artefacts.has(ticket, REQUEST)

    def align(self, ticket: Ticket) -> Facts:
        """Find the sheet in the picture, prove that it is the template's, and keep a flat picture of it."""
        from academy_pipelines.imaging import encode_jpeg
        from academy_pipelines.omr.legacy import register_legacy
        from academy_pipelines.omr.registration import CaptureMode, align_page, register

        request, template, page = self._request(ticket), self._template(ticket), self._page(ticket)
        if request.is_legacy:
            registration = register_legacy(page, template)
        else:
            registration = register(page, template, CaptureMode(request.mode))
        self._artefacts.remember(ticket, REGISTRATION, registration)
        self._artefacts.put(ticket, REGISTRATION, json.dumps(registration.to_json()).encode())
        aligned = page if request.is_legacy else align_page(page, registration, template, PICTURE_PX_PER_MM)
        self._artefacts.put(ticket, ALIGNED, encode_jpeg(aligned), "image/jpeg")
        return {
            "method": registration.method,
            "ring_share": round(registration.ring_share, 4),
            "px_per_mm": round(registration.px_per_mm, 2),
            "rotation_cw": registration.rotation_cw,
            **(quality_facts(QualityMessage.of(registration.quality)) if registration.quality else {}),
            "picture_path": self._artefacts.location(ticket, ALIGNED),
        }

    def has_alignment(self, ticket: Ticket) -> bool:
        """Whether it is stored where the sheet lies."""
        return self._artefacts.has(ticket, REGISTRATION)

    def locate(self, ticket: Ticket) -> Facts:
        """Map every bubble into the picture; cheap, so it is remembered and never stored."""
        return {"bubbles": len(self._layout(ticket).centers_px)}

    def score(self, ticket: Ticket) -> Facts:
        """Measure the ink of every bubble."""
        from academy_pipelines.omr.ink import score_fills

        fills = score_fills(self._page(ticket), self._layout(ticket), self._template(ticket))
        self._artefacts.remember(ticket, FILLS, fills, SMALL_BYTES)
        self._artefacts.put(ticket, FILLS, json.dumps(fills.to_json()).encode())
        return {"questions": len(self._template(ticket).questions), "bubbles": len(self._layout(ticket).centers_px)}

    def has_fills(self, ticket: Ticket) -> bool:
        """Whether the ink of every bubble is stored."""
        return self._artefacts.has(ticket, FILLS)

    def decide(self, ticket: Ticket) -> OmrResult:
        """Say what the sheet says, in the form of the contract's result."""
        from academy_pipelines.omr.ink import FillScores
        from academy_pipelines.omr.reading import read_fills

        request, registration = self._request(ticket), self._registration(ticket)
        fills = self._artefacts.recall(ticket, FILLS, FillScores)
        fills = fills or FillScores.from_json(json.loads(self._artefacts.get(ticket, FILLS)))
        result = omr_result(
            read_fills(fills, self._template(ticket), roster=request.roster),
            mode=request.mode,
            aligned=registration.warped,
            meta_used=not request.is_legacy,
            meta_fetch_error=request.meta_fetch_error,
            quality=registration.quality,
        )
        places = {"aligned": f"{ticket.folder}/{ALIGNED}"}
        return result.model_copy(update={"artifacts": places, "scan_sha256": request.scan_sha256})

    def roll_entry(self, ticket: Ticket, result: OmrResult) -> Entry:
        """Return whose sheet it is, and what it may be compared with."""
        request = self._request(ticket)
        return Entry(ticket.submission, ticket.job_id, request.print_key, request.exam_id, known_number(result))

    def facts(self, ticket: Ticket, result: OmrResult) -> Facts:
        """Return a result's summary, and where its sheet is shown."""
        overlay_url = self._overlay_url.replace("{job_id}", ticket.job_id).replace("{submission}", ticket.submission)
        return {**facts_of(result), **({"overlay_url": overlay_url} if overlay_url else {})}

    def forget(self, ticket: Ticket) -> None:
        """Free what is remembered for the submission."""
        self._artefacts.forget(ticket)

    def close(self) -> None:
        """Let go of the neighbours' connections."""
        self._downloads.close()
        self._template_source.close()

    def _request(self, ticket: Ticket) -> SheetRequest:
        found = self._artefacts.recall(ticket, REQUEST, SheetRequest)
        if found is None:
            found = SheetRequest.decode(self._artefacts.get(ticket, REQUEST))
            self._artefacts.remember(ticket, REQUEST, found)
        return found

    def _template(self, ticket: Ticket) -> SheetTemplate:
        found = self._artefacts.recall(ticket, TEMPLATE, SheetTemplate)
        return found or self._artefacts.remember(ticket, TEMPLATE, self._request(ticket).template(), SMALL_BYTES)

    def _page(self, ticket: Ticket) -> "Gray":
        import numpy as np

        from academy_pipelines.imaging import decode_gray, one_thread_each

        one_thread_each()
        page = self._artefacts.recall(ticket, PAGE, np.ndarray)
        if page is None:
            scan = self._artefacts.recall(ticket, SCAN, bytes) or self._artefacts.get(ticket, SCAN)
            page = decode_gray(scan)
            self._artefacts.remember(ticket, PAGE, page, page.nbytes)
        return page

    def _registration(self, ticket: Ticket) -> "Registration":
        from academy_pipelines.omr.registration import Registration

        found = self._artefacts.recall(ticket, REGISTRATION, Registration)
        return found or Registration.from_json(json.loads(self._artefacts.get(ticket, REGISTRATION)))

    def _layout(self, ticket: Ticket) -> "BubbleLayout":
        from academy_pipelines.omr.layout import BubbleLayout, locate_bubbles

        found = self._artefacts.recall(ticket, LAYOUT, BubbleLayout)
        if found is None:
            found = locate_bubbles(self._template(ticket), self._registration(ticket))
            self._artefacts.remember(ticket, LAYOUT, found, SMALL_BYTES)
        return found
