"""What Dagster may forget: keys, runs and events of submissions and videos that nobody waits for any more.

Every key that is added makes the UI rebuild the status of all partitions from all their events, so the set is kept
small: 10,000 keys are rebuilt in a second or two, 100,000 in half a minute. The ledger and the store keep the
history, and a retired submission is graded again as soon as a new job names it or its key is added again.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from academy_pipelines.defs.batching import RANGE_END_TAG, RANGE_START_TAG
from academy_pipelines.defs.jobs import APPLY_REVIEWS, OWNERS
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.history import History

RETIRE_SUBMISSIONS = "retire_submissions"
REPORTING_JOBS = (RETIRE_SUBMISSIONS, APPLY_REVIEWS)
"""Jobs whose runs are about no partition alone: the last ones of each are kept."""

NIGHTLY = "30 3 * * *"
NIGHTLY_IN = "Asia/Seoul"
"""The academy's clock: nobody waits for a grade at half past three."""

REPORTS_KEPT = 30
"""Runs of each such job that stay, for a person to look at."""

SECONDS_A_DAY = 86_400.0

PARTITION_TAG = "dagster/partition"

FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
UNFINISHED = tuple(status for status in dg.DagsterRunStatus if status not in FINISHED)


@dataclass(frozen=True, slots=True)
class LivingSet:
    """One partition set, the assets on it, and how much of it Dagster keeps.

    `at_most` keys are kept, and none that has been settled for longer than `idle_s` seconds. `subject` says what the
    ledger calls a key.
    """

    partitions: str
    assets: frozenset[dg.AssetKey]
    at_most: int
    idle_s: float
    subject: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Retired:
    """How many keys and runs were forgotten, and how many keys are left."""

    keys: int
    runs: int
    keys_left: int

    def __add__(self, other: "Retired") -> "Retired":
        return Retired(self.keys + other.keys, self.runs + other.runs, self.keys_left + other.keys_left)


def retirement_job(*living: LivingSet) -> dg.JobDefinition:
    """Return the job that forgets what is over; it may be run at any time."""

    @dg.op(out=dg.Out(dg.Nothing))
    def retire_settled(context: dg.OpExecutionContext, ledger: dg.ResourceParam[Ledger]) -> None:
        """Retire what is settled, the oldest first, then the runs that are about nothing that is left."""
        retired = sum((retire(context.instance, ledger.history, one) for one in living), Retired(0, 0, 0))
        context.log.info("retired %d keys and %d runs; %d keys are left", retired.keys, retired.runs, retired.keys_left)
        context.add_output_metadata({"keys": retired.keys, "runs": retired.runs, "keys_left": retired.keys_left})

    @dg.job(
        name=RETIRE_SUBMISSIONS,
        executor_def=dg.in_process_executor,
        tags={"academy/workload": "housekeeping", "dagster/max_runtime": "7200"},
        owners=OWNERS,
        description="Forget what is delivered and idle, with its runs; ledger and store keep it.",
    )
    def retire_submissions() -> None:
        retire_settled()

    return retire_submissions


def retirement_schedule(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Return the schedule that runs the retirement every night."""
    return dg.ScheduleDefinition(
        name=RETIRE_SUBMISSIONS,
        job=job,
        cron_schedule=NIGHTLY,
        execution_timezone=NIGHTLY_IN,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        owners=OWNERS,
        description="Keeps the partition set small enough for the UI: settled submissions are retired every night.",
    )


def retire(instance: dg.DagsterInstance, history: History, living: LivingSet) -> Retired:
    """Forget what is over. What a crash leaves undone, the next call does.

    A key stays while its submission has an unsettled job or none at all, while an unfinished run covers it, and,
    with all others, while a backfill of these assets is under way.
    """
    keys = instance.get_dynamic_partitions(living.partitions)
    doomed = [] if _is_backfilling(instance, living) else _doomed(instance, history, living, keys)
    for key in doomed:
        instance.delete_dynamic_partition(living.partitions, key)
    over = [*_runs_about_nothing_left(instance, living), *_old_reports(instance)]
    for run_id in over:
        _forget_run(instance, run_id)
    return Retired(len(doomed), len(over), len(keys) - len(doomed))


def _doomed(instance: dg.DagsterInstance, history: History, living: LivingSet, keys: Sequence[str]) -> list[str]:
    subjects = {living.subject(key): key for key in keys}
    idle_s = {subjects[subject]: seconds for subject, seconds in history.idle_s(subjects).items()}
    busy = _busy_keys(instance, keys)
    oldest_first = sorted((key for key in idle_s if key not in busy), key=lambda key: -idle_s[key])
    too_many = max(0, len(keys) - living.at_most)
    return [key for place, key in enumerate(oldest_first) if place < too_many or idle_s[key] > living.idle_s]


def _busy_keys(instance: dg.DagsterInstance, keys: Sequence[str]) -> set[str]:
    place = {key: number for number, key in enumerate(keys)}
    busy: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        places = [place[key] for key in _ends(run) if key in place]
        busy.update(keys[min(places) : max(places) + 1] if places else ())
    return busy


def _ends(run: dg.DagsterRun) -> list[str]:
    return [run.tags[tag] for tag in (RANGE_START_TAG, RANGE_END_TAG, PARTITION_TAG) if tag in run.tags]


def _is_backfilling(instance: dg.DagsterInstance, living: LivingSet) -> bool:
    from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus

    under_way = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]
    backfills = instance.get_backfills(filters=BulkActionsFilter(statuses=under_way))
    return any(living.assets & set(backfill.asset_selection or ()) for backfill in backfills)


def _runs_about_nothing_left(instance: dg.DagsterInstance, living: LivingSet) -> Iterator[str]:
    left = set(instance.get_dynamic_partitions(living.partitions))
    for run in instance.get_runs(dg.RunsFilter(statuses=FINISHED)):
        if (
            run.job_name not in REPORTING_JOBS
            and not left.intersection(_ends(run))
            and _is_about_none_of(instance, run.run_id, living, left)
        ):
            yield run.run_id


def _is_about_none_of(instance: dg.DagsterInstance, run_id: str, living: LivingSet, left: set[str]) -> bool:
    planned = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    subjects = [(event.asset_key, event.partition) for event in (entry.get_dagster_event() for entry in planned)]
    ours = all(asset in living.assets and partition is not None for asset, partition in subjects)
    return bool(subjects) and ours and not any(partition in left for _, partition in subjects)


def _old_reports(instance: dg.DagsterInstance) -> Iterator[str]:
    for job in REPORTING_JOBS:
        reports = instance.get_runs(dg.RunsFilter(job_name=job, statuses=FINISHED))
        yield from (run.run_id for run in reports[REPORTS_KEPT:])


def _forget_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run, its events, and the files on this machine that Dagster leaves behind."""
    instance.delete_run(run_id)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    shutil.rmtree(Path(instance.storage_directory()) / run_id, ignore_errors=True)
