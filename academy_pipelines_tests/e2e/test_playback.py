"""What the pipeline makes of every kind of video plays in a real browser, without a network, on the sandbox's page."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from academy_pipelines.defs.transcoding import Transcoding, TranscodingPolicy
from academy_pipelines.resources.ffmpeg import FfmpegPrograms
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.server import RunningSandbox, running_sandbox
from academy_pipelines.sandbox.video_clips import make_clip, make_long_clip, rotated
from academy_pipelines.video.chunks import ChunkPolicy
from academy_pipelines.video.ladder import LadderPolicy
from academy_pipelines.video.package import HlsPackage
from academy_pipelines_tests.conftest import wait_until

CLIPS = {
    "plain.mp4": ("fmp4", "ts"),
    "portrait.mp4": ("fmp4",),
    "four_by_three.mp4": ("fmp4",),
    "slow.mp4": ("fmp4",),
    "browser.webm": ("fmp4", "ts"),
    "silent.mp4": ("fmp4",),
    "short.mp4": ("fmp4",),
    "turned.mp4": ("fmp4",),
    "odd_size.mp4": ("fmp4",),
    "oblong_pixels.mp4": ("fmp4",),
    "variable_rate.mp4": ("fmp4",),
    "fast.mp4": ("fmp4",),
    "mono.mp4": ("fmp4",),
    "long.mp4": ("fmp4", "ts"),
}
"""Clips, and the segment types in which each is played.

"turned" is a phone's: stored lying, shown upright. "long" is encoded in chunks, one of which begins in its middle.
"""
CASES = [(clip, kind) for clip, kinds in CLIPS.items() for kind in kinds]
UPRIGHT = {"portrait.mp4", "turned.mp4"}
LIT_GREY = 30
"""The brightest spot of a picture that is not black, of 255."""
CLOCK_S = 0.1
"""How far a player's clock may be from the picture that it shows, besides the picture's own length."""
REORDERED_FRAMES = {"fmp4": 0, "ts": 2}
"""By so many frames hls.js starts a transport stream too late: its zero is the first decoding time."""

PLAY_RUNG = """async ({ level, near_s }) => {
  const hls = window.academyPlayer;
  let shownAt = null;
  const state = () => JSON.stringify({
    shownAt, at: video.currentTime, height: video.videoHeight, ready: video.readyState, error: video.error?.message,
    buffered: video.buffered.length && video.buffered.end(0), loading: hls?.loadLevel, levels: hls?.levels.length,
  });
  const until = async (what, holds) => {
    for (const end = performance.now() + 60000; !holds(); ) {
      if (performance.now() > end) throw new Error(`${what} did not happen: ${state()}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  const canvas = document.createElement("canvas");
  const look = frame => {
    canvas.width = canvas.height = 32;
    const painter = canvas.getContext("2d", { willReadFrequently: true });
    painter.drawImage(video, 0, 0, 32, 32);
    const green = painter.getImageData(0, 0, 32, 32).data.filter((_, index) => index % 4 === 1);
    return { width: frame.width, height: frame.height, brightest: Math.max(...green) };
  };
  const seekTo = async time => {
    let frame = null;
    const watch = (_, shown) => { frame = shown; shownAt = shown.mediaTime; video.requestVideoFrameCallback(watch); };
    video.requestVideoFrameCallback(watch);
    video.currentTime = time;
    const isThere = () => frame && Math.abs(frame.mediaTime - time) <= near_s;  // a late picture may come before it
    await until(`a picture after the seek to ${time}`, () => isThere() && !video.seeking && video.readyState >= 2);
    return look(frame);
  };

  await until("the manifest", () => hls && hls.levels.length && video.duration > 0);
  await until(`rung ${level}`, () => video.videoHeight === hls.levels[level].height && video.readyState >= 2);
  video.pause();
  const start = Math.min(0.3, video.duration / 3);
  const begin = await seekTo(start);
  const before = video.getVideoPlaybackQuality().totalVideoFrames;
  await video.play();
  await until("playing", () => video.ended || video.currentTime > start + 0.5);
  video.pause();
  const decoded = video.getVideoPlaybackQuality().totalVideoFrames - before;
  const middle = await seekTo(video.duration / 2);
  const end = await seekTo(video.duration - 0.3);
  await video.play();
  await until("the end", () => video.ended);
  return { duration: video.duration, decoded, seeks: [begin, middle, end], stopped: video.currentTime };
}"""


@dataclass(frozen=True)
class Played:
    """A package that the sandbox gives out, and its page."""

    package: HlsPackage
    url: str


@pytest.fixture(scope="module")
def academy(tmp_path_factory) -> Iterator[RunningSandbox]:
    folder = tmp_path_factory.mktemp("academy")
    (folder / "published").mkdir()
    with running_sandbox(folder / "state", SandboxOptions(artefacts=folder / "published")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "install Debian's chromium, as `make test` does"
    arguments = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as tool:
        opened = tool.chromium.launch(executable_path=executable, args=arguments)
        yield opened
        opened.close()


def publish(academy: RunningSandbox, folder: Path, clip: str, kind: Any) -> Played:
    """Transcode a clip with all steps, put the package where the sandbox looks for it, and say that it is done."""
    policy = TranscodingPolicy(ladder=LadderPolicy(segment_type=kind), chunking=ChunkPolicy(above_s=8, chunk_s=4))
    transcoding = Transcoding(FfmpegPrograms(), policy)
    work = transcoding.open(folder / "work")
    shutil.copy(clip_of(clip, folder), work.source)
    transcoding.probe(work)
    package = transcoding.encode(work)
    transcoding.validate(work)
    transcoding.draw_thumbnail(work)
    transcoding.draw_storyboard(work)
    video = academy.store.videos.offer("http://localhost/source", clip)
    key = f"media/hls/videos/{video.video_id}/build"
    assert academy.options.artefacts is not None
    shutil.copytree(work.package, academy.options.artefacts / key)
    academy.store.videos.claim("worker", 60)
    body = {"hls_path": f"{key}/master.m3u8", "duration": round(package.duration_s)}
    academy.store.videos.complete(video.video_id, body)
    return Played(package, f"{academy.base_url}/videos/{video.video_id}")


def clip_of(name: str, folder: Path) -> Path:
    if name == "turned.mp4":
        return rotated(make_clip("plain.mp4", folder), folder / name)
    return make_long_clip("plain.mp4", folder) if name == "long.mp4" else make_clip(name, folder)


def open_page(browser: Browser, url: str) -> tuple[Page, list[str]]:
    """Open a page that may reach nothing but the sandbox; the list gets whatever it complains of."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(url)
    return page, complaints


@pytest.mark.parametrize(("clip", "kind"), CASES, ids=lambda value: value)
def test_every_rung_plays_from_the_beginning_the_middle_and_the_end(academy, browser, tmp_path, clip: str, kind: str):
    played = publish(academy, tmp_path, clip, kind)
    page, complaints = open_page(browser, played.url)
    frame_s = float(1 / played.package.frame_rate)
    late_s = frame_s * REORDERED_FRAMES[kind]
    for level, rung in enumerate(played.package.rungs):
        page.goto(f"{played.url}?rung={min(rung.width_px, rung.height_px)}p")
        heard = page.evaluate(PLAY_RUNG, {"level": level, "near_s": frame_s + CLOCK_S})
        assert heard["duration"] == pytest.approx(played.package.duration_s, abs=frame_s + late_s + CLOCK_S)
        assert heard["stopped"] == pytest.approx(heard["duration"], abs=frame_s + CLOCK_S)
        assert heard["decoded"] >= 1
        for seek in heard["seeks"]:
            assert (seek["width"], seek["height"]) == (rung.width_px, rung.height_px)
            assert seek["brightest"] > LIT_GREY
        assert page.locator("#trouble").is_hidden()
    assert complaints == []
    page.close()


def test_a_person_chooses_a_rung_and_searches_by_pictures(academy, browser, tmp_path):
    played = publish(academy, tmp_path, "slow.mp4", "fmp4")
    page, complaints = open_page(browser, played.url)
    page.locator("#rungs button", has_text="240p").click()
    page.locator("#storyboard button").last.click()
    wait_until(lambda: page.evaluate("video.currentTime > 0 && !video.seeking"), 20, "the seek")
    expect(page.locator("#shown")).to_contain_text(" 240,", timeout=20_000)
    assert page.locator("#rungs button").all_text_contents() == ["auto", "240p", "360p"]
    assert complaints == []
    page.close()


def test_files_are_given_out_by_range_with_their_types_and_nothing_else_is(academy, tmp_path):
    played = publish(academy, tmp_path, "short.mp4", "fmp4")
    files = f"{played.url}/hls"
    segment = httpx.get(f"{files}/v1/index.m3u8")
    assert segment.headers["content-type"] == "application/vnd.apple.mpegurl"
    name = next(file for file in played.package.files if file.endswith(".m4s"))
    part = httpx.get(f"{files}/{name}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"moof", "video/iso.segment")
    for wrong in ("v1/none.m4s", "..%2f..%2fstate/sandbox.db", "%2e%2e/%2e%2e/x.jpg", "build.txt"):
        assert httpx.get(f"{files}/{wrong}").status_code == 404
    assert httpx.get(f"{academy.base_url}/videos/999/hls/master.m3u8").status_code == 404
