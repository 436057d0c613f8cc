"""`academy bench video`: what publishing a lecture costs and how good it looks, beside the old worker's way."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.table import Table

    from academy_pipelines.cli.bench_transcoding import VideoCost
    from academy_pipelines.resources.publisher import Publisher

BUCKET = "videos"
PLACES = 8
LECTURES = ("slides", "whiteboard")
SCENES = (*LECTURES, "phone")


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table, whose aim is for the scenes `of`: at most `most`, at least `least`."""

    name: str
    value: "Callable[[VideoCost], float]"
    most: float | None = None
    least: float | None = None
    of: tuple[str, ...] = LECTURES

    @property
    def aim(self) -> str:
        """The aim in words."""
        return f"at least {self.least:g}" if self.most is None else f"at most {self.most:g}"

    def written(self, cost: "VideoCost") -> str:
        """Return the figure of a scene, and whether it misses its aim; nothing where it has none."""
        if cost.scene not in self.of:
            return ""
        value = self.value(cost)
        is_met = (self.most is None or value <= self.most) and (self.least is None or value >= self.least)
        return f"{value:.2f}" if is_met else f"{value:.2f} missed"


SECONDS_OF = {
    "old": "the old worker's encode",
    "bare": "one bare encode of the largest rung",
    "encode": "our encode",
    "validate": "our proof",
    "whole": "all, probe to publish",
}
FIGURES = (
    Figure("our encode / the old worker's", lambda cost: cost.seconds.encode / cost.seconds.old, most=0.65),
    Figure("our bytes / the old worker's", lambda cost: cost.our_bytes / cost.old_bytes, most=0.3),
    Figure("VMAF of the largest rung", lambda cost: cost.our_vmaf, least=95),
    Figure("VMAF below the old worker's", lambda cost: cost.old_vmaf - cost.our_vmaf, most=1),
    Figure("VMAF of a phone's upright video", lambda cost: cost.our_vmaf, least=93, of=("phone",)),
    Figure("our encode / one bare encode", lambda cost: cost.seconds.encode / cost.seconds.bare, most=1.3),
    Figure("all, probe to publish / the old encode", lambda cost: cost.seconds.whole / cost.seconds.old, most=0.8),
    Figure("proof / our encode", lambda cost: cost.seconds.validate / cost.seconds.encode, most=0.15),
)


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="How long each lecture is.")
@click.option("--rounds", default=2, show_default=True, help="How often each is published; the least cost counts.")
@click.option("--ffmpeg", envvar="FFMPEG_BIN", default="ffmpeg", show_default=True)
@click.option("--ffprobe", envvar="FFPROBE_BIN", default="ffprobe", show_default=True)
def video(seconds: float, rounds: int, ffmpeg: str, ffprobe: str) -> None:
    """Publish drawn lectures, beside the old worker's own command and one bare encode of the largest size."""
    from rich.console import Console

    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError as error:
        raise click.UsageError("VMAF needs imageio-ffmpeg: pip install 'academy-pipelines[dev]'") from error
    from academy_pipelines.cli.bench_transcoding import Programs, measure
    from academy_pipelines.sandbox.lecture_scenes import film
    from academy_pipelines.sandbox.slow_store import slow_store

    console = Console(width=None if sys.stdout.isatty() else 130)
    programs = Programs(ffmpeg, ffprobe, get_ffmpeg_exe())
    costs: list[VideoCost] = []
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as name, slow_store(0.0) as endpoint:
        for scene in SCENES:
            console.print(f"{scene}: drawing and publishing")  # without a spinner: its thread would be counted
            source = film(scene, Path(name) / f"{scene}.mp4", seconds, ffmpeg)
            costs.append(measure(scene, source, Path(name), programs, _publisher(endpoint), rounds))
    console.print(table(costs))


def _publisher(endpoint: str) -> "Publisher":
    from academy_pipelines.resources.media_store_s3 import open_media_store
    from academy_pipelines.resources.publisher import Publisher, connections_for
    from academy_pipelines.resources.s3_calls import S3Access

    access = S3Access(endpoint, "auto", "key", "secret")
    return Publisher(open_media_store(f"s3://{BUCKET}", access, connections_for(PLACES)), "bench", PLACES)


def table(costs: "Sequence[VideoCost]") -> "Table":
    """Return one column a scene: seconds, sizes and scores, then every figure beside its aim."""
    from rich.table import Table

    shown = Table("", "aim", title="The price of a lecture video, CPU seconds")
    for cost in costs:
        shown.add_column(cost.scene, justify="right")
    for name in ("old", "bare", "encode", "validate", "whole"):
        shown.add_row(SECONDS_OF[name], "", *(f"{getattr(cost.seconds, name):.1f}" for cost in costs))
    shown.add_row("MB, old / ours", "", *(f"{cost.old_bytes / 1e6:.1f} / {cost.our_bytes / 1e6:.1f}" for cost in costs))
    shown.add_row("VMAF, old / ours", "", *(f"{cost.old_vmaf:.1f} / {cost.our_vmaf:.1f}" for cost in costs))
    shown.add_section()
    for figure in FIGURES:
        shown.add_row(figure.name, figure.aim, *(figure.written(cost) for cost in costs))
    return shown
