"""Documents as partitioned assets: one graph of stages, each job entering and leaving where its type says.

Code here only wires: what a stage does for one document is in `document_work`, how a batch shares its fate in `stages`.
"""

from collections.abc import Callable, Iterator

import dagster as dg

from academy_pipelines.defs import retries
from academy_pipelines.defs.batching import DOCUMENT_TYPES
from academy_pipelines.defs.chains import begin, chain_assets, hand_back
from academy_pipelines.defs.document_work import DocumentWork
from academy_pipelines.defs.facts import Facts
from academy_pipelines.defs.problem_batches import hand_in
from academy_pipelines.defs.stages import (
    NETWORK_THREADS,
    Progress,
    fail_without_result,
    for_each,
    hand_on,
    is_selected,
    record,
    stage,
)
from academy_pipelines.resources.academy_api import AcademyApi
from academy_pipelines.resources.artefacts import Ticket
from academy_pipelines.resources.job_sources import JobSource
from academy_pipelines.resources.ledger.book import Ledger

DOCUMENTS = dg.DynamicPartitionsDefinition(name="documents")
"""One key a document: the job's `source_id`."""

ASSETS = {
    "document_pages": "The file as it was sent, page by page, kept because its link expires.",
    "page_text": "What is written on every page: the PDF's own text, else what an engine read from the picture.",
    "question_regions": "Which part of which page belongs to which question, figures and shared passages included.",
    "problems": "Every question as a problem: body, choices, and an answer only where somebody states or infers one.",
    "problem_embeddings": "A vector for every problem or text, in a space of vectors that may be compared.",
    "document_result": "The result that the back end has accepted.",
}
KINDS = {
    "document_pages": {"python", "pdf"},
    "page_text": {"python", "text"},
    "question_regions": {"python", "opencv"},
    "problems": {"python", "openai"},
    "problem_embeddings": {"python", "numpy"},
    "document_result": {"python", "http"},
}

Stage = Iterator[dg.Output[Progress]]
LedgerParam = dg.ResourceParam[Ledger]
WorkParam = dg.ResourceParam[DocumentWork]


@stage("document_pages", retry_policy=retries.DOWNLOADS, tags={"stage": "download"})
def read_pages(context: dg.OpExecutionContext, ledger: LedgerParam, documents: WorkParam) -> Stage:
    """Fetch the files of the batch from their links and keep them, with what each job asks for."""
    progress, jobs = begin(context, ledger, DOCUMENT_TYPES, "document_result")

    def work(ticket: Ticket) -> Facts | None:
        return documents.accept(ticket, jobs[ticket].type, jobs[ticket].whole_payload)

    outcome = for_each(context, ledger, progress, work, threads=NETWORK_THREADS)
    record(context, "document_pages", outcome.values)
    yield from hand_on(context, outcome.progress)


def pass_through(
    context: dg.OpExecutionContext,
    ledger: Ledger,
    documents: DocumentWork,
    progress: Progress,
    asset: str,
    work: Callable[[Ticket], Facts],
) -> Stage:
    """Do `work` for the documents that this stage concerns, unless it only feeds a later one and was done before."""
    anew = is_selected(context, asset)

    def attempt(ticket: Ticket) -> Facts | None:
        is_due = documents.concerns(ticket, asset) and (anew or not documents.has(ticket, asset))
        return work(ticket) if is_due else None

    outcome = for_each(context, ledger, progress, attempt)
    record(context, asset, outcome.values)
    yield from hand_on(context, outcome.progress)


@stage("page_text", retry_policy=retries.ENGINES, tags={"stage": "ocr"})
def ocr(context: dg.OpExecutionContext, ledger: LedgerParam, documents: WorkParam, progress: Progress) -> Stage:
    """Read every page: the PDF's own text, else what an engine sees."""
    yield from pass_through(context, ledger, documents, progress, "page_text", documents.read)


@stage("question_regions", retry_policy=retries.STORE, tags={"stage": "segment"})
def segment_questions(
    context: dg.OpExecutionContext, ledger: LedgerParam, documents: WorkParam, progress: Progress
) -> Stage:
    """Find the questions of every page."""
    yield from pass_through(context, ledger, documents, progress, "question_regions", documents.segment)


@stage("problems", retry_policy=retries.ENGINES, tags={"stage": "problems"})
def generate_problems(
    context: dg.OpExecutionContext, ledger: LedgerParam, documents: WorkParam, progress: Progress
) -> Stage:
    """Write a problem for every question."""
    progress = hand_in(context, ledger, documents, progress)
    yield from pass_through(context, ledger, documents, progress, "problems", documents.write)


@stage("problem_embeddings", retry_policy=retries.ENGINES, tags={"stage": "embed"})
def embed_problems(
    context: dg.OpExecutionContext, ledger: LedgerParam, documents: WorkParam, progress: Progress
) -> Stage:
    """Embed what was written, and enter it into the bank."""
    yield from pass_through(context, ledger, documents, progress, "problem_embeddings", documents.embed)


@stage("document_result", hands_on=False, retry_policy=retries.DELIVERY, tags={"stage": "deliver"})
def deliver_document_results(  # noqa: ANN201
    context: dg.OpExecutionContext,
    ledger: LedgerParam,
    documents: WorkParam,
    academy_api: dg.ResourceParam[AcademyApi],
    job_source: dg.ResourceParam[JobSource],
    progress: Progress,
):
    """Commit and post every result and every failure; the run fails when a document has no accepted result."""
    outcome = for_each(context, ledger, progress, documents.result)
    accepted = hand_back(context, ledger, academy_api, job_source, outcome.progress, outcome.values)
    facts = {ticket: {"delivery": "accepted", "job_id": ticket.job_id} for ticket in accepted}
    record(context, "document_result", facts)
    ledger.work.release(context.run_id)
    for ticket in outcome.values:
        documents.forget(ticket)
    fail_without_result(outcome.progress, accepted, "documents")
    return
    yield


@dg.graph(out={name: dg.GraphOut() for name in ASSETS})
def read_papers():  # noqa: ANN201 - a graph's outputs are what its body maps
    """Paper in, problem bank out."""
    pages, fetched = read_pages()
    text, read = ocr(fetched)
    regions, segmented = segment_questions(read)
    problems, written = generate_problems(segmented)
    embeddings, embedded = embed_problems(written)
    return {
        "document_pages": pages,
        "page_text": text,
        "question_regions": regions,
        "problems": problems,
        "problem_embeddings": embeddings,
        "document_result": deliver_document_results(embedded),
    }


def document_assets(batch_size: int) -> dg.AssetsDefinition:
    """Return the six assets; a backfill covers up to `batch_size` partitions a run."""
    return chain_assets(read_papers, "documents", DOCUMENTS, ASSETS, KINDS, batch_size)
