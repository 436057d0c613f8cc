"""Lecture videos from claim to accepted package, on a real Dagster instance with a real encoder."""

from pathlib import Path

import pytest

from academy_pipelines.sandbox.video_clips import make_clip
from academy_pipelines_tests.defs.video_academy import PREFIX, VIDEO_ASSETS, VideoAcademy, video_academy

__all__ = ["video_academy"]


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def tiny(clips: Path) -> bytes:
    return make_clip("tiny.mp4", clips).read_bytes()


def test_a_waiting_video_becomes_an_accepted_package(video_academy: VideoAcademy, tiny: bytes):
    video_academy.offer(7, tiny)
    (run,) = video_academy.work_through()
    assert run.success
    ((video_id, told),) = video_academy.api.completed
    assert video_id == 7
    assert told.duration == 3
    assert told.hls_path == f"{PREFIX}/7/{told.build}/master.m3u8"
    assert {told.hls_path, told.thumbnail_path, told.storyboard_path} <= video_academy.store.objects.keys()
    assert all(video_academy.materialized(asset) == {"7"} for asset in VIDEO_ASSETS)
    assert video_academy.ledger.counts() == {"delivered": 1}
    assert list(video_academy.root.iterdir()) == []
