"""Wrong notes (오답 노트) as a partitioned asset: what a student got wrong, printed to be solved again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from academy_pipelines.defs.batching import NOTE_TYPES
from academy_pipelines.defs.one_step import one_step_assets
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads

if TYPE_CHECKING:
    from academy_pipelines.contracts.wrong_notes import WrongNoteResult
    from academy_pipelines.defs.facts import Facts

ENROLMENTS = dg.DynamicPartitionsDefinition(name="enrolments")
"""One key an enrolment: the job's `source_id`."""

HTML, PDF, RESULT = "wrong_note.html", "wrong_note.pdf", "wrong_note.json"


class NoteWork:
    """Prints the note that one job asks for."""

    def __init__(self, artefacts: Artefacts, downloads: Downloads) -> None:
        self._artefacts = artefacts
        self._downloads = downloads

    def make(self, ticket: Ticket, payload: Mapping[str, Any]) -> "tuple[WrongNoteResult, Facts]":
        """Store the note as a web page and as a PDF; one that is there is not printed again.

        Raises:
            UnusableInputError: the payload or a picture cannot be used.
            MisconfiguredError: there is no Korean font.
        """
        result = self._printed(ticket) or self._print(ticket, payload)
        facts: Facts = {"pages": result.pages, "items": result.items}
        return result, {**facts, "pdf_path": self._artefacts.location(ticket, PDF)}

    def close(self) -> None:
        """Let go of the neighbours' connections."""
        self._downloads.close()

    def _printed(self, ticket: Ticket) -> "WrongNoteResult | None":
        from academy_pipelines.contracts.wrong_notes import WrongNoteResult

        if not self._artefacts.has(ticket, RESULT):
            return None
        return WrongNoteResult.model_validate_json(self._artefacts.get(ticket, RESULT))

    def _print(self, ticket: Ticket, payload: Mapping[str, Any]) -> "WrongNoteResult":
        from academy_pipelines.contracts.wrong_notes import WrongNoteResult, parse_wrong_note_payload, requested_note
        from academy_pipelines.resources.note_printer.printer import NotePrinter, note_page
        from academy_pipelines.resources.renderer import find_font

        note = requested_note(parse_wrong_note_payload(dict(payload)), self._downloads.fetch)
        page = note_page(note)
        printed = NotePrinter(find_font()).print(page)
        html_key = self._artefacts.put(ticket, HTML, page.encode(), "text/html; charset=utf-8")
        pdf_key = self._artefacts.put(ticket, PDF, printed.pdf, "application/pdf")
        result = WrongNoteResult(html_key=html_key, pdf_key=pdf_key, pages=printed.pages, items=note.item_count)
        self._artefacts.put(ticket, RESULT, result.model_dump_json().encode())
        return result


def note_assets(batch_size: int) -> dg.AssetsDefinition:
    """Return the asset; a backfill covers up to `batch_size` partitions a run."""
    spec = dg.AssetSpec(
        "wrong_note",
        partitions_def=ENROLMENTS,
        group_name="reports",
        kinds={"python", "pdf"},
        description="What a student got wrong, as a web page and a PDF to solve again.",
    )
    return one_step_assets("wrong_note", "notes", NOTE_TYPES, spec, batch_size)
