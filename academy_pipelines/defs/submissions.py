"""Answer sheets as partitioned assets: one graph of stages, each asset a noun that exists afterwards.

Code here only wires: what a stage does for one submission is in `grading`, how a batch shares its fate in `stages`.
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.defs import retries
from academy_pipelines.defs.batching import SHEET_TYPES
from academy_pipelines.defs.chains import begin, chain_assets
from academy_pipelines.defs.delivery import Delivery, deliver, to_academy
from academy_pipelines.defs.facts import Facts
from academy_pipelines.defs.grading import Grading
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
from academy_pipelines.review.file_pages import with_mates
from academy_pipelines.review.putting_right import put_right

SUBMISSIONS = dg.DynamicPartitionsDefinition(name="submissions")
"""One key a submission: the job's `source_id`."""

ASSETS = {
    "submission_scan": "The picture as the student's side sent it, kept because its link expires.",
    "aligned_sheet": "The sheet found in the picture, proved against its template, laid flat to be looked at.",
    "fill_scores": "How much ink every printed bubble holds, relative to the paper around it.",
    "omr_answers": "What the student marked: an answer for every question, the identifier, and how sure we are.",
    "omr_result": "The result that the back end has accepted.",
}
KINDS = {
    "submission_scan": {"python", "jpeg"},
    "aligned_sheet": {"python", "opencv"},
    "fill_scores": {"python", "numpy"},
    "omr_answers": {"python", "json"},
    "omr_result": {"python", "http"},
}

Stage = Iterator[dg.Output[Progress]]
LedgerParam = dg.ResourceParam[Ledger]
GradingParam = dg.ResourceParam[Grading]


@stage("submission_scan", retry_policy=retries.DOWNLOADS, tags={"stage": "download"})
def download_scan(context: dg.OpExecutionContext, ledger: LedgerParam, grading: GradingParam) -> Stage:
    """Fetch the pictures of the batch from their links and keep them."""
    progress, jobs = begin(context, ledger, SHEET_TYPES, "omr_result")

    def work(ticket: Ticket) -> Facts:
        return grading.fetch_scan(ticket, jobs[ticket].whole_payload)

    outcome = for_each(context, ledger, progress, work, threads=NETWORK_THREADS)
    record(context, "submission_scan", outcome.values)
    yield from hand_on(context, outcome.progress)


@stage("aligned_sheet", retry_policy=retries.STORE, tags={"stage": "warp"})
def warp_sheet(context: dg.OpExecutionContext, ledger: LedgerParam, grading: GradingParam, progress: Progress) -> Stage:
    """Find each sheet in its picture and prove that it is the template's."""
    anew = is_selected(context, "aligned_sheet")

    def work(ticket: Ticket) -> Facts:
        return grading.align(ticket) if anew or not grading.has_alignment(ticket) else {}

    outcome = for_each(context, ledger, progress, work)
    record(context, "aligned_sheet", outcome.values)
    yield from hand_on(context, outcome.progress)


@stage(None, retry_policy=retries.STORE, tags={"stage": "roi"})
def locate_rois(
    context: dg.OpExecutionContext, ledger: LedgerParam, grading: GradingParam, progress: Progress
) -> Stage:
    """Map every bubble from millimetres into each picture's pixels."""
    outcome = for_each(context, ledger, progress, grading.locate)
    yield from hand_on(context, outcome.progress)


@stage("fill_scores", retry_policy=retries.STORE, tags={"stage": "fill"})
def score_fills(
    context: dg.OpExecutionContext, ledger: LedgerParam, grading: GradingParam, progress: Progress
) -> Stage:
    """Measure the ink of every bubble."""
    anew = is_selected(context, "fill_scores")

    def work(ticket: Ticket) -> Facts:
        return grading.score(ticket) if anew or not grading.has_fills(ticket) else {}

    outcome = for_each(context, ledger, progress, work)
    record(context, "fill_scores", outcome.values)
    yield from hand_on(context, outcome.progress)


@stage("omr_answers", retry_policy=retries.STORE, tags={"stage": "answers"})
def decide_answers(
    context: dg.OpExecutionContext, ledger: LedgerParam, grading: GradingParam, progress: Progress
) -> Stage:
    """Say what each sheet says, with what people have put right, and commit it before anyone is told."""
    kept = ledger.reviews.of(ticket.submission for ticket in progress.tickets)

    def work(ticket: Ticket) -> OmrResult:
        read = grading.decide(ticket)
        corrections = kept.corrections.get(ticket.submission)
        return put_right(read, corrections) if corrections else read

    outcome = for_each(context, ledger, progress, work)
    results = told_apart(outcome.values, ledger, grading, commits=progress.commits)
    if progress.commits:
        ledger.work.finish(context.run_id, {t.job_id: result for t, result in results.items()})
        ledger.reviews.applied([ticket.submission for ticket in results], kept.last_id)
    record(context, "omr_answers", {ticket: grading.facts(ticket, result) for ticket, result in results.items()})
    yield from hand_on(context, outcome.progress)


def told_apart(
    results: Mapping[Ticket, OmrResult], ledger: Ledger, grading: Grading, *, commits: bool
) -> dict[Ticket, OmrResult]:
    """Return the results, each naming the other sheets of its exam that carry the same number."""
    if commits:
        mates = ledger.roll.enter([grading.roll_entry(t, result) for t, result in results.items()])
    else:
        mates = ledger.roll.mates(ticket.submission for ticket in results)
    return {ticket: with_mates(result, mates.get(ticket.submission, {})) for ticket, result in results.items()}


@stage("omr_result", hands_on=False, retry_policy=retries.DELIVERY, tags={"stage": "deliver"})
def deliver_results(  # noqa: ANN201
    context: dg.OpExecutionContext,
    ledger: LedgerParam,
    grading: GradingParam,
    academy_api: dg.ResourceParam[AcademyApi],
    job_source: dg.ResourceParam[JobSource],
    progress: Progress,
):
    """Post every result and every failure; the run fails when a submission has no accepted result."""
    finished = {ticket.job_id: ticket for ticket in progress.tickets}
    everyone = finished.keys() | {ticket.job_id for ticket, _ in progress.failed}
    fates = deliver(ledger.outbox.of(everyone), ledger, to_academy(academy_api), job_source, context.run_id)
    accepted = [ticket for job_id, ticket in finished.items() if fates.get(job_id) is Delivery.ACCEPTED]
    record(context, "omr_result", {ticket: {"delivery": "accepted", "job_id": ticket.job_id} for ticket in accepted})
    ledger.work.release(context.run_id)
    for ticket in finished.values():
        grading.forget(ticket)
    fail_without_result(progress, accepted, "submissions")
    return
    yield


@dg.graph(out={name: dg.GraphOut() for name in ASSETS})
def grade_sheets():  # noqa: ANN201 - a graph's outputs are what its body maps
    """Picture in, accepted result out."""
    scan, downloaded = download_scan()
    sheet, warped = warp_sheet(downloaded)
    located = locate_rois(warped)
    fills, scored = score_fills(located)
    answers, decided = decide_answers(scored)
    return {
        "submission_scan": scan,
        "aligned_sheet": sheet,
        "fill_scores": fills,
        "omr_answers": answers,
        "omr_result": deliver_results(decided),
    }


def submission_assets(batch_size: int) -> dg.AssetsDefinition:
    """Return the five assets; a backfill covers up to `batch_size` partitions a run."""
    return chain_assets(grade_sheets, "submissions", SUBMISSIONS, ASSETS, KINDS, batch_size)
