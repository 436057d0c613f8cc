"""The doors: `waiting_jobs` takes work in, `unfinished_work` repairs what a crash left and delivers the rest."""

import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING

import dagster as dg

from academy_pipelines.defs.batching import (
    DOCUMENT_TYPES,
    HANDWRITING_TYPES,
    HOMEWORK_TYPES,
    NOTE_TYPES,
    SHEET_TYPES,
    Workload,
    form_batches,
    run_requests,
)
from academy_pipelines.defs.delivery import Delivery, deliver, to_academy
from academy_pipelines.defs.jobs import OWNERS
from academy_pipelines.defs.repair import bury_dead_runs, lost_claims
from academy_pipelines.defs.video_delivery import to_videos
from academy_pipelines.errors import ContractError, UnavailableError
from academy_pipelines.resources.academy_api import AcademyApi
from academy_pipelines.resources.job_sources import Claim, JobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.outbox import Parcel
from academy_pipelines.resources.ledger.videos import VIDEO_SOURCE, video_id_of
from academy_pipelines.resources.ledger.work import Problem
from academy_pipelines.resources.video_api import VideoApi

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

HANDLED = SHEET_TYPES | DOCUMENT_TYPES | HANDWRITING_TYPES | HOMEWORK_TYPES | NOTE_TYPES

CLAIMING_SECONDS = 20.0
"""A tick stops claiming after this long; Dagster gives up on a tick after 60 s."""

MISUNDERSTOOD_AT_MOST = 5
"""Malformed jobs that one tick steps over before it stops and shows the error."""

DELIVERIES_PER_TICK = 200

SWEEP = "sweep"
"""Stands for a run id where the sweep itself delivers."""

SENSOR_INTERVAL_SECONDS = 5
"""Dagster's daemon looks at its sensors every 5 s and not more often."""


def claim_jobs(ledger: Ledger, source: JobSource, limit: int, clock: Callable[[], float]) -> tuple[int, str | None]:
    """Claim until the source is empty; every claim is committed before the next one is made.

    Returns how many were claimed and, if claiming stopped early, why. Never raises once a job is ours.
    """
    deadline, claimed, problem, misunderstood = clock() + CLAIMING_SECONDS, 0, None, count(1)
    while claimed < limit and clock() < deadline:
        try:
            claim = source.claim()
        except ContractError as error:
            problem = str(error)
            if next(misunderstood) >= MISUNDERSTOOD_AT_MOST:
                break
            continue
        except UnavailableError as error:
            return claimed, str(error)
        if claim is None:
            break
        take_in(ledger, source, claim)
        claimed += 1
    return claimed, problem


def take_in(ledger: Ledger, source: JobSource, claim: Claim) -> None:
    """Commit one claim; a job of a type that we do not handle fails at once, with that reason."""
    is_new = ledger.inbox.accept(claim.job, source=source.name, receipt=claim.receipt)
    if is_new and claim.job.type not in HANDLED:
        message = f"job type {claim.job.type!r} is not handled here; known types: {', '.join(sorted(HANDLED))}"
        ledger.work.fail({claim.job.id: Problem("unsupported_job_type", message)})


def waiting_jobs_sensor(
    jobs: "Sequence[UnresolvedAssetJobDefinition]", workloads: Sequence[Workload], claims_per_tick: int
) -> dg.SensorDefinition:
    """Return the door in."""

    @dg.sensor(
        name="waiting_jobs",
        jobs=jobs,
        minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        owners=OWNERS,
        description="Claims jobs from the back end, makes them durable, and asks for one run a batch.",
    )
    def waiting_jobs(
        context: dg.SensorEvaluationContext,
        ledger: dg.ResourceParam[Ledger],
        job_source: dg.ResourceParam[JobSource],
    ) -> dg.SensorResult | dg.SkipReason:
        claimed, problem = claim_jobs(ledger, job_source, claims_per_tick, time.monotonic)
        requests: list[dg.RunRequest] = []
        for workload in workloads:
            form_batches(ledger, context.instance, workload)
            requests += run_requests(ledger, context.instance, workload)
        if problem is not None and not requests:
            raise dg.Failure(f"claiming stopped after {claimed} jobs: {problem}")
        if problem is not None:
            context.log.error("claiming stopped after %d jobs: %s", claimed, problem)
        return dg.SensorResult(run_requests=requests) if requests else dg.SkipReason("no job is waiting")

    return waiting_jobs


def unfinished_work_sensor() -> dg.SensorDefinition:
    """Return the sweep."""

    @dg.sensor(
        name="unfinished_work",
        minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        owners=OWNERS,
        description="Takes back the jobs of dead runs and delivers results that a run could not hand over.",
    )
    def unfinished_work(
        context: dg.SensorEvaluationContext,
        ledger: dg.ResourceParam[Ledger],
        job_source: dg.ResourceParam[JobSource],
        academy_api: dg.ResourceParam[AcademyApi],
        video_api: dg.ResourceParam[VideoApi],
    ) -> dg.SkipReason:
        taken = bury_dead_runs(ledger, context.instance, time.time())
        parcels = ledger.outbox.abandoned(DELIVERIES_PER_TICK)
        of_sheets, of_videos = to_academy(academy_api), to_videos(video_api, ledger)

        def post(parcel: Parcel) -> None:
            (of_videos if parcel.source == VIDEO_SOURCE else of_sheets)(parcel)

        fates = deliver(parcels, ledger, post, job_source, SWEEP)
        for parcel in parcels:
            if fates[parcel.job_id] is Delivery.ACCEPTED and parcel.result is not None:
                context.instance.report_runless_asset_event(accepted_event(parcel))
        for claim in lost_claims(ledger, job_source):
            take_in(ledger, job_source, claim)
        accepted = sum(fate is Delivery.ACCEPTED for fate in fates.values())
        return dg.SkipReason(f"took {taken} jobs back, delivered {accepted} of {len(parcels)} results")

    return unfinished_work


def accepted_event(parcel: Parcel) -> dg.AssetMaterialization:
    """Return what Dagster is told of a result that the sweep has delivered."""
    metadata = {"delivery": "accepted, by the sweep", "job_id": parcel.job_id}
    if parcel.source == VIDEO_SOURCE:
        video_id = str(video_id_of(parcel.submission))
        return dg.AssetMaterialization("video_result", partition=video_id, metadata=metadata)
    return dg.AssetMaterialization(_told_by(parcel.type), partition=parcel.submission, metadata=metadata)


def _told_by(job_type: str) -> str:
    """Return the asset that says that a result was accepted."""
    told_by = {
        **dict.fromkeys(DOCUMENT_TYPES, "document_result"),
        **dict.fromkeys(HANDWRITING_TYPES, "handwriting_marks"),
        **dict.fromkeys(HOMEWORK_TYPES, "homework_result"),
        **dict.fromkeys(NOTE_TYPES, "wrong_note"),
    }
    return told_by.get(job_type, "omr_result")
