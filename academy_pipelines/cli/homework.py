"""`academy homework`: how much is written on the paper in a homework video, without Dagster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.contracts.homework import HomeworkResult


@click.command()
@click.argument("video", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result, or why there is none, as JSON.")
@click.option("--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Write some pictures on one JPEG here.")
@click.option("--stride", type=click.IntRange(1), default=10, show_default=True, help="Look at one picture in so many.")
@click.option("--at-least", type=click.IntRange(1), default=30, show_default=True, help="Fewer pictures are too short.")
def command(video: Path, sheet: Path | None, stride: int, at_least: int, *, as_json: bool) -> None:
    """Say how much is written on the paper that VIDEO shows. Exits with 1 when VIDEO is refused."""
    from academy_pipelines.contracts.homework import HomeworkResult
    from academy_pipelines.resources.homework_frames import HomeworkFrames
    from academy_pipelines.resources.homework_sampling.measuring import HomeworkRequest

    try:
        activity, jpeg = HomeworkFrames().measure(HomeworkRequest(str(video), stride, at_least))
        if sheet is not None:
            sheet.write_bytes(jpeg)
    except (AcademyError, OSError) as error:
        if as_json:
            click.echo(json.dumps({"file": str(video), "error": str(error)}, ensure_ascii=False))
            click.get_current_context().exit(1)
        raise click.ClickException(str(error)) from error
    result = HomeworkResult.of(activity)
    row = {"file": str(video), **result.model_dump(mode="json"), "error": None}
    click.echo(json.dumps(row, ensure_ascii=False) if as_json else _told(result))


def _told(result: "HomeworkResult") -> str:
    lines = [f"{result.sampled_frames} of {result.total_frames} pictures looked at ({result.sampling})"]
    if result.status == "unknown":
        lines.append(f"unknown: {result.reason}")
    else:
        growth = "" if result.ink_growth is None else f", ink grew by {result.ink_growth:.1%} of the paper"
        lines.append(f"writing in {result.filled_ratio:.0%} of them, score {result.avg_writing_score:.2f}{growth}")
    if result.too_short:
        lines.append("the video is too short")
    return "\n".join([*lines, *result.notes])
