"""What a crash leaves behind, and how it is put right.

A run is alive while it renews its leases in the ledger; what Dagster says comes second, because it learns of a
lost machine only when the run's time is up, and until then the run would keep its place in the queue.
"""

from collections.abc import Iterator

import dagster as dg

from academy_pipelines.defs.batching import BATCH_TAG
from academy_pipelines.resources.job_sources import Claim, JobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.tables import JobState

UNDER_WAY = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED)


def lost_claims(ledger: Ledger, source: JobSource) -> Iterator[Claim]:
    """Yield claims that the source counts as ours but the ledger never saw; acknowledge those long delivered."""
    for claim in source.unfinished():
        state = ledger.inbox.state_of(claim.job.id)
        if state is None:
            yield claim
        elif state in {JobState.DELIVERED, JobState.DEAD}:
            source.acknowledge(claim.receipt)


def bury_dead_runs(ledger: Ledger, instance: dg.DagsterInstance, now: float) -> int:
    """Take back what dead runs left unfinished and mark them as failed; returns how many jobs that was."""
    taken = 0
    for run_id, renews in ledger.work.owners().items():
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished and renews:
            continue
        if run is not None and not run.is_finished:
            _mark_as_failed(instance, run, ledger.work.lease_s)
        taken += ledger.work.abandon_run(run_id)
    for batch_id in ledger.work.unstarted_batches():
        if _is_dead(instance, batch_id, ledger.work.lease_s, now):
            taken += ledger.work.abandon_batch(batch_id)
    return taken


def _is_dead(instance: dg.DagsterInstance, batch_id: str, patience_s: float, now: float) -> bool:
    records = instance.get_run_records(dg.RunsFilter(tags={BATCH_TAG: batch_id}))
    for record in records:
        silent_s = now - record.update_timestamp.timestamp()
        if record.dagster_run.status in UNDER_WAY and silent_s > patience_s:
            _mark_as_failed(instance, record.dagster_run, patience_s)
        elif not record.dagster_run.is_finished:
            return False
    return bool(records)


def _mark_as_failed(instance: dg.DagsterInstance, run: dg.DagsterRun, silence_s: float) -> None:
    instance.report_run_failed(run, f"The run has been silent for {silence_s:g} s: its process or machine is gone.")
