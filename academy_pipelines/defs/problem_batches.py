"""Backfills of problems at half the price: their questions go to the language model as one batch, within a day.

The documents leave the run that hands a batch in, and are gone on with when `finished_batches` sees it end. What a
batch does not answer is asked directly then.
"""

import dagster as dg

from academy_pipelines.defs.document_work import DocumentWork
from academy_pipelines.defs.jobs import OWNERS, READ_DOCUMENTS
from academy_pipelines.defs.stages import Progress, is_selected
from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.artefacts import Ticket
from academy_pipelines.resources.ledger.answers import AwaitedBatch
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.work import Problem

BACKFILL_TAG = "dagster/backfill"
LOOK_EVERY_S = 60


def hand_in(context: dg.OpExecutionContext, ledger: Ledger, documents: DocumentWork, progress: Progress) -> Progress:
    """Hand the questions of a backfill in as a batch; returns the progress without the documents that wait for it."""
    if BACKFILL_TAG not in context.run.tags or not documents.answers.are_given:
        return progress
    anew = is_selected(context, "problems")
    due = [
        t for t in progress.tickets if documents.concerns(t, "problems") and (anew or not documents.has(t, "problems"))
    ]
    missing = {ticket: documents.answers.missing(documents.questions(ticket)) for ticket in due}
    waiting = [ticket for ticket, requests in missing.items() if requests]
    if not waiting:
        return progress
    batch_id = documents.answers.hand_in([request for ticket in waiting for request in missing[ticket]])
    ledger.answers.wait_for(_awaited(context, progress, batch_id, waiting))
    context.log.info("handed in the questions of %d documents as batch %s", len(waiting), batch_id)
    reason = Problem(
        "waits_for_batch", f"its questions were handed in as batch {batch_id}; the result follows by itself"
    )
    return progress.without(dict.fromkeys(waiting, reason))


def _awaited(context: dg.OpExecutionContext, progress: Progress, batch_id: str, waiting: list[Ticket]) -> AwaitedBatch:
    if progress.commits:
        return AwaitedBatch(batch_id, jobs=tuple(ticket.job_id for ticket in waiting))
    assets = sorted(key.to_user_string() for key in context.selected_asset_keys)
    return AwaitedBatch(batch_id, partitions=tuple(ticket.submission for ticket in waiting), assets=tuple(assets))


@dg.sensor(
    job_name=READ_DOCUMENTS,
    minimum_interval_seconds=LOOK_EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    owners=OWNERS,
    description="Looks after batches that a language model is at work on, and lets documents go on when one has ended.",
)
def finished_batches(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    documents: dg.ResourceParam[DocumentWork],
) -> dg.SensorResult | dg.SkipReason:
    """Collect what has ended."""
    awaited = ledger.answers.awaited()
    requests: list[dg.RunRequest] = []
    ended = 0
    for batch in awaited:
        try:
            if not documents.answers.collect(batch.batch_id):
                continue
        except AcademyError as error:
            if error.retryable:
                context.log.warning("batch %s: %s", batch.batch_id, error)
                continue
            context.log.exception("batch %s is given up, its questions are asked one by one", batch.batch_id)
        ledger.answers.over(batch.batch_id, batch.jobs)
        requests += _requests(batch)
        ended += 1
    if not requests:
        return dg.SkipReason(f"{ended} of {len(awaited)} batches have ended")
    return dg.SensorResult(run_requests=requests)


def _requests(batch: AwaitedBatch) -> list[dg.RunRequest]:
    keys = [dg.AssetKey(asset) for asset in batch.assets]
    return [
        dg.RunRequest(
            run_key=f"{batch.batch_id}:{partition}",
            job_name=READ_DOCUMENTS,
            partition_key=partition,
            asset_selection=keys,
        )
        for partition in batch.partitions
    ]
