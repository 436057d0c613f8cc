"""`academy bench ocr`: how well drawn exam papers are read, beside the old worker's call."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from academy_pipelines.sandbox.ocr_bench import PageScore

AIMS = {(300, False): 0.08, (300, True): 0.08, (200, False): 0.09, (200, True): 0.09}
"""Resolution, whether it is a bad scan -> most character errors over characters."""
LAYER_AIM, LAYER_AIM_MS = 0.035, 20
CIRCLED_AIM = 0.95
MILLISECONDS = 1000


@click.command()
@click.option("--papers", default=10, show_default=True, help="Papers of which a page is read in each quality.")
@click.option("--baseline/--no-baseline", default=True, show_default=True, help="Also read by the old worker's call.")
@click.option("--by-subject", is_flag=True, help="Also one row for every subject.")
def ocr(papers: int, *, baseline: bool, by_subject: bool) -> None:
    """Read fresh exam papers at 300 and 200 dpi, clean and as bad scans; read their text layers, too."""
    from rich.console import Console
    from rich.table import Table

    from academy_pipelines.resources.ocr.tesseract import TesseractEngine
    from academy_pipelines.sandbox.ocr_bench import bench_pages, by_baseline, layer_scores, read_by, scores

    console = Console(width=None if sys.stdout.isatty() else 130)
    engine = TesseractEngine()
    readers = {f"tesseract ({engine.languages})": read_by(engine), **({"old call": by_baseline} if baseline else {})}
    table = Table("engine", "pages", "CER", "aim", "circled", "CPU", title=f"Exam papers read, {papers} of each kind")
    layers = list(layer_scores(papers))
    table.add_row("text layer", "PDF", *_cells(layers, LAYER_AIM, f"{_mean_ms(layers):.1f} ms ({LAYER_AIM_MS})"))
    for (dpi, is_degraded), aim in AIMS.items():
        for name, read in readers.items():
            quality = f"{dpi} dpi, {'bad scan' if is_degraded else 'clean'}"
            with console.status(f"{name}: {quality}"):
                found = list(scores(bench_pages(papers, dpi, is_degraded=is_degraded), read))
            table.add_row(name, quality, *_cells(found, aim, f"{_mean_ms(found) / MILLISECONDS:.2f} s"))
            for subject in sorted({score.subject for score in found} if by_subject else ()):
                own = [score for score in found if score.subject == subject]
                table.add_row(
                    "", f"  {subject} ({len(own)})", *_cells(own, aim, f"{_mean_ms(own) / MILLISECONDS:.2f} s")
                )
    console.print(table)


def _cells(found: "Sequence[PageScore]", aim: float, cost: str) -> tuple[str, ...]:
    rate = sum(score.error_rate for score in found) / len(found)
    printed = sum(score.circled for score in found)
    circled = f"{sum(score.circled_found for score in found) / printed:.3f} ({CIRCLED_AIM})" if printed else "-"
    return f"{rate:.3f}", f"{aim:.3f}", circled, cost


def _mean_ms(found: "Sequence[PageScore]") -> float:
    return MILLISECONDS * sum(score.cpu_s for score in found) / len(found)
