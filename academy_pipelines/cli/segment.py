"""`academy segment`: find the questions of documents without Dagster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.documents.region import Segmentation
    from academy_pipelines.resources.ocr.choice import EngineName
    from academy_pipelines.resources.ocr.engine import OcrEngine
    from academy_pipelines.resources.question_finder import QuestionFinder

Row = dict[str, Any]
"""The result of a `question_segmentation` job, with `file` and `error` (null unless refused).

`boxes` [[x, y, w, h]] in pixels of the pages' upright pictures at full size, and for every box its `labels`, `kinds`
("question", "passage") and `pages` (1 for the first), in reading order.
"""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--engine", type=click.Choice(["auto", "google", "tesseract"]), help="By default, as OCR_ENGINE says.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line instead of a table.")
def command(files: tuple[Path, ...], engine: "EngineName | None", *, as_json: bool) -> None:
    """Find the questions in FILES: pictures (JPEG, PNG, WebP, HEIC, TIFF) or PDFs.

    Text that a PDF brings is used, other pages are read by the engine. Questions are found by their printed numbers, or
    by your own detector (QUESTION_SEGMENTATION_ENGINE). Exits with 1 when a file was refused.
    """
    from academy_pipelines.cli.engines import engines

    try:
        asked = engines()
        reader, finder = asked.ocr(engine), asked.finder()
    except AcademyError as error:
        raise click.ClickException(str(error)) from error
    try:
        rows = [_row(file, reader, finder) for file in files]
    finally:
        asked.close()
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    else:
        _print_table(rows)
    click.get_current_context().exit(1 if any(row["error"] for row in rows) else 0)


def _row(file: Path, engine: "OcrEngine", finder: "QuestionFinder") -> Row:
    from academy_pipelines.contracts.documents import SegmentationResult
    from academy_pipelines.documents.region import Segmentation

    try:
        found = find_in(file.read_bytes(), engine, finder)
    except (AcademyError, OSError) as error:
        found, reason = Segmentation((), "", needs_review=True), str(error)
    else:
        reason = None
    return {"file": str(file), **SegmentationResult.of(found).model_dump(mode="json"), "error": reason}


def find_in(data: bytes, engine: "OcrEngine", finder: "QuestionFinder") -> "Segmentation":
    """Return the questions of a file; pages without text of their own are read by `engine`.

    Raises:
        UnreadableImageError: no page can be read.
        MisconfiguredError, ToolError, UnavailableError: the engine cannot read them.
    """
    from academy_pipelines.documents.document_page import document_pages
    from academy_pipelines.documents.page_pictures import PagePictures
    from academy_pipelines.resources.document_reader import read_document

    pages = document_pages(data)
    return finder.find(read_document(pages, engine), PagePictures(pages))


def _print_table(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("file", "questions", "passages", "engine", "to check")
    for row in rows:
        name = Path(row["file"]).name
        if row["error"]:
            table.add_row(name, "", "", "", Text(row["error"], style="red"))
            continue
        labels = {kind: _labels(row, kind) for kind in ("question", "passage")}
        notes = Text("; ".join(row["notes"]), style="yellow")
        table.add_row(name, labels["question"], labels["passage"], row["engine"], notes)
    Console().print(table)


def _labels(row: Row, kind: str) -> str:
    """Return the labels of one kind, each once although its region may go on in another column."""
    named = [label or "?" for label, found in zip(row["labels"], row["kinds"], strict=True) if found == kind]
    return " ".join(dict.fromkeys(named))
