"""`academy report`: what graded sheets say about an exam, without Dagster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from academy_pipelines.errors import AcademyError, UnusableInputError

if TYPE_CHECKING:
    from academy_pipelines.analysis.item_analysis import ExamAnalysis
    from academy_pipelines.analysis.responses import StudentSheet

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


class _Choices(TypedDict):
    results: Path
    key: Path
    output: Path
    csv: Path | None
    title: str | None
    as_json: bool


@click.command()
@click.argument("results", type=_FILE)
@click.option("--key", required=True, type=_FILE, help='The answers: JSON {"1": "B", …} or CSV lines question,answer.')
@click.option("-o", "--output", required=True, type=_FILE, help="The web page to write.")
@click.option("--csv", type=_FOLDER, help="Also write students.csv, items.csv and choices.csv into this folder.")
@click.option("--title", help="What the exam is called; by default as the file RESULTS.")
@click.option("--json", "as_json", is_flag=True, help="Write the analysis as one JSON object instead of a sentence.")
def command(**choices: Unpack[_Choices]) -> None:
    """Analyse an exam: scores, and for each question how hard it is and how well it tells students apart.

    RESULTS is a file of JSON lines as `academy grade --jsonl` writes it. Answers that a person has yet to look at
    are neither right nor wrong.
    """
    try:
        analysis, refused = _write(choices)
    except (AcademyError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if choices["as_json"]:
        from academy_pipelines.contracts.exam_reports import ExamReport

        click.echo(json.dumps(ExamReport.of(analysis, refused).model_dump(mode="json"), ensure_ascii=False))
    else:
        told = f"{len(analysis.students)} sheets, {len(analysis.items)} questions in {choices['output']}"
        click.echo(f"{told}; {analysis.unknown} answers wait for a person, {len(refused)} sheets were refused")


def _write(choices: _Choices) -> "tuple[ExamAnalysis, list[str]]":
    from academy_pipelines.analysis.item_analysis import analyse
    from academy_pipelines.analysis.responses import mark_exam
    from academy_pipelines.contracts.exam_keys import read_exam_key
    from academy_pipelines.resources.exam_reports.page import ReportHead, report_files, report_page

    key = read_exam_key(choices["key"].read_bytes(), str(choices["key"]))
    sheets, refused = _sheets(choices["results"])
    analysis = analyse(mark_exam(sheets, key))
    page = report_page(analysis, ReportHead(choices["title"] or choices["results"].stem, tuple(refused)))
    choices["output"].write_text(page, encoding="utf-8")
    if choices["csv"] is not None:
        choices["csv"].mkdir(parents=True, exist_ok=True)
        for name, data in report_files(analysis).items():
            (choices["csv"] / name).write_bytes(data)
    return analysis, refused


def _sheets(path: Path) -> "tuple[list[StudentSheet], list[str]]":
    """Return the sheets in a file of JSON lines, and the names of those that were refused."""
    sheets: list[StudentSheet] = []
    refused: list[str] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UnusableInputError(f"{path} is no text ({error}); give a file of `academy grade --jsonl`") from error
    for place, line in enumerate(lines, start=1):
        if line.strip():
            _take(line, f"{path}, line {place}", sheets, refused)
    return sheets, refused


def _take(line: str, where: str, sheets: "list[StudentSheet]", refused: list[str]) -> None:
    from academy_pipelines.cli.sheet_files import name_of
    from academy_pipelines.contracts.exam_keys import student_sheets
    from academy_pipelines.contracts.json_text import read_json_object
    from academy_pipelines.contracts.results import OmrResult

    try:
        row = read_json_object(line)
        name, refusal = name_of(str(row["file"]), int(row["page"])), row["error"]
        result = OmrResult.model_validate(row)
    except (ValueError, KeyError, TypeError) as error:
        message = f"{where} is no sheet that `academy grade --jsonl` wrote ({type(error).__name__}: {error})"
        raise UnusableInputError(message) from error
    if refusal:
        refused.append(name)
    else:
        sheets.extend(student_sheets(result, name))
