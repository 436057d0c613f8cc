"""What was written on a printed page, as a partitioned asset of its document."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from academy_pipelines.defs.batching import HANDWRITING_TYPES
from academy_pipelines.defs.documents import DOCUMENTS
from academy_pipelines.defs.one_step import one_step_assets
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads

if TYPE_CHECKING:
    from academy_pipelines.contracts.handwriting import HandwritingResult
    from academy_pipelines.defs.facts import Facts

FILE, RESULT = "handwriting_page", "handwriting.json"


class HandwritingWork:
    """Finds the handwriting that one job asks for."""

    def __init__(self, artefacts: Artefacts, downloads: Downloads) -> None:
        self._artefacts = artefacts
        self._downloads = downloads

    def make(self, ticket: Ticket, payload: Mapping[str, Any]) -> "tuple[HandwritingResult, Facts]":
        """Compare the file with its blank form, page by page; what was found before is not looked for again.

        Raises:
            UnusableInputError: the payload, the file or the form cannot be used.
        """
        result = self._found(ticket) or self._find(ticket, payload)
        return result, {
            "pages": len(result.pages),
            "status": result.status,
            "method": result.method,
            "confidence": result.confidence,
            "writing_score": result.writing_score,
            "file_path": self._artefacts.location(ticket, FILE),
        }

    def close(self) -> None:
        """Let go of the neighbours' connections."""
        self._downloads.close()

    def _found(self, ticket: Ticket) -> "HandwritingResult | None":
        from academy_pipelines.contracts.handwriting import HandwritingResult

        if not self._artefacts.has(ticket, RESULT):
            return None
        return HandwritingResult.model_validate_json(self._artefacts.get(ticket, RESULT))

    def _find(self, ticket: Ticket, payload: Mapping[str, Any]) -> "HandwritingResult":
        from academy_pipelines.contracts.handwriting import HandwritingResult, parse_handwriting_payload
        from academy_pipelines.documents.handwriting_pages import handwriting_in

        request = parse_handwriting_payload(dict(payload))
        file = self._downloads.fetch(request.download_url)
        blank = self._downloads.fetch(request.blank_url) if request.blank_url else None
        result = HandwritingResult.of(list(handwriting_in(file, blank, request.as_regions)))
        self._artefacts.put(ticket, FILE, file, "application/octet-stream")
        self._artefacts.put(ticket, RESULT, result.model_dump_json().encode())
        return result


def handwriting_assets(batch_size: int) -> dg.AssetsDefinition:
    """Return the asset; a backfill covers up to `batch_size` partitions a run."""
    spec = dg.AssetSpec(
        "handwriting_marks",
        partitions_def=DOCUMENTS,
        group_name="documents",
        kinds={"python", "opencv"},
        description="Where and how much was written on a printed page, beside its blank form.",
    )
    return one_step_assets("handwriting_marks", "handwriting", HANDWRITING_TYPES, spec, batch_size)
