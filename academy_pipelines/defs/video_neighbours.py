"""How Dagster builds what the work on videos asks, for each run or tick."""

import tempfile
from pathlib import Path

import dagster as dg
from typing_extensions import override

from academy_pipelines.defs.neighbours import ClosingFactory
from academy_pipelines.defs.transcoding import TranscodingPolicy
from academy_pipelines.defs.video_desk import VideoDesk
from academy_pipelines.defs.video_work import VideoTools
from academy_pipelines.defs.vigil import Pulse
from academy_pipelines.resources.ffmpeg import FfmpegPrograms
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.media_store_s3 import open_media_store
from academy_pipelines.resources.publisher import Publisher, connections_for
from academy_pipelines.resources.s3_calls import S3Access
from academy_pipelines.resources.source_files import HttpSourceFiles, Patience
from academy_pipelines.resources.video_api import HttpVideoApi, VideoApi
from academy_pipelines.video.chunks import ChunkPolicy
from academy_pipelines.video.ladder import RUNG_1080, USUAL_RUNGS, LadderPolicy, SegmentType

WORK_FOLDERS = "academy-videos"


class VideoApiFactory(ClosingFactory[VideoApi]):
    """The back end's video calls."""

    base_url: str
    prefix: str
    worker_token: str
    worker_id: str
    timeout_seconds: float

    @override
    def create_resource(self, context: dg.InitResourceContext) -> VideoApi:
        return HttpVideoApi(
            self.base_url, self.prefix, self.worker_token, self.worker_id, timeout_s=self.timeout_seconds
        )


class PublisherFactory(dg.ConfigurableResource[Publisher]):
    """The store that players read from."""

    url: str
    prefix: str
    concurrency: int
    endpoint_url: str | None = None
    region: str = "auto"
    access_key: str | None = None
    secret_key: str | None = None

    @override
    def create_resource(self, context: dg.InitResourceContext) -> Publisher:
        access = S3Access(self.endpoint_url, self.region, self.access_key, self.secret_key)
        store = open_media_store(self.url, access, connections_for(self.concurrency))
        return Publisher(store, self.prefix, self.concurrency)


class SourceFilesFactory(dg.ConfigurableResource[HttpSourceFiles]):
    """Where sources of videos are fetched from."""

    allowed_hosts: list[str]
    max_bytes: int
    timeout_seconds: float
    chunk_bytes: int
    retries: int
    backoff_base_seconds: float
    backoff_cap_seconds: float

    @override
    def create_resource(self, context: dg.InitResourceContext) -> HttpSourceFiles:
        return HttpSourceFiles(
            frozenset(self.allowed_hosts),
            max_bytes=self.max_bytes,
            timeout_s=self.timeout_seconds,
            chunk_bytes=self.chunk_bytes,
            patience=Patience(self.retries, self.backoff_base_seconds, self.backoff_cap_seconds),
        )


class VideoDeskFactory(ClosingFactory[VideoDesk]):
    """Where a run takes its video."""

    ledger: dg.ResourceDependency[Ledger]
    video_api: dg.ResourceDependency[VideoApi]
    publisher: dg.ResourceDependency[Publisher]
    sources: dg.ResourceDependency[HttpSourceFiles]
    ffmpeg: str
    ffprobe: str
    encode_seconds: float
    probe_seconds: float
    segment_type: str
    segment_seconds: float
    with_1080: bool
    chunks_above_seconds: float
    thumbnail_at_seconds: float | None
    least_segments: int
    heartbeat_seconds: float
    temp_dir: str | None
    stale_seconds: float
    player_url: str

    @override
    def create_resource(self, context: dg.InitResourceContext) -> VideoDesk:
        programs = FfmpegPrograms.within(
            self.ffmpeg, self.ffprobe, encode_s=self.encode_seconds, probe_s=self.probe_seconds
        )
        return VideoDesk(
            ledger=self.ledger,
            api=self.video_api,
            tools=VideoTools(self.sources, programs, self._policy(), self.publisher, self.ledger.packages),
            root=Path(self.temp_dir or tempfile.gettempdir()) / WORK_FOLDERS,
            pulse=Pulse(self.ledger.work.lease_s, self.heartbeat_seconds),
            stale_s=self.stale_seconds,
            player_url=self.player_url,
        )

    def _policy(self) -> TranscodingPolicy:
        segment_type: SegmentType = "ts" if self.segment_type == "ts" else "fmp4"
        return TranscodingPolicy(
            ladder=LadderPolicy(
                rungs=(*USUAL_RUNGS, RUNG_1080) if self.with_1080 else USUAL_RUNGS,
                segment_type=segment_type,
                segment_s=self.segment_seconds,
            ),
            chunking=ChunkPolicy.above(self.chunks_above_seconds),
            thumbnail_at_s=self.thumbnail_at_seconds,
            least_segments=self.least_segments,
        )
