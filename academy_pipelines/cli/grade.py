"""`academy grade`: read answer sheets without Dagster."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.imaging import Gray
    from academy_pipelines.omr.template import SheetTemplate

THREADS = 4
"""OpenCV frees the interpreter while it works; more threads than cores only cost memory."""

PAGES_AHEAD = 2 * THREADS
"""Pages under way before the oldest is waited for; no more files are held in memory."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

Row = dict[str, Any]
"""The result of an `omr_grading` job, with `file`, `page` (1 for the first) and `error` (null unless refused)."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--template", "template_name", required=True, help="objective_10, objective_20, objective_30 or META.json."
)
@click.option("--mode", type=click.Choice(["auto", "scan", "photo"]), default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line instead of a table.")
@click.option("--jsonl", type=_FILE, help="Also write the JSON lines to this file.")
@click.option("--overlay", type=_FOLDER, help="Write a picture of each sheet with what was read into this folder.")
def command(
    files: tuple[Path, ...],
    template_name: str,
    mode: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    jsonl: Path | None,
    overlay: Path | None,
) -> None:
    """Read the answer sheets in FILES, without Dagster. Exits with 1 when a file or a page was refused.

    FILES are pictures (JPEG, PNG, WebP, HEIC, TIFF) or PDFs; every page of a TIFF or PDF is a sheet of its own.
    """
    try:
        template = _load_template(template_name)
        if overlay is not None:
            _prepare(overlay, files)
        rows = list(_shown_at_once(grade_files(files, template, mode, overlay), as_json=as_json))
        if jsonl is not None:
            jsonl.write_text("".join(f"{_line(row)}\n" for row in rows))
    except (AcademyError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if not as_json:
        _print_table(rows)
    click.get_current_context().exit(1 if any(row["error"] for row in rows) else 0)


def grade_files(files: Sequence[Path], template: "SheetTemplate", mode: str, overlay: Path | None) -> Iterator[Row]:
    """Return one row a page, in the order of `files`; a refused page or file has its reason in `error`."""
    from concurrent.futures import Future, ThreadPoolExecutor

    grade_one = partial(_grade, template=template, mode=mode, overlay=overlay)
    under_way: deque[Future[Row]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for sheet in _sheets_in(files, are_drawn=overlay is not None):
            under_way.append(pool.submit(grade_one, sheet))
            if len(under_way) > PAGES_AHEAD:
                yield under_way.popleft().result()
        for future in under_way:
            yield future.result()


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One page of a file; a file that cannot be opened counts as one page, and decoding it raises the reason."""

    file: Path
    number: int
    picture_name: str
    decode: "Callable[[], Gray]"


def _sheets_in(files: Sequence[Path], *, are_drawn: bool) -> Iterator[_Sheet]:
    from academy_pipelines.pages.file import pages_of

    stems = {path.stem for path in files}
    for path in files:
        try:
            pages = pages_of(path.read_bytes())
        except (AcademyError, OSError) as problem:
            yield _Sheet(path, 1, path.stem, partial(_refuse, problem))
            continue
        for number, page in enumerate(pages, 1):
            name = path.stem if len(pages) == 1 else f"{path.stem}-{number}"
            if are_drawn and len(pages) > 1 and name in stems:
                message = f"page {number} of {path} and a file {name} would share a picture; grade them separately"
                raise click.BadParameter(message, param_hint="--overlay")
            yield _Sheet(path, number, name, page.decode)


def _refuse(problem: Exception) -> NoReturn:
    raise problem


def _grade(sheet: _Sheet, template: "SheetTemplate", mode: str, overlay: Path | None) -> Row:
    from academy_pipelines.contracts.results import omr_result
    from academy_pipelines.omr.overlay import draw_overlay
    from academy_pipelines.omr.reading import read_sheet
    from academy_pipelines.omr.readings import SheetReading
    from academy_pipelines.omr.registration import CaptureMode

    reading, aligned, error = SheetReading(answers=(), identifier=None), False, None
    try:
        page = sheet.decode()
        registration, _, reading = read_sheet(page, template, CaptureMode(mode))
        aligned = registration.warped
        if overlay is not None:
            (overlay / f"{sheet.picture_name}.jpg").write_bytes(draw_overlay(page, registration, template, reading))
    except (AcademyError, OSError) as problem:
        error = str(problem)
    result = omr_result(reading, mode=mode, aligned=aligned, meta_used=error is None)
    return {"file": str(sheet.file), "page": sheet.number, **result.model_dump(mode="json"), "error": error}


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


def _shown_at_once(rows: Iterator[Row], *, as_json: bool) -> Iterator[Row]:
    for row in rows:
        if as_json:
            click.echo(_line(row))
        yield row


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
        number = row["identifier"]["raw_identifier"] if row["identifier"] else ""
        flagged = [str(a["question_id"]) for a in row["answers"] if a["status"] not in {"ok", "blank"}]
        table.add_row(name, number, " ".join(map(_written, row["answers"])), Text(" ".join(flagged), style="yellow"))
    Console().print(table)


def _written(answer: dict[str, Any]) -> str:
    doubt = "?" if answer["status"] not in {"ok", "blank"} else ""
    return f"{answer['question_id']}:{'/'.join(answer['detected']) or '-'}{doubt}"
