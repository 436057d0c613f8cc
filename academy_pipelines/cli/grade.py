"""`academy grade`: read answer sheets without Dagster."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.cli.sheet_files import GradedPage, Reader
    from academy_pipelines.omr.template import SheetTemplate

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

Row = dict[str, Any]
"""The result of an `omr_grading` job, with `file`, `page` (1 for the first) and `error` (null unless refused)."""


class _Choices(TypedDict):
    files: tuple[Path, ...]
    template_name: str
    mode: str
    roster: Path | None
    min_confidence: float | None
    as_json: bool
    jsonl: Path | None
    overlay: Path | None
    review: Path | None


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--template", "template_name", required=True, help="objective_10, objective_20, objective_30 or META.json."
)
@click.option("--mode", type=click.Choice(["auto", "scan", "photo"]), default="auto", show_default=True)
@click.option("--roster", type=_FILE, help="A text or CSV file with the valid student numbers, one a line.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0.5, 1),
    help="Probability of being right below which an answer goes to a person; ACADEMY_MIN_CONFIDENCE by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line instead of a table.")
@click.option("--jsonl", type=_FILE, help="Also write the JSON lines to this file.")
@click.option("--overlay", type=_FOLDER, help="Write a picture of each sheet with what was read into this folder.")
@click.option("--review", type=_FILE, help="Write a page with the doubtful rows, to be put right by keyboard.")
def command(**choices: Unpack[_Choices]) -> None:
    """Read the answer sheets in FILES, without Dagster. Exits with 1 when a file or a page was refused.

    FILES are pictures (JPEG, PNG, WebP, HEIC, TIFF) or PDFs; every page of a TIFF or PDF is a sheet of its own. Sheets
    with the same student number are told.
    """
    try:
        rows = _graded(choices)
        if choices["jsonl"] is not None:
            choices["jsonl"].write_text("".join(f"{_line(row)}\n" for row in rows))
    except (AcademyError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if choices["as_json"]:
        for row in rows:
            click.echo(_line(row))
    else:
        _print_table(rows)
    click.get_current_context().exit(1 if any(row["error"] for row in rows) else 0)


def _graded(choices: _Choices) -> list[Row]:
    from academy_pipelines.cli.sheet_files import Reader, grade_files
    from academy_pipelines.settings import load_settings

    files, overlay = choices["files"], choices["overlay"]
    template = _load_template(choices["template_name"])
    roster = _load_roster(choices["roster"]) if choices["roster"] else None
    if overlay is not None:
        _prepare(overlay, files)
    least = load_settings().academy_min_confidence if choices["min_confidence"] is None else choices["min_confidence"]
    reader = Reader(template, choices["mode"], overlay, roster, least)
    graded = grade_files(files, reader)
    if choices["review"] is not None:
        _write_review(choices["review"], files, reader, graded)
    return [{"file": g.file, "page": g.page, **g.result.model_dump(mode="json"), "error": g.error} for g in graded]


def _write_review(path: Path, files: tuple[Path, ...], reader: "Reader", graded: "list[GradedPage]") -> None:
    from academy_pipelines.cli.sheet_files import sheets_to_review
    from academy_pipelines.review.page import render_page

    sheets = list(sheets_to_review(files, reader, graded))
    path.write_text(render_page(sheets, "답안 확인 · Review"), encoding="utf-8")
    rows = sum(len(sheet.rows) for sheet in sheets)
    click.echo(f"{rows} rows of {len(sheets)} sheets wait for a person in {path}", err=True)


def _load_roster(path: Path) -> frozenset[str]:
    from academy_pipelines.contracts.rosters import parse_roster

    return parse_roster(path.read_bytes(), str(path))


def _prepare(overlay: Path, files: tuple[Path, ...]) -> None:
    """Make the folder, and see that no picture would overwrite another."""
    names = [path.stem for path in files]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        message = f"two files are called {repeated}; their pictures in {overlay} would be one, so grade them separately"
        raise click.BadParameter(message, param_hint="--overlay")
    overlay.mkdir(parents=True, exist_ok=True)


def _load_template(name: str) -> "SheetTemplate":
    from academy_pipelines.contracts.templates import parse_template
    from academy_pipelines.omr.objective import TEMPLATE_NAMES, template_by_name

    if name in TEMPLATE_NAMES:
        return template_by_name(name)
    path = Path(name)
    if not path.is_file():
        message = f"{name} is neither a sheet ({', '.join(TEMPLATE_NAMES)}) nor a file with template meta"
        raise click.BadParameter(message, param_hint="--template")
    meta: object = json.loads(path.read_text())
    if not isinstance(meta, dict):
        raise click.BadParameter(f"{name} holds no JSON object", param_hint="--template")
    return parse_template({str(key): value for key, value in meta.items()})


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def _print_table(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("file", "identifier", "answers", "to check")
    pages = Counter(row["file"] for row in rows)
    for row in rows:
        which = f", page {row['page']}" if pages[row["file"]] > 1 else ""
        name = Text(f"{Path(row['file']).name}{which}")
        if row["error"]:
            table.add_row(name, "", Text(row["error"], style="red"), "")
            continue
        flagged = [str(a["question_id"]) for a in row["answers"] if a["status"] not in {"ok", "blank"}]
        doubts = Text(" ".join([*_doubts_about(row["identifier"]), *flagged]), style="yellow")
        table.add_row(name, _number(row["identifier"]), " ".join(map(_written, row["answers"])), doubts)
    Console().print(table)


def _number(identifier: dict[str, Any] | None) -> str:
    """Return the number, `20260417 (2026?417)` where the roster filled in a digit."""
    if identifier is None:
        return ""
    read: str = identifier["raw_identifier"]
    return f"{identifier['identifier']} ({read})" if identifier["resolution"] == "roster" else read


def _doubts_about(identifier: dict[str, Any] | None) -> list[str]:
    if identifier is None or (identifier["status"] == "ok" and not identifier["duplicates"]):
        return []
    if identifier["resolution"] == "not_on_roster":
        return ["number not on the roster,"]
    return ["number shared," if identifier["duplicates"] else "number,"]


def _written(answer: dict[str, Any]) -> str:
    doubt = "?" if answer["status"] not in {"ok", "blank"} else ""
    return f"{answer['question_id']}:{'/'.join(answer['detected']) or '-'}{doubt}"
