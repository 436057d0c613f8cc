"""Wrong notes (오답 노트) as a partitioned asset: what a student got wrong, printed to be solved again."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from academy_pipelines.contracts.wrong_notes import WrongNoteResult, parse_wrong_note_payload, requested_note
from academy_pipelines.defs import retries
from academy_pipelines.defs.batching import NOTE_TYPES, batch_keys
from academy_pipelines.defs.delivery import Delivery, deliver, to_academy
from academy_pipelines.defs.stages import Progress, fail_without_result, for_each, hand_on, record, stage
from academy_pipelines.resources.academy_api import AcademyApi
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads
from academy_pipelines.resources.job_sources import JobSource
from academy_pipelines.resources.ledger.book import Ledger

ENROLMENTS = dg.DynamicPartitionsDefinition(name="enrolments")
"""One key an enrolment: the job's `source_id`."""

HTML, PDF, RESULT = "wrong_note.html", "wrong_note.pdf", "wrong_note.json"

LedgerParam = dg.ResourceParam[Ledger]


class NoteWork:
    """Prints the note that one job asks for."""

    def __init__(self, artefacts: Artefacts, downloads: Downloads) -> None:
        self._artefacts = artefacts
        self._downloads = downloads

    def print(self, ticket: Ticket, payload: Mapping[str, Any]) -> WrongNoteResult:
        """Store the note as a web page and as a PDF; one that is there is not printed again.

        Raises:
            UnusableInputError: the payload or a picture cannot be used.
            MisconfiguredError: there is no Korean font.
        """
        if self._artefacts.has(ticket, RESULT):
            return WrongNoteResult.model_validate_json(self._artefacts.get(ticket, RESULT))
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

    def location(self, ticket: Ticket) -> str:
        """Return where a person finds the PDF."""
        return self._artefacts.location(ticket, PDF)

    def close(self) -> None:
        """Let go of the neighbours' connections."""
        self._downloads.close()


@stage("wrong_note", retry_policy=retries.DOWNLOADS, tags={"stage": "print"})
def print_notes(
    context: dg.OpExecutionContext, ledger: LedgerParam, notes: dg.ResourceParam[NoteWork]
) -> Iterator[dg.Output[Progress]]:
    """Print the notes of the batch, and commit each result before anyone is told."""
    keys = batch_keys(context, ledger)
    jobs = {Ticket(job.submission, job.job_id): job for job in ledger.work.start(keys, context.run_id, NOTE_TYPES)}

    def work(ticket: Ticket) -> WrongNoteResult:
        return notes.print(ticket, jobs[ticket].whole_payload)

    outcome = for_each(context, ledger, Progress(tuple(keys), tuple(jobs)), work)
    ledger.work.finish(context.run_id, {ticket.job_id: result for ticket, result in outcome.values.items()})
    facts = {
        ticket: {"pages": result.pages, "items": result.items, "pdf_path": notes.location(ticket)}
        for ticket, result in outcome.values.items()
    }
    record(context, "wrong_note", facts)
    yield from hand_on(context, outcome.progress)


@dg.op(retry_policy=retries.DELIVERY, out=dg.Out(dg.Nothing), tags={"stage": "deliver"})
def deliver_notes(
    context: dg.OpExecutionContext,
    ledger: LedgerParam,
    academy_api: dg.ResourceParam[AcademyApi],
    job_source: dg.ResourceParam[JobSource],
    progress: Progress,
) -> None:
    """Post every result and every failure; the run fails when an enrolment has no accepted result."""
    everyone = {ticket.job_id: ticket for ticket in (*progress.tickets, *(ticket for ticket, _ in progress.failed))}
    fates = deliver(ledger.outbox.of(everyone), ledger, to_academy(academy_api), job_source, context.run_id)
    accepted = [ticket for ticket in progress.tickets if fates.get(ticket.job_id) is Delivery.ACCEPTED]
    ledger.work.release(context.run_id)
    fail_without_result(progress, accepted, "enrolments")


@dg.graph(out={"wrong_note": dg.GraphOut()})
def print_and_deliver():  # noqa: ANN201 - a graph's outputs are what its body maps
    """Payload in, printed note out."""
    note, printed = print_notes()
    deliver_notes(printed)
    return {"wrong_note": note}


def note_assets(batch_size: int) -> dg.AssetsDefinition:
    """Return the asset; a backfill covers up to `batch_size` partitions a run."""
    assets = dg.AssetsDefinition.from_graph(
        print_and_deliver,
        keys_by_output_name={"wrong_note": dg.AssetKey("wrong_note")},
        partitions_def=ENROLMENTS,
        backfill_policy=dg.BackfillPolicy.multi_run(batch_size),
        group_name="reports",
        descriptions_by_output_name={"wrong_note": "What a student got wrong, as a web page and a PDF to solve again."},
    )
    return assets.map_asset_specs(
        lambda spec: spec.replace_attributes(owners=["team:platform"], kinds={"python", "pdf"}, code_version="1")
    )
