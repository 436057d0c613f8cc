"""The doors of videos: `waiting_videos` takes them in, `unfinished_videos` keeps claims alive and old builds away.

Runs that died are buried, and outcomes that a run could not hand over are delivered, by `unfinished_work`.
"""

import time
import uuid
from typing import TYPE_CHECKING

import dagster as dg

from academy_pipelines.contracts.videos import VideoProgress
from academy_pipelines.defs.batching import ADD_AT_ONCE, BATCH_TAG
from academy_pipelines.defs.jobs import OWNERS
from academy_pipelines.defs.sensors import SENSOR_INTERVAL_SECONDS
from academy_pipelines.defs.video_desk import VideoDesk
from academy_pipelines.defs.videos import VIDEOS
from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.videos import VIDEO_TYPE, video_id_of
from academy_pipelines.resources.publisher import Publisher
from academy_pipelines.resources.video_api import VideoApi

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

WITHDRAWALS_PER_TICK = 3
"""Each deletes a few thousand files at most; Dagster gives up on a tick after 60 s."""

WAITING = VideoProgress(stage="waiting", percent=0)


def claim_videos(ledger: Ledger, video_api: VideoApi, ahead: int) -> tuple[int, str | None]:
    """Claim until `ahead` videos wait for a run or none is left; each claim is committed before the next is made.

    Returns how many were claimed and, if claiming stopped early, why.
    """
    claimed = 0
    while ledger.videos.ahead() < ahead:
        try:
            claim = video_api.claim()
        except AcademyError as error:
            return claimed, str(error)
        if claim is None:
            break
        claimed += ledger.videos.accept(claim)
    return claimed, None


def video_requests(ledger: Ledger, instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """Return a request for every video that waits for a run; asking twice for one is harmless."""
    for job in ledger.work.waiting(ADD_AT_ONCE, {VIDEO_TYPE}):
        ledger.work.assign(uuid.uuid4().hex, [job.job_id])
    batches = {batch: jobs[0] for batch, jobs in ledger.work.unstarted_batches({VIDEO_TYPE}).items()}
    keys = [str(video_id_of(job.submission)) for job in batches.values()]
    if keys:
        instance.add_dynamic_partitions(VIDEOS.name or "", keys)
    return [
        dg.RunRequest(run_key=batch, partition_key=key, tags={BATCH_TAG: batch})
        for batch, key in zip(batches, keys, strict=True)
    ]


def waiting_videos_sensor(
    job: "UnresolvedAssetJobDefinition", claims_ahead: int, interval_s: float
) -> dg.SensorDefinition:
    """Return the door in."""

    @dg.sensor(
        name="waiting_videos",
        job=job,
        minimum_interval_seconds=max(SENSOR_INTERVAL_SECONDS, round(interval_s)),
        default_status=dg.DefaultSensorStatus.RUNNING,
        owners=OWNERS,
        description="Claims lecture videos from the back end, makes the claims durable, and asks for one run each.",
    )
    def waiting_videos(
        context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger], video_api: dg.ResourceParam[VideoApi]
    ) -> dg.SensorResult | dg.SkipReason:
        claimed, problem = claim_videos(ledger, video_api, claims_ahead)
        requests = video_requests(ledger, context.instance)
        if problem is not None and not requests:
            raise dg.Failure(f"claiming stopped after {claimed} videos: {problem}")
        if problem is not None:
            context.log.error("claiming stopped after %d videos: %s", claimed, problem)
        return dg.SensorResult(run_requests=requests) if requests else dg.SkipReason("no video is waiting")

    return waiting_videos


def unfinished_videos_sensor(grace_s: float) -> dg.SensorDefinition:
    """Return the sweep; packages are withdrawn `grace_s` seconds after another one has replaced them."""

    @dg.sensor(
        name="unfinished_videos",
        minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        owners=OWNERS,
        description="Keeps the claims of waiting videos alive, and withdraws packages that were replaced.",
    )
    def unfinished_videos(
        context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger], video_desk: dg.ResourceParam[VideoDesk]
    ) -> dg.SkipReason:
        said: list[str] = []
        now_s = time.time()
        if now_s - float(context.cursor or 0) >= video_desk.pulse.beat_s:
            context.update_cursor(str(now_s))
            said.append(keep_alive(ledger, video_desk.api, video_desk.pulse.beat_s, context))
        video_desk.tidy_up()
        said.append(withdraw_replaced(ledger, video_desk.tools.publisher, grace_s))
        return dg.SkipReason("; ".join(said))

    return unfinished_videos


def keep_alive(ledger: Ledger, video_api: VideoApi, silence_s: float, context: dg.SensorEvaluationContext) -> str:
    """Beat for every video that no run has beaten for lately; one that is lost is dropped. Says what it did."""
    unheard = ledger.videos.unheard(silence_s)
    for job in unheard:
        try:
            if not video_api.beat(video_id_of(job.submission), WAITING):
                ledger.videos.drop(job.job_id, "the back end gave it to another worker while it waited")
        except AcademyError as error:
            context.log.warning("no heartbeat for video %s: %s", job.submission, error)
    return f"beat for {len(unheard)} waiting videos"


def withdraw_replaced(ledger: Ledger, publisher: Publisher, grace_s: float) -> str:
    """Delete packages whose time is over; says what it did."""
    replaced = ledger.packages.superseded(grace_s, WITHDRAWALS_PER_TICK)
    for video_id, build in replaced:
        publisher.withdraw(video_id, build)
        ledger.packages.withdrawn(video_id, build)
    return f"withdrew {len(replaced)} replaced packages"
