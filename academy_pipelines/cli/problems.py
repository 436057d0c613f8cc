"""`academy problems`: the problems of papers, without Dagster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.errors import AcademyError, EmptyDocumentError, UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from academy_pipelines.resources.engines import Engines

ENCODINGS = ("utf-8-sig", "cp949")
"""How Korean text files are written: UTF-8, or the code page of Korean Windows."""

TEXT_SUFFIXES = frozenset({".txt", ".md"})

Row = dict[str, Any]
"""One file: `file`, `problems` (each the result of a `problem_generation` job), `error` (null unless refused)."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a file instead of a list.")
def command(files: tuple[Path, ...], *, as_json: bool) -> None:
    """List the problems in FILES, without Dagster. Exits with 1 when a file was refused.

    FILES are texts (.txt, .md), PDFs or pictures. Problems are written by a language model where the environment names
    one (OPENAI_API_KEY, ACADEMY_OPENAI_BASE_URL), else extracted by rules, which give an answer only where the paper
    states one.
    """
    from academy_pipelines.cli.engines import engines

    try:
        asked = engines()
    except AcademyError as error:
        raise click.ClickException(str(error)) from error
    try:
        rows = [row_of(path, asked) for path in files]
    finally:
        asked.close()
    for row in rows:
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            _print(row)
    click.get_current_context().exit(1 if any(row["error"] for row in rows) else 0)


def row_of(path: Path, asked: "Engines") -> Row:
    """Return one file's problems."""
    from academy_pipelines.contracts.problems import problem_result

    try:
        questions = questions_of(path, asked)
        if not questions:
            raise EmptyDocumentError("the document holds no text; is it a picture of an empty page?")
        written = [asked.writer().write(question) for question in questions]
    except (AcademyError, OSError) as error:
        return {"file": str(path), "problems": [], "error": str(error)}
    return {
        "file": str(path),
        "problems": [problem_result(one).model_dump(mode="json") for one in written],
        "error": None,
    }


def questions_of(path: Path, asked: "Engines") -> "Sequence[str]":
    """Return the text of every question in a file.

    Raises:
        UnusableInputError: a text file is in no encoding that we know, or no page can be read.
        AcademyError: what the engines raise.
    """
    from academy_pipelines.documents.document_page import document_pages
    from academy_pipelines.documents.extraction import split_questions
    from academy_pipelines.documents.page_pictures import PagePictures
    from academy_pipelines.documents.questions import questions_of_paper
    from academy_pipelines.resources.document_reader import read_document

    if path.suffix.lower() in TEXT_SUFFIXES:
        return split_questions(_decoded(path))
    pages = document_pages(path.read_bytes())
    texts = read_document(pages, asked.ocr(None))
    return questions_of_paper(asked.finder().find(texts, PagePictures(pages)).regions, texts)


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnusableInputError(f"{path} is neither UTF-8 nor CP949; save it as UTF-8")


def _print(row: Row) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console()
    console.print(Text(row["file"], style="bold"))
    if row["error"]:
        console.print(Text(f"  {row['error']}", style="red"))
    for problem in row["problems"]:
        points = f" [{problem['points']:g}점]" if problem["points"] else ""
        console.print(Text(f"{problem['number'] or '?'}. {problem['body']}{points}"))
        for number, choice in enumerate(problem["choices"], start=1):
            console.print(Text(f"   {number}) {choice}"))
        console.print(Text(f"   정답: {problem['answer'] or '-'}  {' '.join(problem['warnings'])}", style="yellow"))
