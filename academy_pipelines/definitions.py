"""The composition root: settings in, Dagster's definitions out."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from academy_pipelines.defs.jobs import grading_job, publishing_job
from academy_pipelines.defs.neighbours import (
    AcademyApiFactory,
    ApiJobSourceFactory,
    GradingFactory,
    LedgerFactory,
    ObjectStoreFactory,
    RedisJobSourceFactory,
)
from academy_pipelines.defs.retirement import SECONDS_A_DAY, LivingSet, retirement_job, retirement_schedule
from academy_pipelines.defs.reviews import apply_reviews, reviewed_sheets
from academy_pipelines.defs.sensors import unfinished_work_sensor, waiting_jobs_sensor
from academy_pipelines.defs.submissions import SUBMISSIONS, submission_assets
from academy_pipelines.defs.video_neighbours import (
    PublisherFactory,
    SourceFilesFactory,
    VideoApiFactory,
    VideoDeskFactory,
)
from academy_pipelines.defs.video_sensors import unfinished_videos_sensor, waiting_videos_sensor
from academy_pipelines.defs.videos import VIDEO_ASSETS, VIDEOS
from academy_pipelines.resources.ledger.videos import subject_of
from academy_pipelines.settings import SANDBOX_TOKEN, Settings, is_set, load_settings

DEFAULT_LEDGER_URL = "sqlite:///data/ledger/ledger.db"

BESIDE_ENCODING_S = 3600.0
"""What a video's run may take besides its encode: the download of the source, proofs and uploads."""

PARTS_IN_A_ROW = 6
"""So many times `FFMPEG_TIMEOUT_SECONDS` may pass before a video's run is taken to hang: parts are far below it."""

SECONDS_AN_HOUR = 3600.0


def secret(variable: str, default: str) -> str:
    """Return a reference to a secret's variable, so that Dagster shows its name and never its value."""
    return dg.EnvVar(variable) if is_set(variable) else default


def build_resources(settings: Settings) -> Mapping[str, object]:
    """Return every neighbour of one deployment by its role."""
    token = secret("INTERNAL_WORKER_TOKEN", SANDBOX_TOKEN)
    object_store = ObjectStoreFactory(url=settings.store_url, **s3_access(settings))
    job_source = (
        RedisJobSourceFactory(url=secret("REDIS_URL", "redis://localhost:6379/0"))
        if settings.ai_job_source == "redis"
        else ApiJobSourceFactory(base_url=settings.api_base_url, worker_token=token)
    )
    ledger = LedgerFactory(
        url=secret("LEDGER_URL", DEFAULT_LEDGER_URL),
        lease_seconds=settings.academy_lease_seconds,
        max_attempts=settings.academy_max_attempts,
    )
    return {
        "academy_api": AcademyApiFactory(base_url=settings.api_base_url, worker_token=token),
        "job_source": job_source,
        "ledger": ledger,
        "object_store": object_store,
        "grading": GradingFactory(
            object_store=object_store,
            allowed_hosts=sorted(settings.allowed_hosts),
            max_bytes=settings.academy_download_max_bytes,
            timeout_seconds=settings.download_timeout_seconds,
            overlay_url=settings.academy_overlay_url.replace("{api}", settings.api_base_url.rstrip("/")),
            min_confidence=settings.academy_min_confidence,
        ),
        **video_resources(settings, ledger, token),
    }


def s3_access(settings: Settings) -> dict[str, Any]:
    """Return where S3 or R2 is, and who asks."""
    return {
        "endpoint_url": settings.r2_endpoint,
        "region": settings.r2_region,
        "access_key": dg.EnvVar("R2_ACCESS_KEY") if is_set("R2_ACCESS_KEY") else None,
        "secret_key": dg.EnvVar("R2_SECRET_KEY") if is_set("R2_SECRET_KEY") else None,
    }


def video_resources(settings: Settings, ledger: LedgerFactory, token: str) -> Mapping[str, object]:
    """Return the neighbours that only videos ask, by their roles."""
    video_api = VideoApiFactory(
        base_url=settings.api_base_url,
        prefix=settings.video_api_prefix,
        worker_token=token,
        worker_id=settings.worker_id,
        timeout_seconds=settings.video_worker_http_timeout,
    )
    sources = SourceFilesFactory(
        allowed_hosts=sorted(settings.allowed_hosts),
        max_bytes=settings.academy_video_max_bytes,
        timeout_seconds=settings.download_timeout_seconds,
        chunk_bytes=settings.download_chunk_bytes,
        retries=settings.video_worker_retry_max,
        backoff_base_seconds=settings.video_worker_backoff_base,
        backoff_cap_seconds=settings.video_worker_backoff_cap,
    )
    publisher = PublisherFactory(
        url=settings.media_url,
        prefix=settings.r2_prefix,
        concurrency=settings.upload_max_concurrency,
        **s3_access(settings),
    )
    desk = VideoDeskFactory(
        ledger=ledger,
        video_api=video_api,
        publisher=publisher,
        sources=sources,
        **transcoding_choices(settings),
        heartbeat_seconds=settings.video_worker_heartbeat_interval,
        temp_dir=settings.video_worker_temp_dir,
        stale_seconds=settings.video_worker_lock_stale_seconds,
        player_url=settings.academy_video_url.replace("{api}", settings.api_base_url.rstrip("/")),
    )
    return {"video_api": video_api, "video_desk": desk}


def transcoding_choices(settings: Settings) -> dict[str, Any]:
    """Return what is decided about encoding, as the desk's own fields."""
    return {
        "ffmpeg": settings.ffmpeg_bin,
        "ffprobe": settings.ffprobe_bin,
        "encode_seconds": settings.ffmpeg_timeout_seconds,
        "probe_seconds": settings.ffprobe_timeout_seconds,
        "segment_type": settings.hls_segment_type,
        "segment_seconds": settings.hls_time_seconds,
        "chunks_above_seconds": settings.academy_video_chunks_above_seconds,
        "with_1080": settings.academy_video_1080,
        "thumbnail_at_seconds": settings.thumbnail_at_seconds,
        "least_segments": settings.min_segments_per_variant,
    }


def build_definitions(settings: Settings, resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """Return everything Dagster should know about one deployment; `resources` replace neighbours by role."""
    assets = submission_assets(settings.academy_batch_size)
    job = grading_job(assets)
    longest_s = settings.ffmpeg_timeout_seconds * PARTS_IN_A_ROW + BESIDE_ENCODING_S
    videos = publishing_job(VIDEO_ASSETS, longest_s)
    retirement = retirement_job(living_submissions(settings, assets), living_videos(settings))
    return dg.Definitions(
        assets=[assets, *VIDEO_ASSETS],
        jobs=[job, apply_reviews, videos, retirement],
        schedules=[retirement_schedule(retirement)],
        sensors=[
            waiting_jobs_sensor(
                job, SUBMISSIONS.name or "", settings.academy_batch_size, settings.academy_claims_per_tick
            ),
            reviewed_sheets,
            waiting_videos_sensor(videos, settings.academy_video_claims_ahead, settings.video_worker_poll_interval),
            unfinished_work_sensor(),
            unfinished_videos_sensor(settings.academy_video_grace_hours * SECONDS_AN_HOUR),
        ],
        resources={**build_resources(settings), **(resources or {})},
        executor=dg.in_process_executor,
    )


def living_submissions(settings: Settings, assets: dg.AssetsDefinition) -> LivingSet:
    """Return how many submissions Dagster keeps, and for how long."""
    return LivingSet(
        partitions=SUBMISSIONS.name or "",
        assets=frozenset(assets.keys),
        at_most=settings.academy_live_partitions,
        idle_s=settings.academy_retire_after_days * SECONDS_A_DAY,
    )


def living_videos(settings: Settings) -> LivingSet:
    """Return the same for videos."""
    return LivingSet(
        partitions=VIDEOS.name or "",
        assets=frozenset(asset.key for asset in VIDEO_ASSETS),
        at_most=settings.academy_live_partitions,
        idle_s=settings.academy_retire_after_days * SECONDS_A_DAY,
        subject=subject_of,
    )


defs = build_definitions(load_settings())
