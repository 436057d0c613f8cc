"""What people put right becomes a new `omr_answers` and a new `omr_result`: one run for all sheets that wait.

The corrections are in the ledger before anything is asked of Dagster, so that no order of crashes loses one. A run
needs nothing but the ledger: neither the picture nor the reader.
"""

from collections.abc import Iterable

import dagster as dg

from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.defs import retries
from academy_pipelines.defs.delivery import Delivery, deliver, to_academy
from academy_pipelines.defs.event_log.batches import log_materializations
from academy_pipelines.defs.grading import Grading
from academy_pipelines.defs.jobs import APPLY_REVIEWS, OWNERS
from academy_pipelines.defs.retirement import UNFINISHED
from academy_pipelines.defs.sensors import SENSOR_INTERVAL_SECONDS
from academy_pipelines.defs.stages import materializations
from academy_pipelines.defs.submissions import SUBMISSIONS
from academy_pipelines.resources.academy_api import AcademyApi
from academy_pipelines.resources.artefacts import Ticket
from academy_pipelines.resources.job_sources import JobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.review.file_pages import numbers_of, with_mates
from academy_pipelines.review.putting_right import put_right

KEYS = SUBMISSIONS.name or ""

SHEETS_PER_RUN = 500

LedgerParam = dg.ResourceParam[Ledger]
GradingParam = dg.ResourceParam[Grading]


def put_sheets_right(ledger: Ledger, run_id: str) -> dict[Ticket, OmrResult]:
    """Lay the corrections that wait over their readings and commit; returns the results that changed.

    Sheets that carried the same number as a corrected one are told apart anew. All are leased to the run.
    """
    waiting = ledger.reviews.waiting(SHEETS_PER_RUN, run_id)
    concerned = {*waiting, *_mates_of(ledger, waiting)}
    readings = ledger.reviews.readings(ledger.work.hold(sorted(concerned), run_id))
    kept = ledger.reviews.of(readings)
    right = {name: put_right(reading.result, kept.corrections.get(name, ())) for name, reading in readings.items()}
    mates = ledger.roll.renumber({name: numbers_of(result) for name, result in right.items()})
    changed = {
        Ticket(name, readings[name].job_id): told
        for name, result in right.items()
        if (told := with_mates(result, mates[name])) != readings[name].result
    }
    results = {ticket.job_id: result.model_dump(mode="json") for ticket, result in changed.items()}
    ledger.reviews.commit(results, list(readings), kept.last_id)
    return changed


def _mates_of(ledger: Ledger, submissions: Iterable[str]) -> set[str]:
    """Return the others that carry a number of these."""
    return {mate for pages in ledger.roll.mates(submissions).values() for mates in pages.values() for mate in mates}


@dg.op(retry_policy=retries.STORE)
def lay_corrections(context: dg.OpExecutionContext, ledger: LedgerParam, grading: GradingParam) -> list[Ticket]:
    """Lay the corrections that wait over their readings."""
    changed = put_sheets_right(ledger, context.run_id)
    known = set(context.instance.get_dynamic_partitions(KEYS))
    retired = [ticket.submission for ticket in changed if ticket.submission not in known]
    context.instance.add_dynamic_partitions(KEYS, retired)
    facts = {ticket: grading.facts(ticket, result) for ticket, result in changed.items()}
    log_materializations(context, materializations("omr_answers", facts))
    return list(changed)


@dg.op(out=dg.Out(dg.Nothing), retry_policy=retries.DELIVERY)
def deliver_again(
    context: dg.OpExecutionContext,
    ledger: LedgerParam,
    academy_api: dg.ResourceParam[AcademyApi],
    job_source: dg.ResourceParam[JobSource],
    changed: list[Ticket],
) -> None:
    """Post the changed results; what the back end does not take now is left to the sweep."""
    parcels = ledger.outbox.of(ticket.job_id for ticket in changed)
    fates = deliver(parcels, ledger, to_academy(academy_api), job_source, context.run_id)
    accepted = [ticket for ticket in changed if fates.get(ticket.job_id) is Delivery.ACCEPTED]
    facts = {ticket: {"delivery": "accepted, after review", "job_id": ticket.job_id} for ticket in accepted}
    log_materializations(context, materializations("omr_result", facts))
    ledger.work.release(context.run_id)
    context.log.info("%d of %d results accepted again", len(accepted), len(changed))


@dg.job(
    name=APPLY_REVIEWS,
    executor_def=dg.in_process_executor,
    tags={"academy/workload": "reviews", "dagster/max_retries": "0", "dagster/max_runtime": "600"},
    owners=OWNERS,
    description="Lay what people put right over the readings, and hand the results back again; may be run at any time.",
)
def apply_reviews() -> None:
    """Lay, then deliver."""
    deliver_again(lay_corrections())


@dg.sensor(
    job=apply_reviews,
    minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    owners=OWNERS,
    description="Asks for a run when people have put rows right that no result takes into account yet.",
)
def reviewed_sheets(context: dg.SensorEvaluationContext, ledger: LedgerParam) -> dg.RunRequest | dg.SkipReason:
    """Look for corrections that wait."""
    if not ledger.reviews.waiting(limit=1):
        return dg.SkipReason("no correction is waiting")
    if context.instance.get_runs_count(dg.RunsFilter(job_name=APPLY_REVIEWS, statuses=list(UNFINISHED))):
        return dg.SkipReason("a run is applying corrections already")
    return dg.RunRequest()
