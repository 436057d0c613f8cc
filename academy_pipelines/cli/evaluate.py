"""`academy evaluate`: how well a school's own labelled sheets are read."""

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from academy_pipelines.errors import AcademyError, UnreadableImageError

if TYPE_CHECKING:
    from academy_pipelines.contracts.labels import LabelledSheet
    from academy_pipelines.omr.accuracy import SheetScore, SheetTruth
    from academy_pipelines.omr.template import SheetTemplate

THREADS = 4
"""OpenCV frees the interpreter while it works; more threads than cores only cost memory."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--template", "template_name", help="objective_10, objective_20, objective_30 or META.json.")
@click.option("--mode", type=click.Choice(["auto", "scan", "photo"]), default="auto", show_default=True)
@click.option("--min-confidence", type=click.FloatRange(0.5, 1), help="As for academy grade.")
@click.option("--html", type=_FILE, help="Also write the report as one HTML file.")
@click.option("--json", "as_json", is_flag=True, help="Write everything as one JSON object instead of tables.")
def command(
    folder: Path,
    template_name: str | None,
    mode: str,
    min_confidence: float | None,
    html: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
) -> None:
    """Read the labelled sheets in DIR and say how well that went.

    \b
    DIR holds pictures and what is marked on them, in one of two layouts:
      labels.csv       columns file, question, answer (A; A/C for two marks; empty for blank)
      identifiers.csv  optional: file, identifier (? for an unmarked digit, * for two marks)
      template.json    the sheet's meta in millimetres, unless --template names it
    or
      truth/*.json     name, image, meta, answers {"1": {"marked": ["A"]}}, identifier
      images/, meta/   what these name

    Silent: accepted and wrong. Flagged: a person has to look; all questions of a refused sheet are.
    Exits with 2 when the labels or the template cannot be used.
    """  # noqa: D301 - \b keeps click from filling the lines
    from academy_pipelines.cli.evaluate_report import as_document, write_html
    from academy_pipelines.contracts.labels import load_labelled
    from academy_pipelines.settings import load_settings

    try:
        sheets = load_labelled(folder, _template_called(template_name))
        least = load_settings().academy_min_confidence if min_confidence is None else min_confidence
        scores = evaluate(sheets, mode, least)
        if html is not None:
            write_html(html, scores, f"{folder.resolve().name}, mode {mode}")
    except (AcademyError, OSError) as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps(as_document(scores), ensure_ascii=False))
        return
    from academy_pipelines.cli.evaluate_tables import show

    show(scores)


def evaluate(sheets: Iterable["LabelledSheet"], mode: str, min_confidence: float | None = None) -> list["SheetScore"]:
    """Return the score of every sheet, in order; a sheet that cannot be read is refused with the reason."""
    from concurrent.futures import ThreadPoolExecutor

    from academy_pipelines.imaging import one_thread_each

    one_thread_each()
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(partial(_score, mode=mode, min_confidence=min_confidence), sheets))


def score_bytes(
    data: bytes,
    template: "SheetTemplate",
    truth: "SheetTruth",
    mode: str = "auto",
    min_confidence: float | None = None,
    page: int = 1,
) -> "SheetScore":
    """Return how well one page of a file is read; without `min_confidence` answers are trusted as by default."""
    from academy_pipelines.omr.accuracy import judge_sheet, refused_sheet
    from academy_pipelines.omr.answers import answer_policy
    from academy_pipelines.omr.reading import read_sheet
    from academy_pipelines.omr.registration import CaptureMode
    from academy_pipelines.pages.file import pages_of

    try:
        pages = pages_of(data)
        if page > len(pages):
            raise UnreadableImageError(f"the file has {len(pages)} pages, there is no page {page}")
        policy = answer_policy(min_confidence)
        reading = read_sheet(pages[page - 1].decode(), template, CaptureMode(mode), answers=policy)[-1]
    except AcademyError as error:
        return refused_sheet(truth, f"{error.code}: {error}")
    return judge_sheet(truth, reading)


def _score(sheet: "LabelledSheet", mode: str, min_confidence: float | None) -> "SheetScore":
    return score_bytes(sheet.file.read_bytes(), sheet.template, sheet.truth, mode, min_confidence, sheet.page)


def _template_called(name: str | None) -> "SheetTemplate | None":
    from academy_pipelines.contracts.labels import read_meta
    from academy_pipelines.omr.objective import TEMPLATE_NAMES, template_by_name

    if name is None:
        return None
    return template_by_name(name) if name in TEMPLATE_NAMES else read_meta(Path(name))
