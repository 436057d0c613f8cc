"""`academy bench omr`: what reading a sheet costs, and how well drawn and labelled sheets are read."""

import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from academy_pipelines.contracts.labels import LabelledSheet
    from academy_pipelines.omr.accuracy import SheetScore
    from academy_pipelines.sandbox.omr_bench import DrawnSheet, ReadingCost

AIM_OVER_DECODING = 1.5
AIM_SPEED_UP = 15

ALL_DRAWN = "drawn"
OLD_WAY = "old way"


@click.command()
@click.option(
    "--sheets", default=48, show_default=True, help="Drawn sheets over presets, mark kinds and quarter turns."
)
@click.option("--level-sheets", default=8, show_default=True, help="Drawn sheets of each level: easy, medium, hard.")
@click.option("--repeats", default=15, show_default=True, help="How often each way of reading is timed.")
@click.option(
    "--kit",
    "kits",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also a folder of labelled sheets, as for `academy evaluate`; may be given again.",
)
def omr(sheets: int, level_sheets: int, repeats: int, kits: tuple[Path, ...]) -> None:
    """Measure the reader's speed beside decoding and the old way, and its accuracy on fresh sheets."""
    from rich.console import Console

    from academy_pipelines.cli.evaluate import evaluate
    from academy_pipelines.cli.evaluate_tables import groups_table, reliability_table, trade_off_table
    from academy_pipelines.omr.rates import tally
    from academy_pipelines.sandbox import omr_bench

    console = Console()
    labelled = {kit.resolve().name: _labelled(kit) for kit in kits}
    console.print("timing")  # without a spinner: its thread would be timed as well
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as name:
        costs = list(omr_bench.measure_costs(Path(name), repeats))
    console.print(speed_table(costs))
    with console.status("drawing and reading sheets"):
        drawn = chain(omr_bench.preset_sheets(sheets), omr_bench.level_sheets(level_sheets))
        groups = drawn_scores(drawn)
    for name, of_kit in labelled.items():
        with console.status(f"reading {name}"):
            groups[name] = evaluate(of_kit, "auto")
    console.print(groups_table({group: tally(scores) for group, scores in groups.items()}, "How well sheets are read"))
    console.print(reliability_table(groups[ALL_DRAWN]))
    console.print(trade_off_table(groups[ALL_DRAWN]))


def speed_table(costs: "Sequence[ReadingCost]") -> "Table":
    """Return one column a picture: milliseconds each way, the two ratios, and the most that the second can be."""
    from rich.table import Table

    table = Table("CPU ms a sheet, one thread", title="The price of reading a sheet")
    for cost in costs:
        table.add_column(cost.picture, justify="right")
    table.add_row("megapixels", *(f"{cost.megapixels:.1f}" for cost in costs))
    table.add_row("kilobytes", *(f"{cost.kilobytes:.0f}" for cost in costs))
    table.add_row("decode to grey", *(f"{cost.decode_ms:.1f}" for cost in costs))
    table.add_row("decode to grey at half size", *(f"{cost.decode_half_ms:.1f}" for cost in costs))
    table.add_row("ours, bytes to reading", *(f"{cost.ours_ms:.1f}" for cost in costs))
    table.add_row("old way, bytes to reading", *(f"{cost.baseline_ms:.1f}" for cost in costs))
    table.add_row("ours / decode to grey", *(f"{cost.over_decoding:.2f}" for cost in costs))
    table.add_row("old way / ours", *(f"{cost.speed_up:.1f}" for cost in costs))
    table.add_row("old way / decode at half size", *(f"{cost.most_speed_up:.1f}" for cost in costs))
    table.caption = (
        f"aims: at most {AIM_OVER_DECODING} times decoding, at least {AIM_SPEED_UP} times faster than the old way"
    )
    return table


def drawn_scores(sheets: "Iterable[DrawnSheet]") -> "dict[str, list[SheetScore]]":
    """Return the scores of drawn sheets by group, then of all, then what the old way makes of the same pictures."""
    from academy_pipelines.cli.evaluate import score_bytes
    from academy_pipelines.omr.accuracy import judge_sheet
    from academy_pipelines.sandbox.baseline_reader import read_by_baseline

    groups: dict[str, list[SheetScore]] = {}
    ours: list[SheetScore] = []
    old_way: list[SheetScore] = []
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as name:
        for sheet in sheets:
            score = score_bytes(sheet.data, sheet.template, sheet.truth)
            groups.setdefault(sheet.group, []).append(score)
            ours.append(score)
            old_way.append(judge_sheet(sheet.truth, read_by_baseline(sheet.data, sheet.template, Path(name))))
    return {**groups, ALL_DRAWN: ours, OLD_WAY: old_way}


def _labelled(kit: Path) -> "tuple[LabelledSheet, ...]":
    from academy_pipelines.contracts.labels import load_labelled

    try:
        return load_labelled(kit)
    except (AcademyError, OSError) as error:
        raise click.UsageError(str(error)) from error
