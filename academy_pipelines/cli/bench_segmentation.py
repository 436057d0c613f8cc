"""`academy bench segmentation`: how well questions are found on drawn papers, beside the old contours."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from academy_pipelines.sandbox.segmentation_bench import SegmentationScore

AIM_RECALL, AIM_PRECISION = 0.9, 0.95
FIRST_SEED = 50_000
"""Of the papers measured on by default: layouts that nothing was tuned on."""


@click.command()
@click.option("--papers", default=12, show_default=True, help="Drawn papers of each kind; most have 1 to 3 pages.")
@click.option("--first-seed", default=FIRST_SEED, show_default=True, help="Of the papers.")
def segmentation(papers: int, first_seed: int) -> None:
    """Measure how many questions are found, and how many that are found are questions, on papers that are drawn."""
    from rich.console import Console

    from academy_pipelines.resources.ocr.tesseract import TesseractEngine
    from academy_pipelines.resources.question_finder import NumberFinder
    from academy_pipelines.sandbox.segmentation_bench import ARRIVALS, SegmentationScore, scores

    console = Console()
    engine, finder = TesseractEngine(), NumberFinder()
    seeds = range(first_seed, first_seed + papers)
    table: dict[str, tuple[SegmentationScore, SegmentationScore]] = {}
    with console.status("") as status:
        for arrival in ARRIVALS:
            ours, old = SegmentationScore(), SegmentationScore()
            for done, (of_ours, of_old) in enumerate(scores(seeds, arrival, engine, finder), 1):
                ours, old = ours + of_ours, old + of_old
                status.update(f"{arrival}: {done} of {papers} papers")
            table[arrival] = ours, old
    console.print(segmentation_table(table))


def segmentation_table(rows: "dict[str, tuple[SegmentationScore, SegmentationScore]]") -> "Table":
    """Return a row for each way in which papers arrive: our score, then that of the old contours."""
    from rich.table import Table

    table = Table(title="Questions and shared passages found (boxes that overlap by more than 0.7)")
    for column in ("papers as", "regions", "recall", "precision", "labels right", "old recall", "old precision"):
        table.add_column(column, justify="left" if column == "papers as" else "right")
    for arrival, (ours, old) in rows.items():
        table.add_row(
            arrival,
            str(ours.true),
            _judged(ours.recall, AIM_RECALL),
            _judged(ours.precision, AIM_PRECISION),
            f"{ours.labelled} of {ours.same}",
            f"{old.recall:.2f}",
            f"{old.precision:.2f}",
        )
    table.caption = f"aims: recall at least {AIM_RECALL}, precision at least {AIM_PRECISION}"
    return table


def _judged(share: float, aim: float) -> str:
    return f"{share:.3f}" if share >= aim else f"{share:.3f} missed"
