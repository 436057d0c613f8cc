"""`academy transcode`: one video through all steps but publishing, without Dagster."""

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.errors import AcademyError, UnsupportedMediaError

if TYPE_CHECKING:
    from academy_pipelines.defs.transcoding import StageProgress, Tell, TranscodingPolicy
    from academy_pipelines.resources.ffmpeg import Ffmpeg
    from academy_pipelines.settings import Settings
    from academy_pipelines.video.media import Media
    from academy_pipelines.video.package import HlsPackage


@click.command()
@click.argument("source", metavar="INPUT", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("outdir", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was made, or why not, as JSON.")
@click.option("--at-once", type=click.IntRange(1, 64), default=1, help="Chunks of a long video encoded side by side.")
def command(source: Path, outdir: Path, *, as_json: bool, at_once: int) -> None:
    """Make an HLS package of INPUT in OUTDIR, without Dagster. Exits with 1 when INPUT is refused.

    It is probed, encoded, validated, and gets a thumbnail and a storyboard, as the environment (HLS_*, FFMPEG_*) says.
    OUTDIR must be empty or not exist; everything appears in it when all is done.
    """
    if outdir.exists() and any(outdir.iterdir()):
        raise click.BadParameter(f"{outdir} is not empty; name a new folder", param_hint="OUTDIR")
    try:
        facts = _transcode(source.resolve(), outdir.resolve(), at_once)
    except (AcademyError, OSError) as error:
        if as_json:
            click.echo(json.dumps(_reason(error), ensure_ascii=False))
            click.get_current_context().exit(1)
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _told(facts, outdir))


def _transcode(source: Path, outdir: Path, at_once: int) -> dict[str, Any]:
    """Work in a folder beside `outdir`, so that the package is moved there at once."""
    from academy_pipelines.defs.transcoding import Transcoding
    from academy_pipelines.settings import load_settings

    settings = load_settings()
    outdir.parent.mkdir(parents=True, exist_ok=True)
    with (
        _tidy_when_terminated(),
        tempfile.TemporaryDirectory(prefix=f".{outdir.name}-", dir=outdir.parent) as name,
        _progress_bar() as tell,
    ):
        transcoding = Transcoding(_ffmpeg(settings), _policy(settings), tell=tell)
        work = transcoding.open(Path(name))
        work.source.symlink_to(source)
        media = transcoding.probe(work)
        package = transcoding.encode(work, at_once)
        transcoding.validate(work)
        transcoding.draw_thumbnail(work)
        transcoding.draw_storyboard(work)
        shutil.rmtree(outdir, ignore_errors=True)
        work.package.rename(outdir)
    return _facts(media, package)


def _ffmpeg(settings: "Settings") -> "Ffmpeg":
    from academy_pipelines.resources.ffmpeg import FfmpegPrograms

    return FfmpegPrograms.within(
        settings.ffmpeg_bin,
        settings.ffprobe_bin,
        encode_s=settings.ffmpeg_timeout_seconds,
        probe_s=settings.ffprobe_timeout_seconds,
    )


def _policy(settings: "Settings") -> "TranscodingPolicy":
    from academy_pipelines.defs.transcoding import TranscodingPolicy
    from academy_pipelines.video.chunks import ChunkPolicy
    from academy_pipelines.video.ladder import RUNG_1080, USUAL_RUNGS, LadderPolicy

    return TranscodingPolicy(
        ladder=LadderPolicy(
            rungs=(*USUAL_RUNGS, RUNG_1080) if settings.academy_video_1080 else USUAL_RUNGS,
            segment_type=settings.hls_segment_type,
            segment_s=settings.hls_time_seconds,
        ),
        chunking=ChunkPolicy.above(settings.academy_video_chunks_above_seconds),
        thumbnail_at_s=settings.thumbnail_at_seconds,
        least_segments=settings.min_segments_per_variant,
    )


def _facts(media: "Media", package: "HlsPackage") -> dict[str, Any]:
    return {
        "duration_s": round(package.duration_s, 3),
        "frame_rate": round(float(package.frame_rate), 3),
        "size_bytes": package.size_bytes,
        "source_bytes": media.size_bytes,
        "segment_type": package.segment_type,
        "sound": package.has_sound,
        "rungs": [asdict(rung) for rung in package.rungs],
        "warnings": list(package.warnings),
    }


def _reason(error: Exception) -> dict[str, str]:
    if isinstance(error, UnsupportedMediaError):
        return {"code": error.code, "reason": error.reason, "english": error.english, "korean": error.korean}
    code = error.code if isinstance(error, AcademyError) else "os_error"
    return {"code": code, "reason": code, "english": str(error), "korean": ""}


def _told(facts: dict[str, Any], outdir: Path) -> str:
    sizes = ", ".join(f"{rung['width_px']}x{rung['height_px']}" for rung in facts["rungs"])
    megabytes = facts["size_bytes"] / 1e6
    lines = [f"{outdir}: {facts['duration_s']:.1f} s in {sizes} at {facts['frame_rate']:g} fps, {megabytes:.1f} MB"]
    return "\n".join([*lines, *(f"warning: {warning}" for warning in facts["warnings"])])


@contextmanager
def _tidy_when_terminated() -> Generator[None]:
    """Let SIGTERM end the command the way Ctrl-C does: programs are killed, the work folder is removed."""

    def stop(*_: object) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress_bar() -> "Generator[Tell]":
    """A bar on a terminal's standard error, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("probe", total=1.0)

        def tell(progress: "StageProgress") -> None:
            bar.update(task, description=progress.stage, completed=progress.overall)

        yield tell
