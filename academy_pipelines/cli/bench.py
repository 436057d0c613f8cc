"""`academy bench`: what the system costs and how well it reads, each beside a baseline."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from academy_pipelines.cli.bench_ocr import ocr
from academy_pipelines.cli.bench_omr import omr
from academy_pipelines.cli.bench_publish import publish
from academy_pipelines.cli.bench_segmentation import segmentation
from academy_pipelines.cli.bench_vectors import vectors
from academy_pipelines.cli.bench_video import video

if TYPE_CHECKING:
    from rich.console import Console

    from academy_pipelines.sandbox.frame_bench import FrameCost
    from academy_pipelines.sandbox.stack import LocalStack


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Measure; without a name, everything."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(frame)
        ctx.invoke(omr)
        ctx.invoke(ocr)
        ctx.invoke(segmentation)
        ctx.invoke(vectors)
        ctx.invoke(publish)
        ctx.invoke(video)


command.add_command(omr)
command.add_command(ocr)
command.add_command(segmentation)
command.add_command(vectors)
command.add_command(publish)
command.add_command(video)


@command.command()
@click.option("--sheets", default=500, show_default=True, help="How many sheets go through.")
@click.option("--batch-size", default=256, show_default=True, help="Sheets in one run.")
def frame(sheets: int, batch_size: int) -> None:
    """Measure API to accepted result through Dagster, beside a bare loop of the same reader on the same cores."""
    from rich.console import Console

    from academy_pipelines.sandbox.frame_bench import draw_files, measure
    from academy_pipelines.sandbox.stack import LocalStack

    console = Console(width=None if sys.stdout.isatty() else 130)
    processes = os.cpu_count() or 2
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as name, console.status("drawing sheets") as status:
        folder = Path(name)
        distinct = draw_files(folder / "sheets")
        files = [distinct[index % len(distinct)] for index in range(sheets)]
        environment = {"ACADEMY_BATCH_SIZE": str(batch_size)}
        with LocalStack(folder / "stack", Path("dagster.yaml"), environment=environment) as stack:
            status.update("starting the academy and Dagster's daemon")
            _warm_up(stack, distinct[:1])
            status.update(f"a bare loop of {processes} processes, then the whole system")
            cost = measure(stack, files, processes, _teller(status.update))
        status.update("events, stock storage beside ours")
        _show(console, cost, processes, folder / "stack")


def _warm_up(stack: "LocalStack", files: list[Path]) -> None:
    from academy_pipelines.sandbox.frame_bench import offer

    offer(stack, files)
    stack.start_sandbox()
    stack.start_daemon()
    stack.wait_until_open("sandbox", f"{stack.api_url}/healthz")
    stack.wait_until_settled(120)


def _teller(update: Callable[[str], None]) -> Callable[[dict[str, int]], None]:
    def tell(counts: dict[str, int]) -> None:
        update(f"{counts.get('done', 0) + counts.get('failed', 0)} of {sum(counts.values())} answered")

    return tell


def _show(console: "Console", cost: "FrameCost", processes: int, stack_folder: Path) -> None:
    from rich.table import Table

    from academy_pipelines.cli.bench_dagster import event_ms, run_times

    runs = run_times(stack_folder)
    table = Table(
        "", "baseline", "ours", "ratio", title=f"The price of the frame, {cost.sheets} sheets, {processes} cores"
    )
    table.add_row(
        "sheets/s, from claim to accepted result",
        f"{cost.sheets / cost.bare_s:.1f} (bare loop)",
        f"{cost.sheets / cost.frame_s:.1f}",
        f"{cost.share:.0%} (aim: at least 40%)",
    )
    table.add_row("seconds, from first claim to last acceptance", f"{cost.bare_s:.1f}", f"{cost.frame_s:.1f}", "")
    table.add_row("seconds until a sensor looked", "-", f"{cost.until_claimed_s:.1f}", "every 5 s")
    table.add_row(
        "seconds a run: waiting / working, median",
        "-",
        f"{runs.waiting_s:.1f} / {runs.running_s:.1f}",
        f"{runs.runs} runs",
    )
    stock_ms, our_ms = event_ms(batched=False), event_ms(batched=True)
    table.add_row(
        "ms a partition event", f"{stock_ms:.2f} (stock storage)", f"{our_ms:.2f}", f"{our_ms / stock_ms:.0%}"
    )
    table.add_row(
        "one bad sheet: failed / good ones done", "-", f"{cost.bad_sheets_failed} / {cost.good_sheets_done}", ""
    )
    console.print(table)
