"""The video calls: what claiming, beating and telling promise, over the fake and over a real server."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from academy_pipelines.contracts.videos import VideoClaim, VideoCompletion, VideoFailure, VideoProgress
from academy_pipelines.errors import ContractError, MisconfiguredError, UnavailableError
from academy_pipelines.resources.video_api import HttpVideoApi, MemoryVideoApi, VideoApi
from academy_pipelines.sandbox.faults import Faults
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.server import RunningSandbox, running_sandbox

TOKEN = "worker-t0ken"
PREFIX = "/internal/video-worker"
HALF_WAY = VideoProgress(stage="hls_package", percent=50)
DONE = VideoCompletion(
    hls_path="media/1/b/master.m3u8",
    thumbnail_path="media/1/b/thumbnail.jpg",
    storyboard_path="media/1/b/storyboard.vtt",
    build="b",
    duration=3,
    duration_s=2.5,
    frame_rate=30.0,
    size_bytes=10,
    rungs=[],
)
FAILED = VideoFailure(reason="그림이 없습니다. There is no picture.", code="no_video_stream")


@dataclass
class Academy:
    """A back end with waiting videos 1, 2 and 3."""

    api: VideoApi
    told: Callable[[int], list[str]]
    """What was accepted for a video, without repetitions."""
    percent: Callable[[int], int]
    fall_ill: Callable[[], None]
    lose: Callable[[int], None]


@pytest.fixture(params=["memory", "http"])
def academy(request, tmp_path):
    if request.param == "memory":
        yield remembered()
        return
    with running_sandbox(tmp_path / "academy", SandboxOptions(token=TOKEN, video_prefix=PREFIX)) as server:
        for number in (1, 2, 3):
            server.store.videos.offer(f"https://files.test/{number}.mp4?signature=x", f"lecture {number}")
        with closing(HttpVideoApi(server.base_url, PREFIX, TOKEN, "worker-1")) as api:
            yield over_http(server, api)


def over_http(server: RunningSandbox, api: VideoApi) -> Academy:
    videos = server.store.videos

    def told(video_id: int) -> list[str]:
        video = videos.get(video_id)
        return [video.state] * video.results

    def fall_ill() -> None:
        server.injector.faults = Faults(error_rate=1.0)

    def lose(video_id: int) -> None:
        with server.store._database.writing() as connection:
            connection.execute("UPDATE videos SET worker_id = 'another' WHERE video_id = ?", (video_id,))

    return Academy(api, told, lambda n: json.loads(videos.get(n).progress)["percent"], fall_ill, lose)


def remembered() -> Academy:
    fake = MemoryVideoApi(
        VideoClaim(video_id=n, source_url=f"https://files.test/{n}.mp4?signature=x", title=f"lecture {n}")
        for n in (1, 2, 3)
    )

    def told(video_id: int) -> list[str]:
        calls = {"done": fake.completed, "failed": fake.failed}
        return [state for state, said in calls.items() if video_id in {number for number, _ in said}]

    def fall_ill() -> None:
        fake.outage = UnavailableError("ill")

    return Academy(fake, told, lambda n: fake.beats[n][-1].percent, fall_ill, fake.lost.add)


def test_videos_are_handed_out_once_in_order_and_then_none(academy):
    claimed = [academy.api.claim() for _ in range(5)]
    assert [(video.video_id, video.title) for video in claimed if video] == [
        (1, "lecture 1"),
        (2, "lecture 2"),
        (3, "lecture 3"),
    ]
    assert claimed[0].source_url == "https://files.test/1.mp4?signature=x"
    assert claimed[3:] == [None, None]


def test_a_heartbeat_tells_the_progress_and_that_the_video_is_still_ours(academy):
    academy.api.claim()
    assert academy.api.beat(1, HALF_WAY) is True
    assert academy.percent(1) == 50


def test_a_heartbeat_for_a_video_that_another_worker_has_says_that_it_is_lost(academy):
    academy.api.claim()
    academy.lose(1)
    assert academy.api.beat(1, HALF_WAY) is False


def test_a_package_is_told(academy):
    academy.api.claim()
    academy.api.complete(1, DONE)
    assert academy.told(1) == ["done"]


def test_a_reason_is_told(academy):
    academy.api.claim()
    academy.api.fail(1, FAILED)
    assert academy.told(1) == ["failed"]


def test_telling_twice_is_harmless(academy):
    for _ in range(2):
        academy.api.complete(1, DONE)
        academy.api.fail(2, FAILED)
    assert (academy.told(1), academy.told(2)) == (["done"], ["failed"])


def test_an_ill_back_end_is_unavailable_to_every_call(academy):
    academy.fall_ill()
    calls = (
        academy.api.claim,
        lambda: academy.api.beat(1, HALF_WAY),
        lambda: academy.api.complete(1, DONE),
        lambda: academy.api.fail(1, FAILED),
    )
    for call in calls:
        with pytest.raises(UnavailableError):
            call()


def test_a_video_that_is_gone_is_lost(tmp_path):
    with (
        running_sandbox(tmp_path / "academy", SandboxOptions(token=TOKEN)) as server,
        closing(HttpVideoApi(server.base_url, server.options.video_prefix, TOKEN, "w")) as api,
    ):
        assert api.beat(77, HALF_WAY) is False
        with pytest.raises(ContractError, match="there is no video 77"):
            api.complete(77, DONE)


def test_a_wrong_prefix_says_which_setting_to_look_at(loopback):
    with (
        closing(HttpVideoApi(loopback.base_url, "/wrong/", TOKEN, "w")) as api,
        pytest.raises(ContractError, match=r"404.*VIDEO_API_PREFIX"),
    ):
        api.claim()


def test_every_call_says_who_asks(loopback):
    loopback.serve("/p/next/", b"", 204)
    with closing(HttpVideoApi(loopback.base_url, "p/", TOKEN, "worker-7")) as api:
        assert api.claim() is None
    (asked,) = loopback.asked
    assert (asked.headers["X-Worker-Id"], asked.headers["X-Worker-Token"]) == ("worker-7", TOKEN)


@pytest.mark.parametrize("said", [b"null", b"[]", b"<html>", b'{"video_id": null}', b'{"video_id": -1}', b'{"id": 7}'])
def test_an_answer_that_names_no_video_is_a_contract_error(loopback, said):
    loopback.serve("/p/next/", said)
    with closing(HttpVideoApi(loopback.base_url, "/p", TOKEN, "w")) as api, pytest.raises(ContractError):
        api.claim()


@pytest.mark.parametrize("source", [None, 7, ["https://files.test/a?signature=x"], ""])
def test_a_claim_without_an_address_is_a_claim_and_shows_nothing(loopback, source):
    loopback.serve("/p/next/", json.dumps({"video_id": 7, "source_url": source}).encode())
    with closing(HttpVideoApi(loopback.base_url, "/p", TOKEN, "w")) as api:
        assert api.claim() == VideoClaim(video_id=7)


@pytest.mark.parametrize("worker_id", ["", "작업자", "a\nb"])
def test_a_worker_id_that_no_header_carries_is_a_wrong_setting(worker_id):
    with pytest.raises(MisconfiguredError, match="WORKER_ID"):
        HttpVideoApi("http://localhost", "/p", TOKEN, worker_id)
