"""Which submissions share a run: new keys are added in one call, and a run covers one unbroken range of keys.

Dagster's range tags mean "from this key to that one in order of insertion", so that a range must never span keys
of somebody else; the members of a batch are written to the ledger first and a run looks at nothing but them.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dagster as dg

from academy_pipelines.contracts.jobs import JobType
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.records import QueuedJob

SHEET_TYPES = frozenset({JobType.OMR_GRADING.value})
DOCUMENT_TYPES = frozenset(
    job_type.value
    for job_type in (JobType.OCR, JobType.QUESTION_SEGMENTATION, JobType.PROBLEM_GENERATION, JobType.EMBEDDING)
)
HANDWRITING_TYPES = frozenset({JobType.HANDWRITING_ANALYSIS.value})
HOMEWORK_TYPES = frozenset({JobType.HOMEWORK_VIDEO_ANALYSIS.value})
NOTE_TYPES = frozenset({JobType.WRONG_NOTE.value})
"""Job types that are worked on in batches, by what they are about."""

BATCH_TAG = "academy/batch"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

SMALLER_AFTER_FAILURE = 8
"""A batch that is tried again is this many times smaller, and then alone: one poisonous file is soon by itself."""

ADD_AT_ONCE = 10_000
"""Partition keys in one statement; SQLite refuses more than 32,766 variables."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Jobs of some types that share runs: Dagster's job that works on them, and the partition set of their subjects.

    A run takes up to `batch_size` of them.
    """

    job: str
    partitions: str
    types: frozenset[str]
    batch_size: int


def batch_keys(context: dg.OpExecutionContext, ledger: Ledger) -> list[str]:
    """Return the submissions that this run is for.

    Raises:
        dagster.Failure: the range is empty, because its keys were retired or given in the wrong order.
    """
    keys = list(context.partition_keys)
    if not keys:
        raise dg.Failure(
            "the partition range is empty: were its keys retired, or its ends swapped?", allow_retries=False
        )
    batch_id = context.run.tags.get(BATCH_TAG)
    if batch_id is None:
        return keys
    members = ledger.work.members(batch_id)
    return [key for key in keys if key in members]


def form_batches(ledger: Ledger, instance: dg.DagsterInstance, workload: Workload) -> None:
    """Assign every waiting job of the workload to a batch; the batches are in the ledger when this returns."""
    waiting = ledger.work.waiting(ADD_AT_ONCE, workload.types)
    if not waiting:
        return
    known = set(instance.get_dynamic_partitions(workload.partitions))
    new = [job.submission for job in waiting if job.submission not in known]
    if new:
        instance.add_dynamic_partitions(workload.partitions, new)
    order = {key: position for position, key in enumerate(instance.get_dynamic_partitions(workload.partitions))}
    present = [job for job in waiting if job.submission in order]
    for members in split_into_batches(present, order, workload.batch_size):
        ledger.work.assign(uuid.uuid4().hex, [job.job_id for job in members])


def split_into_batches(waiting: Iterable[QueuedJob], order: dict[str, int], batch_size: int) -> list[list[QueuedJob]]:
    """Group jobs so that each group's submissions are neighbours in `order` and equally often tried.

    Groups hold at most `batch_size` jobs, after one failure an eighth of that, then one.
    """
    batches: list[list[QueuedJob]] = []
    for job in sorted(waiting, key=lambda job: (job.attempts, order[job.submission])):
        last = batches[-1] if batches else []
        if last and _belongs(job, last, order, batch_size):
            last.append(job)
        else:
            batches.append([job])
    return batches


def _belongs(job: QueuedJob, batch: Sequence[QueuedJob], order: dict[str, int], batch_size: int) -> bool:
    follows = order[job.submission] == order[batch[-1].submission] + 1
    limit = max(1, batch_size // SMALLER_AFTER_FAILURE**job.attempts)
    return follows and job.attempts == batch[-1].attempts and len(batch) < limit


def run_requests(ledger: Ledger, instance: dg.DagsterInstance, workload: Workload) -> list[dg.RunRequest]:
    """Return a request for every batch that no run has started on; asking twice for one is harmless.

    A batch without a run whose keys are no unbroken range any more, because some were deleted, is dissolved.
    """
    batches = ledger.work.unstarted_batches(workload.types)
    if not batches:
        return []
    order = {key: position for position, key in enumerate(instance.get_dynamic_partitions(workload.partitions))}
    requests: list[dg.RunRequest] = []
    for batch_id, members in batches.items():
        keys = sorted((job.submission for job in members if job.submission in order), key=lambda key: order[key])
        if len(keys) == len(members) and order[keys[-1]] - order[keys[0]] == len(keys) - 1:
            tags = {BATCH_TAG: batch_id, RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}
            requests.append(dg.RunRequest(run_key=batch_id, job_name=workload.job, tags=tags))
        elif not instance.get_runs_count(dg.RunsFilter(tags={BATCH_TAG: batch_id})):
            ledger.work.dissolve(batch_id)
    return requests
