"""`academy ocr`: the text of documents without Dagster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.documents.page_text import PageText, TextLine
    from academy_pipelines.resources.ocr.choice import EngineName
    from academy_pipelines.resources.ocr.engine import OcrEngine

Row = dict[str, Any]
"""The result of an `ocr` job, with `file`, `engine`, `pages` and `error` (null unless the file was refused)."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--engine", type=click.Choice(["auto", "google", "tesseract"]), help="By default, as OCR_ENGINE says.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line instead of the text.")
def command(files: tuple[Path, ...], engine: "EngineName | None", *, as_json: bool) -> None:
    """Read what is written in FILES, without Dagster. Exits with 1 when a file or a page was refused.

    FILES are PDFs or pictures (JPEG, PNG, WebP, HEIC, TIFF). A page of a PDF that has text is not looked at.
    """
    from academy_pipelines.cli.engines import engines

    try:
        asked = engines()
        reader = asked.ocr(engine)
    except AcademyError as error:
        raise click.ClickException(str(error)) from error
    is_refused = False
    try:
        for path in files:
            row = _row(path, reader)
            is_refused |= bool(row["error"]) or any(page["error"] for page in row["pages"])
            _tell(row, as_json=as_json)
    finally:
        asked.close()
    click.get_current_context().exit(1 if is_refused else 0)


def _row(path: Path, engine: "OcrEngine") -> Row:
    from academy_pipelines.documents.document_page import document_pages
    from academy_pipelines.documents.page_text import document_confidence, document_engine, document_text
    from academy_pipelines.resources.document_reader import read_document

    row: Row = {"file": str(path), "text": "", "confidence": None, "engine": engine.name, "pages": [], "error": None}
    try:
        pages = read_document(document_pages(path.read_bytes()), engine)
    except (AcademyError, OSError) as error:
        return {**row, "error": str(error)}
    return {
        **row,
        "text": document_text(pages),
        "confidence": document_confidence(pages),
        "engine": document_engine(pages),
        "pages": [_page(page) for page in pages],
    }


def _page(page: "PageText") -> Row:
    return {
        "page": page.number,
        "engine": page.source,
        "size_px": list(page.size_px),
        "text": page.text,
        "confidence": page.confidence,
        "notes": list(page.notes),
        "error": page.error,
        "lines": [_line(line) for line in page.lines],
    }


def _line(line: "TextLine") -> Row:
    box = line.box
    place = [box.left, box.top, box.width, box.height]
    return {"text": line.text, "box": place, "column": line.column, "confidence": line.confidence}


def _tell(row: Row, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    click.echo(row["text"])
    if row["error"]:
        click.echo(f"{row['file']}: {row['error']}", err=True)
    for page in row["pages"]:
        for remark in [*page["notes"], page["error"]]:
            if remark:
                click.echo(f"{row['file']}, page {page['page']}: {remark}", err=True)
