"""Lecture videos from claim to accepted package, on a real Dagster instance with a real encoder."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError
from typing_extensions import override

from academy_pipelines.contracts.videos import VideoClaim, VideoProgress
from academy_pipelines.definitions import living_videos
from academy_pipelines.defs.retirement import Retired, retire
from academy_pipelines.defs.transcoding import TranscodingPolicy
from academy_pipelines.defs.video_desk import OLD_LINK_S
from academy_pipelines.errors import ContractError, FileGoneError, FileUnavailableError, ToolError, UnavailableError
from academy_pipelines.resources.ffmpeg import Ffmpeg, FfmpegPrograms
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.media_store import MemoryMediaStore
from academy_pipelines.sandbox.video_clips import make_clip, make_long_clip
from academy_pipelines.settings import load_settings
from academy_pipelines.video.chunks import ChunkPolicy
from academy_pipelines.video.media import Media
from academy_pipelines_tests.defs.conftest import Clock
from academy_pipelines_tests.defs.video_academy import PREFIX, VIDEO_ASSETS, VideoAcademy, video_academy

pytestmark = pytest.mark.xdist_group("videos")

__all__ = ["video_academy"]


ENCODING_STEPS = {"plan_parts", "encode_part", "assemble_package"}
ASSETS_OF_ONE_STEP = set(VIDEO_ASSETS) - {"hls_package"}


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def tiny(clips: Path) -> bytes:
    return make_clip("tiny.mp4", clips).read_bytes()


@pytest.fixture(scope="module")
def published(tiny: bytes, tmp_path_factory) -> Iterator[VideoAcademy]:
    """An academy that has published video 7 once, for tests that look at it or start from its store."""
    folder = tmp_path_factory.mktemp("published")
    clock = Clock()
    with (
        closing(Ledger(f"sqlite:///{folder / 'ledger.db'}", clock=clock)) as ledger,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        academy = VideoAcademy(instance, ledger, clock, folder / "work")
        academy.offer(7, tiny)
        (academy.last_run,) = academy.work_through()
        yield academy


@pytest.fixture
def quick(video_academy: VideoAcademy, published: VideoAcademy, tiny: bytes) -> VideoAcademy:
    """An academy whose store holds video 7 already, so that nothing has to be encoded; it has just been offered."""
    video_academy.store.objects.update(published.store.objects)
    video_academy.ffmpeg = ProbeOnly()
    video_academy.offer(7, tiny)
    return video_academy


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(dg.RetryPolicy, "calculate_delay", lambda *_: 0.0)


class ProbeOnly(Ffmpeg):
    """Probes for real; whoever wants to encode gets `instead`."""

    def __init__(self, instead: BaseException | None = None) -> None:
        self.instead = instead or AssertionError("nothing should be encoded")
        self.asked = 0

    @override
    def probe(self, source: Path) -> Media:
        return FfmpegPrograms().probe(source)

    @override
    def run(self, *_: object, **__: object) -> None:
        self.asked += 1
        raise self.instead


def reasons(academy: VideoAcademy) -> dict[int, tuple[str, str]]:
    return {video_id: (told.code, told.reason) for video_id, told in academy.api.failed}


def test_a_waiting_video_becomes_an_accepted_package(published: VideoAcademy):
    assert published.last_run.success
    ((video_id, told),) = published.api.completed
    assert video_id == 7
    assert told.duration == 3
    assert told.hls_path == f"{PREFIX}/7/{told.build}/master.m3u8"
    assert {told.hls_path, told.thumbnail_path, told.storyboard_path} <= published.store.objects.keys()
    assert [(rung.width_px, rung.height_px) for rung in told.rungs] == [(64, 48)]
    assert published.api.failed == []
    assert all(published.materialized(asset) == {"7"} for asset in VIDEO_ASSETS)
    assert published.ledger.counts() == {"delivered": 1}


def test_nothing_is_left_of_the_work_on_a_finished_video(published: VideoAcademy):
    assert list(published.root.iterdir()) == []
    assert published.ledger.work.owners() == {}


def test_the_back_end_hears_how_far_the_video_is(published: VideoAcademy):
    beats = published.api.beats[7]
    assert beats[0] == VideoProgress(stage="waiting", percent=0)
    assert beats[-1].stage == "video_result"
    assert [beat.percent for beat in beats] == sorted(beat.percent for beat in beats)


def test_the_runs_log_tells_how_far_a_step_is(published: VideoAcademy):
    said = [entry.user_message for entry in published.instance.all_logs(published.last_run.run_id)]
    assert "hls_package: 100 %" in said


def test_every_asset_tells_a_person_what_there_is_to_know(published: VideoAcademy):
    def facts(asset: str) -> dict[str, object]:
        (record,) = published.instance.fetch_materializations(dg.AssetKey(asset), limit=1).records
        return {name: value.value for name, value in record.asset_materialization.metadata.items()}

    assert facts("source_video")["title"] == "Lecture"
    assert facts("video_probe")["picture"] == "64x48 h264 yuv420p"
    assert facts("hls_package")["speed_x_realtime"] > 0
    assert len(facts("hls_package")["rungs"].records) == 1
    assert facts("validated_hls")["segments"] == 1
    assert facts("video_result")["player"] == "http://academy.test/videos/7"
    assert facts("video_result")["master"].endswith("/master.m3u8")


def test_the_link_to_the_source_stays_nowhere(published: VideoAcademy):
    logs = published.instance.all_logs(published.last_run.run_id)
    assert logs
    assert not any("signature" in entry.to_json() for entry in logs)
    assert "signature" not in str(published.ledger.work.look_up(["video:7"]))


def test_a_file_that_is_no_video_is_refused_with_a_reason_in_two_languages(video_academy: VideoAcademy, clips: Path):
    video_academy.offer(3, make_clip("text.mp4", clips).read_bytes())
    (run,) = video_academy.work_through()
    assert not run.success
    code, reason = reasons(video_academy)[3]
    assert code == "unreadable"
    assert "cannot be read as a video" in reason
    assert "동영상으로 읽을 수 없는 파일입니다" in reason
    assert video_academy.materialized("source_video") == {"3"}
    assert video_academy.materialized("video_probe") == set()
    assert video_academy.ledger.counts() == {"delivered": 1}
    assert list(video_academy.root.iterdir()) == []
    assert video_academy.work_through() == []


@pytest.mark.parametrize(
    "error",
    [
        FileGoneError("https://files.test/v.mp4 answered 403: the link has expired"),
        FileUnavailableError("https://files.test/v.mp4 is larger than 5 bytes"),
        None,
    ],
)
def test_a_source_that_is_not_to_be_had_fails_at_once_without_showing_an_address(video_academy: VideoAcademy, error):
    video_academy.offer(3, error)
    (run,) = video_academy.work_through()
    assert not run.success
    code, reason = reasons(video_academy)[3]
    assert code == "file_unavailable"
    assert "://" not in reason
    assert len(video_academy.sources.fetched) == 1


def test_a_claim_without_an_address_is_answered(video_academy: VideoAcademy):
    video_academy.api.add(VideoClaim(video_id=4))
    video_academy.work_through()
    assert reasons(video_academy)[4][0] == "file_unavailable"


def test_a_link_that_expired_while_the_video_waited_goes_back_without_a_word(video_academy: VideoAcademy, tiny: bytes):
    video_academy.offer(7, None)
    (request,) = video_academy.requests()
    video_academy.clock.now += OLD_LINK_S + 1
    run = video_academy.run(request)
    assert "expired while the video waited" in video_academy.failure(run)
    assert (video_academy.api.failed, video_academy.api.completed) == ([], [])
    assert video_academy.ledger.counts() == {"dead": 1}


def test_a_source_that_is_late_is_tried_again_by_the_step_and_then_by_the_ledger(quick: VideoAcademy, tiny: bytes):
    url = "https://files.test/7.mp4?signature=secret"
    quick.files[url] = UnavailableError("503")
    (run,) = quick.work_through()
    assert not run.success
    assert len(quick.sources.fetched) == 3
    assert quick.ledger.counts() == {"claimed": 1}
    assert quick.work_through() == []
    quick.files[url] = tiny
    quick.clock.now += 60
    (run,) = quick.work_through()
    assert run.success
    assert [video_id for video_id, _ in quick.api.completed] == [7]
    assert quick.api.failed == []


def test_a_source_that_never_comes_is_given_up_with_a_sentence(quick: VideoAcademy):
    quick.files["https://files.test/7.mp4?signature=secret"] = UnavailableError("https://files.test answered 503")
    for _ in range(3):
        quick.work_through()
        quick.clock.now += 1000
    code, reason = reasons(quick)[7]
    assert code == "unavailable"
    assert "://" not in reason
    assert list(quick.root.iterdir()) == []


def test_a_package_that_cannot_be_told_of_is_told_of_by_the_sweep(quick: VideoAcademy):
    (request,) = quick.requests()
    quick.api.outage = UnavailableError("the back end is down")
    run = quick.run(request)
    assert not run.success
    assert quick.materialized("published_hls") == {"7"}
    assert quick.materialized("video_result") == set()
    assert quick.ledger.counts() == {"done": 1}
    quick.api.outage = None
    quick.clock.now += 1000
    quick.tick("unfinished_work")
    assert len(quick.api.completed) == 1
    assert quick.materialized("video_result") == {"7"}
    assert quick.academy_api.posted == []
    quick.clock.now += 1000
    quick.tick("unfinished_work")
    assert len(quick.api.completed) == 1


def test_a_package_that_the_back_end_refuses_is_dead_and_says_why(quick: VideoAcademy):
    quick.api.refusals[7] = ContractError("400: no such video")
    (run,) = quick.work_through()
    assert not run.success
    assert quick.ledger.counts() == {"dead": 1}


def test_the_same_source_is_not_encoded_twice(quick: VideoAcademy):
    (run,) = quick.work_through()
    assert run.success
    assert quick.ffmpeg.asked == 0
    assert all(quick.materialized(asset) == {"7"} for asset in VIDEO_ASSETS)
    quick.offer(7, None)
    (again,) = quick.work_through()
    assert again.success
    assert len(quick.api.completed) == 2
    assert quick.api.completed[0] == quick.api.completed[1]


def test_another_video_of_the_same_source_gets_a_copy_of_its_own(quick: VideoAcademy, tiny: bytes):
    quick.work_through()
    quick.offer(8, tiny)
    (run,) = quick.work_through()
    assert run.success
    assert quick.ffmpeg.asked == 0
    video_id, told = quick.api.completed[-1]
    assert (video_id, told.hls_path) == (8, f"{PREFIX}/8/{told.build}/master.m3u8")
    names = {key.removeprefix(f"{PREFIX}/8/") for key in quick.store.objects if key.startswith(f"{PREFIX}/8/")}
    assert names == {key.removeprefix(f"{PREFIX}/7/") for key in quick.store.objects if key.startswith(f"{PREFIX}/7/")}


def test_a_published_package_that_lost_a_file_is_made_anew(quick: VideoAcademy):
    master = next(key for key in quick.store.objects if key.endswith(".m4s"))
    del quick.store.objects[master]
    quick.ffmpeg = FfmpegPrograms()
    (run,) = quick.work_through()
    assert run.success
    assert master in quick.store.objects


def test_what_another_build_has_replaced_is_withdrawn_after_a_while(quick: VideoAcademy):
    quick.ledger.packages.begin(7, "older")
    quick.ledger.packages.published(7, "older")
    older = f"{PREFIX}/7/older/master.m3u8"
    quick.store.objects[older] = quick.store.objects[next(iter(quick.store.objects))]
    quick.work_through()
    quick.tick("unfinished_videos")
    assert older in quick.store.objects
    quick.clock.now += 24 * 3600 + 1
    quick.tick("unfinished_videos")
    assert older not in quick.store.objects
    assert quick.api.completed[0][1].hls_path in quick.store.objects


def test_a_video_that_is_lost_before_the_work_begins_is_left_alone(quick: VideoAcademy):
    (request,) = quick.requests()
    quick.api.lost.add(7)
    run = quick.run(request)
    assert "nobody is told" in quick.failure(run)
    assert (quick.sources.fetched, quick.api.failed, quick.api.completed) == ([], [], [])
    assert quick.ledger.counts() == {"dead": 1}
    assert quick.ledger.work.owners() == {}


def test_a_video_that_is_lost_before_its_package_is_told_of_is_left_alone(quick: VideoAcademy, monkeypatch):
    (request,) = quick.requests()
    beat = quick.api.beat
    monkeypatch.setattr(quick.api, "beat", lambda n, progress: beat(n, progress) and progress.stage != "video_result")
    run = quick.run(request)
    assert "nobody is told" in quick.failure(run)
    assert (quick.api.failed, quick.api.completed) == ([], [])
    assert quick.ledger.counts() == {"dead": 1}


def test_a_run_whose_video_another_run_has_taken_over_changes_nothing(quick: VideoAcademy, monkeypatch):
    (request,) = quick.requests()
    finish = quick.ledger.work.finish

    def taken_over_meanwhile(run_id: str, results: dict) -> None:
        quick.clock.now += 1000
        assert quick.ledger.work.start(["video:7"], "another run")
        finish(run_id, results)

    monkeypatch.setattr(quick.ledger.work, "finish", taken_over_meanwhile)
    run = quick.run(request)
    assert "another run has taken the video over" in quick.failure(run)
    assert (quick.api.failed, quick.api.completed) == ([], [])
    assert quick.ledger.counts() == {"running": 1}
    assert quick.ledger.work.owners() == {"another run": True}


def test_a_lost_claim_kills_the_encoder(video_academy: VideoAcademy, tiny: bytes, tmp_path: Path):
    started = tmp_path / "started"
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {started}.part\nmv {started}.part {started}\nwait\n")
    program.chmod(0o755)
    video_academy.ffmpeg, video_academy.beat_s = FfmpegPrograms(ffmpeg=str(program)), 0.05
    beat = video_academy.api.beat
    video_academy.api.beat = lambda n, progress: beat(n, progress) and not started.exists()
    video_academy.offer(7, tiny)
    (run,) = video_academy.work_through()
    assert "nobody is told" in video_academy.failure(run)
    assert not is_running(int(started.read_text()))
    assert (video_academy.api.failed, video_academy.api.completed) == ([], [])
    assert list(video_academy.root.iterdir()) == []


def is_running(pid: int) -> bool:
    """Whether a process lives; one that is dead and not yet buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Interrupting(ProbeOnly):
    """Is interrupted as by SIGTERM; before that, `first` happens."""

    def __init__(self, first) -> None:
        super().__init__(DagsterExecutionInterruptedError())
        self.first = first

    @override
    def run(self, *_: object, **__: object) -> None:
        self.first()
        super().run()


def test_a_run_that_a_person_terminates_fails_the_video_and_cleans_up(video_academy: VideoAcademy, tiny: bytes):
    def terminate() -> None:
        (run,) = video_academy.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        video_academy.instance.report_run_canceling(run)

    video_academy.ffmpeg = Interrupting(terminate)
    video_academy.offer(7, tiny)
    (run,) = video_academy.work_through()
    assert video_academy.instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.CANCELED
    assert reasons(video_academy)[7][0] == "cancelled"
    assert "중단" in reasons(video_academy)[7][1]
    assert list(video_academy.root.iterdir()) == []
    assert video_academy.ledger.counts() == {"delivered": 1}


def test_a_run_that_is_stopped_with_its_machine_is_gone_on_with_where_it_stopped(
    video_academy: VideoAcademy, tiny: bytes
):
    video_academy.ffmpeg = Interrupting(lambda: None)
    video_academy.offer(7, tiny)
    (run,) = video_academy.work_through()
    assert not run.success
    assert (video_academy.api.failed, video_academy.ledger.counts()) == ([], {"running": 1})
    video_academy.tick("unfinished_work")
    video_academy.clock.now += 60
    video_academy.ffmpeg = FfmpegPrograms()
    (run,) = video_academy.work_through()
    assert run.success
    assert len(video_academy.sources.fetched) == 1
    assert len(video_academy.api.completed) == 1


def test_an_encoder_that_fails_is_tried_again_and_then_given_up_without_details(
    video_academy: VideoAcademy, tiny: bytes
):
    video_academy.ffmpeg = ProbeOnly(ToolError("ffmpeg ended with 1: /secret/folder was called: ffmpeg -i x"))
    video_academy.offer(7, tiny)
    for _ in range(3):
        video_academy.work_through()
        video_academy.clock.now += 1000
    assert video_academy.ffmpeg.asked == 3
    code, reason = reasons(video_academy)[7]
    assert code == "tool_failed"
    assert "secret" not in reason


def test_a_video_that_was_delivered_long_ago_is_retired(quick: VideoAcademy):
    quick.work_through()
    quick.clock.now += 31 * 24 * 3600
    kept = living_videos(load_settings(academy_retire_after_days=32))
    assert retire(quick.instance, quick.ledger.history, kept).keys == 0
    gone = living_videos(load_settings(academy_retire_after_days=30))
    assert retire(quick.instance, quick.ledger.history, gone) == Retired(keys=1, runs=1, keys_left=0)


def test_a_partition_that_nobody_claimed_fails_and_says_so(video_academy: VideoAcademy):
    video_academy.instance.add_dynamic_partitions("videos", ["99"])
    run = video_academy.run(partition_key="99")
    assert "video 99" in video_academy.failure(run)
    assert (video_academy.api.failed, video_academy.ledger.counts()) == ([], {})


def test_a_finished_video_is_not_touched_by_a_backfill(quick: VideoAcademy):
    quick.work_through()
    run = quick.run(partition_key="7")
    assert "hand the video out again" in quick.failure(run)
    assert (len(quick.api.completed), quick.api.failed) == (1, [])


def test_every_asset_has_a_retry_policy_and_the_encoder_a_pool(quick: VideoAcademy):
    job = quick.definitions.resolve_job_def("publish_video")
    ops = {node.name: node for node in job.all_node_defs if isinstance(node, dg.OpDefinition)}
    assert set(ops) == ASSETS_OF_ONE_STEP | ENCODING_STEPS
    assert all(op.retry_policy for op in ops.values())
    pooled = {name for name, op in ops.items() if op.pool == "ffmpeg"}
    assert pooled == set(ops) - {"source_video", "plan_parts", "published_hls", "video_result"}
    assert job.tags["academy/workload"] == "video"
    assert int(job.tags["dagster/max_runtime"]) > 3600


@pytest.fixture
def long_video(video_academy: VideoAcademy, clips: Path) -> VideoAcademy:
    """An academy that has been offered a video of three chunks."""
    video_academy.policy = TranscodingPolicy(chunking=ChunkPolicy(above_s=4, chunk_s=4))
    (clips / "long").mkdir(exist_ok=True)
    video_academy.offer(7, make_long_clip("plain.mp4", clips / "long").read_bytes())
    return video_academy


def parts_of(run: dg.ExecuteInProcessResult, event: str = "STEP_SUCCESS") -> list[str]:
    steps = [entry.step_key or "" for entry in run.all_events if entry.event_type_value == event]
    return [step.partition("[")[2].removesuffix("]") for step in steps if "encode_part" in step]


def test_a_long_video_is_encoded_in_chunks_that_a_person_sees(long_video: VideoAcademy):
    (run,) = long_video.work_through()
    assert run.success
    sound, *chunks = parts_of(run)
    assert (sound, len(chunks)) == ("sound", 3)
    ((_, told),) = long_video.api.completed
    assert told.duration == 12
    assert all(long_video.materialized(asset) == {"7"} for asset in VIDEO_ASSETS)
    percents = [beat.percent for beat in long_video.api.beats[7]]
    assert percents == sorted(percents)
    assert list(long_video.root.iterdir()) == []


def test_a_chunk_that_fails_gives_the_video_up_once_and_the_next_run_makes_what_is_missing(
    long_video: VideoAcademy, monkeypatch
):
    run_for_real, asked = FfmpegPrograms.run, []

    def run(self, arguments, folder, **options):
        asked.append(folder.name)
        if len(asked) == 4:
            raise ToolError("ffmpeg was killed by signal 9")
        return run_for_real(self, arguments, folder, **options)

    monkeypatch.setattr(FfmpegPrograms, "run", run)
    (failed,) = long_video.work_through()
    assert not failed.success
    assert long_video.ledger.counts() == {"claimed": 1}
    assert long_video.ledger.work.owners() == {}
    assert len(asked) == 4
    long_video.clock.now += 60
    (run,) = long_video.work_through()
    assert run.success
    _, first, second, third = parts_of(run)
    made = [name.removesuffix(".making") for name in asked[4:] if name.endswith(".making")]
    assert (first in made, made[:2]) == (False, [second, third])
    assert [video_id for video_id, _ in long_video.api.completed] == [7]
    assert len(long_video.sources.fetched) == 1


def test_a_store_that_is_down_is_waited_for_and_what_was_encoded_stays(video_academy: VideoAcademy, tiny: bytes):
    video_academy.offer(7, tiny)
    (request,) = video_academy.requests()
    put, failing = MemoryMediaStore.put_file, [True] * 4

    def put_file(*arguments: object) -> None:
        if failing:
            failing.pop()
            raise UnavailableError("the store answered 503")
        put(video_academy.store, *arguments)

    video_academy.store.put_file = put_file
    run = video_academy.run(request)
    assert run.success
    retried = {event.step_key for event in run.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"}
    assert retried == {"published_hls"}
