"""What each stage of grading does for one submission: fetch its file, and take every page of it through the stages.

Free of Dagster, so that it can be driven from anywhere. Every stage makes its value anew, stores what is worth storing
and returns facts for people; what an earlier stage made is found in memory, else in the store.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from academy_pipelines.contracts.jobs import OmrPayload, parse_omr_payload
from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.defs.facts import Facts, facts_of
from academy_pipelines.defs.page_stages import FILLS, REGISTRATION, REQUEST, SCAN, PageStages, SheetPage
from academy_pipelines.defs.sheet_request import resolve
from academy_pipelines.errors import UnusableInputError
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads
from academy_pipelines.resources.ledger.roll import Entry
from academy_pipelines.resources.template_source import TemplateSource
from academy_pipelines.review.file_pages import numbers_of, of_several_pages

REFUSED = "refused.json"
"""The reasons of pages that were refused, by number; there for every file of several pages, once they are aligned."""


class Grading:
    """The stages of one submission, in the order of the methods."""

    def __init__(
        self,
        artefacts: Artefacts,
        downloads: Downloads,
        template_source: TemplateSource,
        overlay_url: str = "",
        min_confidence: float | None = None,
    ) -> None:
        self._artefacts = artefacts
        self._downloads = downloads
        self._template_source = template_source
        self._overlay_url = overlay_url
        self._stages = PageStages(artefacts, min_confidence)

    def fetch_scan(self, ticket: Ticket, payload: Mapping[str, Any]) -> Facts:
        """Store the file and how to read it; a link that has expired is no obstacle once they are stored."""
        if self.has_scan(ticket):
            scan = self._artefacts.get(ticket, SCAN)
            self._stages.opened(ticket, scan)
        else:
            scan = self._accept(ticket, parse_omr_payload(dict(payload)))
        request = self._stages.request(ticket)
        return {
            "width_px": request.size_px[0],
            "height_px": request.size_px[1],
            "size_bytes": len(scan),
            **({"pages": request.page_count} if request.page_count > 1 else {}),
            "scan_path": self._artefacts.location(ticket, SCAN),
        }

    def has_scan(self, ticket: Ticket) -> bool:
        """Whether the file and how to read it are stored."""
        return self._artefacts.has(ticket, REQUEST)

    def align(self, ticket: Ticket) -> Facts:
        """Find the sheet of every page, prove that it is the template's, and keep flat pictures.

        Raises:
            UnusableInputError: no page has one, for the first page's reason.
        """
        pages = self._pages(ticket)
        facts: list[Facts] = []
        refused: dict[int, UnusableInputError] = {}
        for page in pages:
            try:
                facts.append(self._stages.align(page))
            except UnusableInputError as error:
                refused[page.number] = error
        if not facts:
            raise refused[1]
        if len(pages) == 1:
            return facts[0]
        reasons = {number: f"{error.code}: {error}" for number, error in refused.items()}
        self._artefacts.remember(ticket, REFUSED, reasons)
        self._artefacts.put(ticket, REFUSED, json.dumps(reasons).encode())
        return {**facts[0], "pages": len(pages), "pages_refused": len(refused)}

    def has_alignment(self, ticket: Ticket) -> bool:
        """Whether it is stored where the sheets lie."""
        (first, *others) = self._pages(ticket)
        return self._artefacts.has(ticket, REFUSED if others else first.name(REGISTRATION))

    def locate(self, ticket: Ticket) -> Facts:
        """Map every bubble into the pictures."""
        return {"bubbles": sum(self._stages.locate(page) for page in self._well_pages(ticket))}

    def score(self, ticket: Ticket) -> Facts:
        """Measure the ink of every bubble."""
        counts = [self._stages.score(page) for page in self._well_pages(ticket)]
        return {name: sum(count[name] for count in counts) for name in counts[0]}

    def has_fills(self, ticket: Ticket) -> bool:
        """Whether the ink of every bubble is stored."""
        return all(self._artefacts.has(ticket, page.name(FILLS)) for page in self._well_pages(ticket))

    def decide(self, ticket: Ticket) -> OmrResult:
        """Say what the sheets say, in the form of the contract's result."""
        read = {page.number: self._stages.decide(page) for page in self._well_pages(ticket)}
        return of_several_pages(read, self._refused(ticket)) if len(self._pages(ticket)) > 1 else read[1]

    def roll_entry(self, ticket: Ticket, result: OmrResult) -> Entry:
        """Return whose sheet it is, and what it may be compared with."""
        request = self._stages.request(ticket)
        return Entry(ticket.submission, ticket.job_id, request.print_key, request.exam_id, numbers_of(result))

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

    def _accept(self, ticket: Ticket, payload: OmrPayload) -> bytes:
        """Fetch the file and see that it can be read as the job asks, before it is stored."""
        scan = self._downloads.fetch(payload.download_url)
        sizes_px = [page.size_px for page in self._stages.opened(ticket, scan)]
        request = resolve(payload, sizes_px, self._template_source, hashlib.sha256(scan).hexdigest())
        self._artefacts.remember(ticket, REQUEST, request)
        self._stages.check_template(next(page for page in self._pages(ticket) if any(sizes_px[page.number - 1])))
        self._artefacts.put(ticket, SCAN, scan, "application/octet-stream")
        self._artefacts.put(ticket, REQUEST, request.encode())
        return scan

    def _pages(self, ticket: Ticket) -> list[SheetPage]:
        count = self._stages.request(ticket).page_count
        return [SheetPage(ticket, number, count) for number in range(1, count + 1)]

    def _well_pages(self, ticket: Ticket) -> list[SheetPage]:
        """Return the pages that were not refused, once they are aligned."""
        pages = self._pages(ticket)
        refused = self._refused(ticket) if len(pages) > 1 else {}
        return [page for page in pages if page.number not in refused]

    def _refused(self, ticket: Ticket) -> dict[int, str]:
        found = self._artefacts.recall(ticket, REFUSED, dict)
        if found is None:
            stored = json.loads(self._artefacts.get(ticket, REFUSED))
            found = {int(number): str(reason) for number, reason in stored.items()}
        return found
