"""Every neighbour of one deployment, from its settings: plain values, and secrets by the names of their variables."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from academy_pipelines.defs.document_neighbours import (
    DocumentWorkFactory,
    HandwritingWorkFactory,
    HomeworkWorkFactory,
    NoteWorkFactory,
)
from academy_pipelines.defs.neighbours import (
    AcademyApiFactory,
    ApiJobSourceFactory,
    GradingFactory,
    LedgerFactory,
    ObjectStoreFactory,
    RedisJobSourceFactory,
)
from academy_pipelines.defs.video_neighbours import (
    PublisherFactory,
    SourceFilesFactory,
    VideoApiFactory,
    VideoDeskFactory,
)
from academy_pipelines.settings import DEFAULT_VECTORS_URL, SANDBOX_TOKEN, Settings, is_set

DEFAULT_LEDGER_URL = "sqlite:///data/ledger/ledger.db"


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
        "documents": document_work(settings, object_store),
        "notes": NoteWorkFactory(object_store=object_store, **downloading(settings)),
        "homework": HomeworkWorkFactory(object_store=object_store, **downloading(settings)),
        "handwriting": HandwritingWorkFactory(object_store=object_store, **downloading(settings)),
        **video_resources(settings, ledger, token),
    }


def downloading(settings: Settings) -> dict[str, Any]:
    """Return what is decided about the files of AI jobs, as the fields of whoever fetches them."""
    return {
        "allowed_hosts": sorted(settings.allowed_hosts),
        "max_bytes": settings.academy_download_max_bytes,
        "timeout_seconds": settings.download_timeout_seconds,
    }


def document_work(settings: Settings, object_store: ObjectStoreFactory) -> DocumentWorkFactory:
    """Return the work on documents, with its engines."""
    return DocumentWorkFactory(
        object_store=object_store,
        **downloading(settings),
        ocr_engine=settings.page_reader,
        google_credentials_path=settings.google_application_credentials,
        finder=settings.question_segmentation_engine,
        yolo_model_path=settings.yolo_question_model_path,
        yolo_input_size_px=settings.yolo_question_input_size,
        yolo_confidence_threshold=settings.yolo_question_conf_threshold,
        yolo_iou_threshold=settings.yolo_question_iou_threshold,
        writer=settings.academy_problem_writer,
        writer_model=settings.problem_gen_model,
        writer_timeout_seconds=settings.academy_problem_gen_timeout_seconds,
        writer_most_output_tokens=settings.academy_problem_gen_max_tokens,
        writer_mode=settings.academy_problem_gen_mode,
        writes_in_batches=settings.academy_problem_batches,
        openai_base_url=settings.academy_openai_base_url,
        openai_api_key=dg.EnvVar("OPENAI_API_KEY") if is_set("OPENAI_API_KEY") else None,
        embedding_api_key=dg.EnvVar("EMBEDDING_OPENAI_API_KEY") if is_set("EMBEDDING_OPENAI_API_KEY") else None,
        embedding_backend=settings.embedding_backend,
        embedding_local_model=settings.embedding_local_model,
        embedding_download=settings.academy_embedding_download,
        embedding_openai_model=settings.embedding_openai_model,
        embedding_dimensions=settings.academy_embedding_dimensions,
        vectors_url=secret("ACADEMY_VECTORS_URL", DEFAULT_VECTORS_URL),
    )


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
