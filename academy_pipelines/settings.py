"""What the environment decides: read once, validated, safe to print.

Secrets are not here: `definitions` hands them to Dagster as `EnvVar`s. Only composition roots open this
module. A value that does not parse is an error that names its variable.
"""

import os
import re
from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from academy_pipelines.errors import MisconfiguredError

SECRETS = (
    *("INTERNAL_WORKER_TOKEN", "REDIS_URL", "LEDGER_URL", "R2_ACCESS_KEY", "R2_SECRET_KEY"),
    *("OPENAI_API_KEY", "EMBEDDING_OPENAI_API_KEY", "ACADEMY_VECTORS_URL"),
)
"""Variables that may carry a password: never a field here, never printed."""

DEFAULT_VECTORS_URL = "sqlite:///data/ledger/vectors.db"
"""Where the bank of vectors is kept without ACADEMY_VECTORS_URL."""

SANDBOX_TOKEN = "sandbox-token"  # noqa: S105 - the local sandbox's well-known token is no secret

_USER_IN_ADDRESS = re.compile(r"//[^/@]*@")


def _address(value: str) -> str:
    if urlsplit(value).port == 0:  # reading a port that is no number raises ValueError
        raise ValueError("port 0 cannot be asked")
    return value


def _hosts(value: str) -> str:
    for host in filter(None, map(str.strip, value.split(","))):
        parts = urlsplit(f"//{host}")
        if not parts.hostname or not parts.port or parts.path:
            raise ValueError(f"{host!r} is no host:port")
    return value


class Settings(BaseSettings):
    """One deployment. With no environment at all, everything runs against the local sandbox."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    api_base_url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+/?$"), AfterValidator(_address)] = (
        "http://localhost:8000"
    )
    """Root of the back end, without a path."""
    ai_job_source: Literal["api", "redis"] = "api"
    """Where AI jobs come from."""
    ai_worker_poll_interval: Annotated[float, Field(gt=0, le=3600)] = 1.0
    """Seconds between two looks for work; Dagster's sensors look every 5 s at most."""
    store_url: str = "data/store"
    """Where artefacts live: a folder or s3://bucket/prefix."""
    r2_endpoint: str | None = None
    """S3-compatible endpoint of an s3:// store."""
    r2_region: str = "auto"
    """Region of an s3:// store."""
    academy_batch_size: Annotated[int, Field(ge=1, le=1000)] = 256
    """Submissions graded in one run at most."""
    academy_claims_per_tick: Annotated[int, Field(ge=1, le=5000)] = 512
    """Jobs claimed in one sensor tick at most."""
    academy_max_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """Runs that a job gets before it is given up."""
    academy_lease_seconds: Annotated[float, Field(ge=5, le=86400)] = 60.0
    """How long a run may be silent before another may take over its submissions."""
    academy_download_allowed_hosts: Annotated[str, AfterValidator(_hosts)] = ""
    """Comma-separated host:port that may be on a private network; the back end's own is always allowed."""
    academy_download_max_bytes: Annotated[int, Field(ge=1024)] = 64 * 1024 * 1024
    """Largest file of an AI job."""
    download_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Seconds without a byte before a download is given up."""
    academy_live_partitions: Annotated[int, Field(ge=10, le=100_000)] = 10_000
    """Submissions kept in Dagster's partition set before finished ones are retired."""
    academy_retire_after_days: Annotated[float, Field(gt=0, le=3650)] = 30.0
    """Days after which a settled submission leaves Dagster's partition set in any case."""
    ffmpeg_bin: str = "ffmpeg"
    """Program that encodes lecture videos: a name on the PATH, or a path."""
    ffprobe_bin: str = "ffprobe"
    """Program that says what a video file is."""
    ffprobe_timeout_seconds: Annotated[float, Field(gt=0, le=86400)] = 60.0
    """Longest probe of a video file."""
    ffmpeg_timeout_seconds: Annotated[float, Field(gt=0, le=30 * 86400)] = 3600.0
    """Longest encode of one video, or of one part of a long one."""
    hls_time_seconds: Annotated[float, Field(ge=2, le=30)] = 4.0
    """How long a segment of a published video is, to the nearest two seconds."""
    hls_segment_type: Literal["fmp4", "ts"] = "fmp4"
    """What segments are: fragmented MP4 with the sound apart, or MPEG-TS with the sound in it."""
    thumbnail_at_seconds: Annotated[float, Field(ge=0, le=86400)] | None = None
    """Where a video's thumbnail is taken; empty for its middle."""
    min_segments_per_variant: Annotated[int, Field(ge=1, le=1000)] = 3
    """Fewest segments of a rung, where the video is long enough for so many."""
    academy_video_1080: bool = False
    """Whether videos of 1080 lines get a rung of that size besides 240, 360 and 720."""
    academy_video_chunks_above_seconds: Annotated[float, Field(ge=1, le=30 * 86400)] = 600.0
    """Longest video that is encoded at once; longer ones are split into chunks of a fifth of this."""
    worker_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$")] = "video-worker-1"
    """Name under which videos are claimed; workers with one ledger share it."""
    video_api_prefix: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_./-]+$")] = "/api/v1/internal/video-worker"
    """Where the back end mounts its video routes."""
    video_worker_poll_interval: Annotated[float, Field(gt=0, le=3600)] = 1.0
    """Seconds between two looks for a video; Dagster's sensors look every 5 s at most."""
    video_worker_http_timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds that the back end may take to answer a video call."""
    video_worker_retry_max: Annotated[int, Field(ge=0, le=100)] = 6
    """How often a video's download goes on after it broke off."""
    video_worker_backoff_base: Annotated[float, Field(gt=0, le=600)] = 0.5
    """Seconds before a broken download goes on for the first time; doubled each time."""
    video_worker_backoff_cap: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """Longest pause in seconds before a broken download goes on."""
    video_worker_temp_dir: str | None = None
    """Folder for the work on videos; empty for the system's own for temporary files."""
    video_worker_lock_stale_seconds: Annotated[float, Field(ge=60, le=30 * 86400)] = 3600.0
    """Seconds without a heartbeat after which a video's work folder of which nothing is known is removed."""
    video_worker_heartbeat_interval: Annotated[float, Field(ge=0.05, le=3600)] = 20.0
    """Seconds between two heartbeats of a claimed video."""
    r2_bucket: str | None = None
    """Bucket that videos are published to; empty to publish them beside the artefacts of STORE_URL."""
    r2_video_bucket: str | None = None
    """Another name of R2_BUCKET."""
    r2_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")] = "media/hls/videos"
    """Key prefix of all published videos."""
    upload_max_concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    """Large files of a package that are sent at once; of small ones, four times as many."""
    download_chunk_bytes: Annotated[int, Field(ge=1024, le=256 * 1024 * 1024)] = 1024 * 1024
    """How much of a video is gathered before it is written to the disk."""
    academy_video_max_bytes: Annotated[int, Field(ge=1024)] = 16 * 1024**3
    """Largest source of a video."""
    academy_video_claims_ahead: Annotated[int, Field(ge=1, le=100)] = 1
    """Videos that are claimed at most before a run begins to work on them; their links age while they wait."""
    academy_video_grace_hours: Annotated[float, Field(ge=0, le=24 * 365)] = 24.0
    """How long a video's replaced package stays for those who are watching it."""
    academy_video_url: str = "{api}/videos/{video_id}"
    """Where a person sees a published video, from {api} and {video_id}; by default the sandbox's page."""
    academy_min_confidence: Annotated[float, Field(ge=0.5, le=1)] = 0.9
    """Probability of being right below which an answer goes to a person: more flags, fewer silent errors."""
    academy_overlay_url: str = "{api}/jobs/{job_id}/overlay.jpg"
    """Where a person sees a sheet with its reading, from {api}, {job_id} and {submission}; by default the sandbox's."""
    ocr_engine: Literal["google", "tesseract", "auto"] = "google"
    """Who reads pictures of pages when a job does not say; `google` without credentials counts as `auto` if not set."""
    google_application_credentials: str | None = None
    """File with the credentials of Google Vision."""
    question_segmentation_engine: Literal["auto", "yolo", "anchors", "opencv"] = "auto"
    """Who finds questions: your own detector (`yolo`), or the printed numbers (`anchors`, also called `opencv`)."""
    yolo_question_model_path: str | None = None
    """ONNX file of your own detector of questions."""
    yolo_question_input_size: Annotated[int, Field(ge=32, le=4096)] = 640
    """Side in pixels of the square picture that the detector is given."""
    yolo_question_conf_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.4
    """Confidence below which a detection is dropped."""
    yolo_question_iou_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Overlap above which the less confident of two detections is dropped."""
    embedding_backend: Literal["auto", "local", "openai", "lexical"] = "auto"
    """Who makes vectors: a local model, OpenAI, or the words themselves; `auto` takes the first that is there."""
    embedding_local_model: str = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
    """Folder or name of the sentence-transformers model."""
    academy_embedding_download: bool = False
    """Whether a local model that is not on this machine may be fetched from its hub."""
    embedding_openai_model: str = "text-embedding-3-small"
    """OpenAI's model for vectors."""
    academy_embedding_dimensions: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Dimension of OpenAI's vectors; empty for the model's own."""
    problem_gen_model: str = "gpt-4.1-mini"
    """Language model that writes problems."""
    academy_problem_writer: Literal["auto", "openai", "rules"] = "auto"
    """Who writes problems: a language model, or rules that take what is printed; `auto` needs a key for the model."""
    academy_openai_base_url: Annotated[str, Field(pattern=r"^https?://[^?#@\s]+$")] | None = None
    """Another endpoint that speaks OpenAI's protocol; empty for OpenAI's own."""
    academy_problem_gen_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds that the language model may take for one answer."""
    academy_problem_gen_max_tokens: Annotated[int, Field(ge=100, le=1_000_000)] = 8192
    """Most tokens of one answer of the language model, thinking included."""
    academy_problem_gen_mode: Literal["json_schema", "json_object", "prompt"] = "json_schema"
    """How the language model is asked for JSON: by a strict schema, by JSON mode, or by words, for older servers."""
    academy_problem_batches: bool = False
    """Whether problems of a backfill are written by the language model's batches: half the price, within a day."""
    academy_document_batch_size: Annotated[int, Field(ge=1, le=1000)] = 16
    """Documents worked on in one run at most."""

    @property
    def page_reader(self) -> str:
        """Who reads pictures of pages: `ocr_engine`, unless nobody has chosen it and Google has no credentials."""
        has_chosen = "ocr_engine" in self.model_fields_set or self.google_application_credentials is not None
        return self.ocr_engine if has_chosen else "auto"

    @cached_property
    def overlay_url(self) -> str:
        """Where a sheet with its reading is shown, with {job_id} and {submission} to be filled in."""
        return self.academy_overlay_url.replace("{api}", self.api_base_url.rstrip("/"))

    @property
    def media_url(self) -> str:
        """Where packages of videos are published: the bucket of R2_BUCKET, else the root of STORE_URL."""
        bucket = self.r2_bucket or self.r2_video_bucket
        if bucket:
            return f"s3://{bucket}"
        store = urlsplit(self.store_url)
        return f"s3://{store.netloc}" if store.scheme == "s3" else self.store_url

    @cached_property
    def allowed_hosts(self) -> frozenset[str]:
        """The host:port pairs that downloads may visit on private networks."""
        own = urlsplit(self.api_base_url)
        port = own.port or (443 if own.scheme == "https" else 80)
        named = {host.strip() for host in self.academy_download_allowed_hosts.split(",") if host.strip()}
        return frozenset({f"{own.hostname}:{port}", *named})


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 - one keyword per field, each validated
    """Read the environment.

    Raises:
        MisconfiguredError: naming every variable that does not parse, its value and what is allowed.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(
            f"{str(e['loc'][0]).upper()}={_shown(e['input'])}: {e['msg']}" for e in error.errors(include_url=False)
        )
        raise MisconfiguredError(f"the environment is wrong: {problems}; see .env.example") from error


def _shown(value: object) -> str:
    return _USER_IN_ADDRESS.sub("//***@", repr(value))


def read_secret(variable: str) -> str | None:
    """Return a secret for a command that works without Dagster, which hands it on at once and never prints it."""
    if variable not in SECRETS:
        raise KeyError(f"{variable} is no secret")
    return os.environ.get(variable) or None


def is_set(variable: str) -> bool:
    """Whether a secret's variable is set; its value is not looked at."""
    return bool(os.environ.get(variable))
