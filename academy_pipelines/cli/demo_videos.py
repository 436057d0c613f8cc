"""The videos of `academy demo`: drawn when they are needed, offered, and shown when they are published or refused."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from academy_pipelines.sandbox.stack import Jobs, LocalStack

CLIPS = {
    "plain.mp4": ("Lecture, 3 s", "done"),
    "portrait.mp4": ("Filmed upright with a phone", "done"),
    "cut_in_front.mp4": ("Upload that broke off", "failed"),
}
"""Kinds of clips, by the names that the sandbox draws them under: their titles, and what is to become of them."""

STORE = Path("data/store")
"""Where the demo publishes, below the stack's folder."""


def offer_clips(stack: "LocalStack") -> None:
    """Draw the clips and offer them, unless the academy has videos already."""
    from academy_pipelines.sandbox.store import SandboxStore
    from academy_pipelines.sandbox.video_clips import make_clip

    with tempfile.TemporaryDirectory() as folder, SandboxStore(stack.sandbox_state) as store:
        if store.videos.all():
            return
        for clip, (title, _) in CLIPS.items():
            store.videos.offer(store.files.keep(make_clip(clip, Path(folder)).read_bytes(), clip), title)


def show_videos(console: "Console", stack: "LocalStack") -> list[str]:
    """Print one row a video; returns what is not as it should be, in words."""
    from rich.table import Table

    table = Table("video", "state", "package, or why there is none", "pictures", "time", title="Lecture videos")
    videos = stack.videos()
    for video in videos:
        told: dict[str, Any] = video["body"] or {}
        sizes = " ".join(f"{rung['width_px']}x{rung['height_px']}" for rung in told.get("rungs", []))
        took_s = (video["answered_at"] or 0) - (video["claimed_at"] or 0)
        took = f"{took_s:.1f} s" if video["answered_at"] else "-"
        outcome = video["hls_path"] or video["reason"] or "-"
        style = {"done": "", "failed": "dim"}.get(video["state"], "red")
        table.add_row(f"{video['video_id']} {video['name']}", video["state"], outcome, sizes, took, style=style)
    console.print(table)
    return _what_is_wrong(videos, stack.folder / STORE)


def _what_is_wrong(videos: "Jobs", store: Path) -> list[str]:
    expected = dict(CLIPS.values())
    wrong: list[str] = []
    for video in videos:
        name = f"video {video['video_id']} ({video['name']})"
        if video["state"] != expected.get(video["name"], video["state"]) or video["state"] not in {"done", "failed"}:
            wrong.append(f"{name} is {video['state']}: {video['reason']}")
        if video["hls_path"] and not (store / video["hls_path"]).is_file():
            wrong.append(f"{name}: nothing lies at {video['hls_path']}")
    return wrong
