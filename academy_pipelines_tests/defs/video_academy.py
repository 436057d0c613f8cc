"""A whole academy for videos: real Dagster instance, real ledger, real encoder; only the neighbours are fakes."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest

from academy_pipelines.contracts.videos import VideoClaim
from academy_pipelines.definitions import build_definitions
from academy_pipelines.defs.transcoding import TranscodingPolicy
from academy_pipelines.defs.video_desk import VideoDesk
from academy_pipelines.defs.video_work import VideoTools
from academy_pipelines.defs.vigil import Pulse
from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.academy_api import MemoryAcademyApi
from academy_pipelines.resources.ffmpeg import Ffmpeg, FfmpegPrograms
from academy_pipelines.resources.job_sources import ApiJobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.media_store import MemoryMediaStore
from academy_pipelines.resources.publisher import Publisher
from academy_pipelines.resources.source_files import MemorySourceFiles
from academy_pipelines.resources.video_api import MemoryVideoApi, VideoApi
from academy_pipelines.settings import load_settings
from academy_pipelines_tests.defs.conftest import Clock

PREFIX = "media/hls/videos"
VIDEO_ASSETS = (
    "source_video",
    "video_probe",
    "hls_package",
    "validated_hls",
    "video_thumbnail",
    "video_storyboard",
    "published_hls",
    "video_result",
)


@dataclass
class VideoAcademy:
    """Everything one test needs to drive the system and look at what came out."""

    instance: dg.DagsterInstance
    ledger: Ledger
    clock: Clock
    root: Path
    files: dict[str, bytes | AcademyError] = field(default_factory=dict)
    api: VideoApi = field(default_factory=MemoryVideoApi)
    store: MemoryMediaStore = field(default_factory=MemoryMediaStore)
    ffmpeg: Ffmpeg = field(default_factory=FfmpegPrograms)
    policy: TranscodingPolicy = field(default_factory=TranscodingPolicy)
    beat_s: float = 60.0
    settings: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sources = MemorySourceFiles(self.files)
        self.academy_api = MemoryAcademyApi()

    @property
    def definitions(self) -> dg.Definitions:
        return build_definitions(load_settings(**self.settings), self.resources())

    def desk(self) -> VideoDesk:
        """A fresh desk, as every run and tick has one."""
        publisher = Publisher(self.store, PREFIX, 2)
        return VideoDesk(
            ledger=self.ledger,
            api=self.api,
            tools=VideoTools(self.sources, self.ffmpeg, self.policy, publisher, self.ledger.packages),
            root=self.root,
            pulse=Pulse(self.ledger.work.lease_s, self.beat_s),
            stale_s=3600,
            player_url="http://academy.test/videos/{video_id}",
        )

    def resources(self) -> Mapping[str, object]:
        return {
            "ledger": self.ledger,
            "academy_api": self.academy_api,
            "job_source": ApiJobSource(self.academy_api),
            "video_api": self.api,
            "video_desk": self.desk(),
        }

    def offer(self, video_id: int, file: bytes | AcademyError | None, title: str = "Lecture") -> None:
        """Put one video into the back end's queue."""
        url = f"https://files.test/{video_id}.mp4?signature=secret"
        if file is not None:
            self.files[url] = file
        self.api.add(VideoClaim(video_id=video_id, source_url=url, title=title))

    def tick(self, name: str, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
        """Evaluate a sensor once."""
        sensor = self.definitions.get_repository_def().get_sensor_def(name)
        context = dg.build_sensor_context(instance=self.instance, resources=self.resources(), cursor=cursor)
        return sensor(context)

    def run(self, request: dg.RunRequest | None = None, **options: object) -> dg.ExecuteInProcessResult:
        """Execute what a sensor asked for, or what `options` say, on the instance."""
        key = request.partition_key if request else options.pop("partition_key")
        job = self.definitions.resolve_job_def("publish_video")
        tags = dict(request.tags) if request else {}
        return job.execute_in_process(
            instance=self.instance, tags=tags, partition_key=key, raise_on_error=False, **options
        )

    def requests(self) -> list[dg.RunRequest]:
        return list(getattr(self.tick("waiting_videos"), "run_requests", None) or [])

    def work_through(self) -> list[dg.ExecuteInProcessResult]:
        """One tick of the door in, then every run that it asks for."""
        return [self.run(request) for request in self.requests()]

    def materialized(self, asset: str) -> set[str]:
        return set(self.instance.get_materialized_partitions(dg.AssetKey(asset)))

    def failure(self, run: dg.ExecuteInProcessResult) -> str:
        """What the failed step of a run says."""
        (failed,) = [event for event in run.all_events if event.event_type_value == "STEP_FAILURE"]
        return failed.event_specific_data.error_display_string


@pytest.fixture
def video_academy(tmp_path: Path) -> Iterator[VideoAcademy]:
    clock = Clock()
    root = Path(tempfile.mkdtemp(prefix="academy-videos-"))
    with (
        closing(Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=clock)) as ledger,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        yield VideoAcademy(instance, ledger, clock, root)
    shutil.rmtree(root, ignore_errors=True)
