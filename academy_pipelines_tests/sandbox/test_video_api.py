"""The academy's HTTP contract about videos, over real connections."""

import httpx
import pytest

from academy_pipelines.sandbox.options import DEFAULT_TOKEN, SandboxOptions
from academy_pipelines.sandbox.server import running_sandbox
from academy_pipelines.sandbox.store import SandboxStore

VIDEO = "/api/v1/internal/video-worker"
TOKEN = {"X-Worker-Token": DEFAULT_TOKEN}
WORKER = {**TOKEN, "X-Worker-Id": "w1"}


def test_a_videos_whole_life(academy, client, clock):
    file = academy.store.files.keep(b"mp4", "강의.mp4")
    video = academy.store.videos.offer(file)
    claimed = client.get(f"{VIDEO}/next/", headers=WORKER).json()
    assert claimed["video_id"] == video.video_id
    assert httpx.get(claimed["source_url"]).content == b"mp4"
    assert client.get(f"{VIDEO}/next/", headers=WORKER).status_code == 204
    clock.ahead_s = 500
    assert client.post(f"{VIDEO}/{video.video_id}/heartbeat/", headers=WORKER).status_code == 200
    clock.ahead_s = 1000
    assert client.get(f"{VIDEO}/next/", headers=WORKER).status_code == 204
    body = {"hls_path": "media/1/master.m3u8", "duration": 12, "thumbnail_path": "media/1/t.jpg"}
    outcomes = [client.post(f"{VIDEO}/{video.video_id}/complete/", headers=WORKER, json=body) for _ in range(2)]
    assert [response.json()["outcome"] for response in outcomes] == ["accepted", "duplicate"]
    told = client.get("/api/sandbox/videos").json()["videos"][0]
    assert (told["state"], told["duration"], told["worker_id"], told["body"]) == ("done", 12, "w1", body)


def test_a_videos_failure_is_taken_with_its_reason(academy, client):
    video = academy.store.videos.offer("http://elsewhere.example/a.mp4")
    response = client.post(f"{VIDEO}/{video.video_id}/fail/", headers=WORKER, json={"reason": "no video stream"})
    assert response.json()["outcome"] == "accepted"
    assert academy.store.videos.get(video.video_id).reason == "no video stream"


@pytest.mark.parametrize("path", ["next", "1/heartbeat", "1/complete", "1/fail"])
def test_every_video_call_needs_a_worker_id(academy, client, path):
    academy.store.videos.offer("http://elsewhere.example/a.mp4")
    method = "GET" if path == "next" else "POST"
    assert client.request(method, f"{VIDEO}/{path}/", json={}).status_code == 400
    assert academy.store.videos.get(1).state == "waiting"


def test_the_heartbeat_of_a_worker_that_lost_its_video_is_409(academy, client):
    video = academy.store.videos.offer("http://elsewhere.example/a.mp4")
    client.get(f"{VIDEO}/next/", headers=WORKER)
    other = {**TOKEN, "X-Worker-Id": "w2"}
    assert client.post(f"{VIDEO}/{video.video_id}/heartbeat/", headers=other).status_code == 409


@pytest.mark.parametrize("video_id", [99, 10**30])
@pytest.mark.parametrize("call", ["heartbeat", "complete", "fail"])
def test_a_call_about_an_unknown_video_is_404(client, call, video_id):
    body = {"hls_path": "a", "duration": 1, "reason": "a"}
    assert client.post(f"{VIDEO}/{video_id}/{call}/", headers=WORKER, json=body).status_code == 404


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("complete", {}),
        ("complete", {"hls_path": "a"}),
        ("complete", {"hls_path": "", "duration": 1}),
        ("complete", {"hls_path": 5, "duration": 1}),
        ("complete", {"hls_path": "a", "duration": 1.5}),
        ("complete", {"hls_path": "a", "duration": "1"}),
        ("complete", {"hls_path": "a", "duration": -1}),
        ("complete", {"hls_path": "a", "duration": True}),
        ("fail", {}),
        ("fail", {"reason": None}),
        ("fail", {"reason": "  "}),
        ("fail", []),
    ],
)
def test_a_video_body_of_the_wrong_form_is_400(academy, client, call, body):
    video = academy.store.videos.offer("http://elsewhere.example/a.mp4")
    response = client.post(f"{VIDEO}/{video.video_id}/{call}/", headers=WORKER, json=body)
    assert response.status_code == 400
    assert academy.store.videos.get(video.video_id).state == "waiting"


def test_video_calls_can_live_under_another_prefix(tmp_path):
    options = SandboxOptions(video_prefix="/internal/video-worker/")
    with running_sandbox(tmp_path, options) as academy:
        academy.store.videos.offer("{sandbox}/a.mp4")
        claimed = httpx.get(f"{academy.base_url}/internal/video-worker/next/", headers=WORKER)
        assert claimed.json()["source_url"] == f"{academy.base_url}/a.mp4"
        assert httpx.get(f"{academy.base_url}{VIDEO}/next/", headers=WORKER).status_code == 404


def test_what_a_heartbeat_tells_is_kept_until_the_next_one_and_shown(academy, client):
    video = academy.store.videos.offer("http://elsewhere.example/a.mp4")
    client.get(f"{VIDEO}/next/", headers=WORKER)
    beat = f"{VIDEO}/{video.video_id}/heartbeat/"
    told = {"stage": "hls_package", "percent": 43}
    assert client.post(beat, headers=WORKER, json=told).status_code == 200
    assert client.post(beat, headers=WORKER).status_code == 200
    assert client.get("/api/sandbox/videos").json()["videos"][0]["progress"] == told
    assert "hls_package 43 %" in client.get("/").text
    assert client.post(beat, headers=WORKER, content=b"[1]").status_code == 400


def test_a_state_folder_without_progress_is_brought_up_to_date(tmp_path):
    with SandboxStore(tmp_path / "old") as store:
        store._database._connection.execute("ALTER TABLE videos DROP COLUMN progress")
    with SandboxStore(tmp_path / "old") as store:
        video = store.videos.offer("http://elsewhere.example/a.mp4")
        assert store.videos.get(video.video_id).progress is None
