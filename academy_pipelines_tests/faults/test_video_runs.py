"""Videos in real processes that are lost, terminated and killed while the encoder runs."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from academy_pipelines.sandbox.stack import LocalStack
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.video_clips import make_clip
from academy_pipelines_tests.conftest import wait_until

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("video_runs")

ENCODER = """#!/bin/sh
# Stands still as long as there is a file named "hang", and tells who it is.
if [ -e {folder}/hang ]; then
    echo $$ > {folder}/pid.part
    mv {folder}/pid.part {folder}/pid
    exec sleep 600
fi
exec ffmpeg "$@"
"""


class Encoder:
    """What the stack takes for ffmpeg."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.program = folder / "encoder"
        self.program.write_text(ENCODER.format(folder=folder))
        self.program.chmod(0o755)

    def hang(self) -> None:
        (self._folder / "pid").unlink(missing_ok=True)
        (self._folder / "hang").touch()

    def go_on(self) -> None:
        (self._folder / "hang").unlink()

    def is_hanging(self) -> bool:
        pid = self._folder / "pid"
        return pid.exists() and is_running(int(pid.read_text()))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Encoder:
    return Encoder(tmp_path_factory.mktemp("encoder") / "e")


@pytest.fixture(scope="module")
def stack(tmp_path_factory, encoder: Encoder, databases: Path) -> Iterator[LocalStack]:
    environment = {
        "ACADEMY_LEASE_SECONDS": "8",
        "VIDEO_WORKER_HEARTBEAT_INTERVAL": "0.5",
        "VIDEO_WORKER_TEMP_DIR": str(tmp_path_factory.mktemp("work")),
        "FFMPEG_BIN": str(encoder.program),
    }
    folder = tmp_path_factory.mktemp("stack")
    no_samples = tmp_path_factory.mktemp("samples")
    (no_samples / "samples.json").write_text('{"samples": []}')
    with LocalStack(
        folder, REPOSITORY / "dagster.yaml", no_samples, environment=environment, databases=databases
    ) as running:
        running.start_sandbox()
        running.wait_until_open("sandbox", f"{running.api_url}/healthz")
        running.start_daemon()
        yield running


@pytest.fixture
def clip(tmp_path) -> Path:
    return make_clip("tiny.mp4", tmp_path)


def offered(stack: LocalStack, clip: Path) -> int:
    with SandboxStore(stack.sandbox_state) as store:
        return store.videos.offer(store.files.keep(clip.read_bytes(), clip.name)).video_id


def known(stack: LocalStack, video_id: int) -> dict:
    return next(video for video in stack.videos() if video["video_id"] == video_id)


def work_folders(stack: LocalStack) -> list[Path]:
    return list(Path(stack.environment["VIDEO_WORKER_TEMP_DIR"], "academy-videos").iterdir())


def runs_of(stack: LocalStack, video_id: int) -> list[dg.DagsterRun]:
    with dg.DagsterInstance.from_config(str(stack.folder)) as instance:
        return list(
            instance.get_runs(dg.RunsFilter(job_name="publish_video", tags={"dagster/partition": str(video_id)}))
        )


@pytest.mark.timeout(400)
def test_a_video_that_another_worker_got_stops_the_encoder_and_nothing_is_told(stack, encoder, clip, monkeypatch):
    monkeypatch.chdir(stack.folder)
    encoder.hang()
    video_id = offered(stack, clip)
    wait_until(encoder.is_hanging, 120, "the encoder's start")
    with sqlite3.connect(stack.sandbox_state / "academy.sqlite3") as academy:
        academy.execute("UPDATE videos SET worker_id = 'another' WHERE video_id = ?", (video_id,))
    wait_until(lambda: not encoder.is_hanging(), 30, "the encoder's end")
    wait_until(lambda: all(run.is_finished for run in runs_of(stack, video_id)), 60, "the run's end")
    wait_until(lambda: work_folders(stack) == [], 30, "an empty work folder")
    video = known(stack, video_id)
    assert (video["state"], video["results"], video["worker_id"]) == ("claimed", 0, "another")
    encoder.go_on()


@pytest.mark.timeout(400)
def test_a_run_that_a_person_terminates_stops_the_encoder_and_fails_the_video(stack, encoder, clip, monkeypatch):
    monkeypatch.chdir(stack.folder)
    encoder.hang()
    video_id = offered(stack, clip)
    wait_until(encoder.is_hanging, 120, "the encoder's start")
    with dg.DagsterInstance.from_config(str(stack.folder)) as instance:
        (run,) = runs_of(stack, video_id)
        assert instance.run_launcher.terminate(run.run_id)
    wait_until(lambda: not encoder.is_hanging(), 60, "the encoder's end")
    wait_until(lambda: known(stack, video_id)["state"] == "failed", 60, "the answer")
    wait_until(lambda: work_folders(stack) == [], 30, "an empty work folder")
    assert known(stack, video_id)["body"]["code"] == "cancelled"
    wait_until(lambda: runs_of(stack, video_id)[0].status is dg.DagsterRunStatus.CANCELED, 60, "the run's end")
    encoder.go_on()


@pytest.mark.timeout(400)
def test_a_machine_that_is_lost_while_it_encodes_takes_the_encoder_along_and_the_video_is_done_once(
    stack, encoder, clip, monkeypatch
):
    monkeypatch.chdir(stack.folder)
    encoder.hang()
    video_id = offered(stack, clip)
    wait_until(encoder.is_hanging, 120, "the encoder's start")
    stack.kill("daemon")
    wait_until(lambda: not encoder.is_hanging(), 30, "the encoder's end")
    encoder.go_on()
    stack.start_daemon()
    wait_until(lambda: known(stack, video_id)["state"] == "done", 240, "the answer")
    video = known(stack, video_id)
    assert (video["results"], video["duplicate_posts"], video["attempt"]) == (1, 0, 1)
    assert (stack.folder / "data/store" / video["hls_path"]).is_file()
    wait_until(lambda: work_folders(stack) == [], 30, "an empty work folder")
