"""`academy problems`: the problems of papers, without Dagster."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.errors import AcademyError, UnreadableImageError, UnusableInputError

if TYPE_CHECKING:
    from academy_pipelines.documents.problem import WrittenProblem
    from academy_pipelines.resources.problem_writer.writer import ProblemWriter

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

    Problems are extracted by rules: an answer is given only where the paper states one.
    """
    rows = [row_of(path, _read_document) for path in files]
    for row in rows:
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            _print(row)
    click.get_current_context().exit(1 if any(row["error"] for row in rows) else 0)


def row_of(path: Path, read_document: Callable[[Path], str], writer: "ProblemWriter | None" = None) -> Row:
    """Return one file's problems; `read_document` gives the text of a file that is no text file."""
    from academy_pipelines.contracts.problems import problem_result

    try:
        problems = problems_of(text_of(path, read_document), writer)
    except (AcademyError, OSError) as error:
        return {"file": str(path), "problems": [], "error": str(error)}
    results = [problem_result(problem).model_dump(mode="json") for problem in problems]
    return {"file": str(path), "problems": results, "error": None}


def text_of(path: Path, read_document: Callable[[Path], str]) -> str:
    """Return what is written in a file.

    Raises:
        UnusableInputError: a text file is in no encoding that we know.
    """
    if path.suffix.lower() not in TEXT_SUFFIXES:
        return read_document(path)
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnusableInputError(f"{path} is neither UTF-8 nor CP949; save it as UTF-8")


def problems_of(text: str, writer: "ProblemWriter | None" = None) -> "list[WrittenProblem]":
    """Return the problems of a paper's text, extracted by rules, or written by `writer` question by question.

    Raises:
        EmptyDocumentError: there is nothing in the text.
        AcademyError: what the writer raises.
    """
    from academy_pipelines.documents.cleaning import clean_text
    from academy_pipelines.documents.extraction import DOCUMENT, extract_problems, split_questions
    from academy_pipelines.documents.problem import WrittenProblem
    from academy_pipelines.errors import EmptyDocumentError
    from academy_pipelines.resources.problem_writer.writer import sha256_of

    clean = clean_text(text, DOCUMENT)
    if not clean.text:
        raise EmptyDocumentError("the document holds no text; is it a picture of an empty page?")
    if writer is not None:
        return [writer.write(question) for question in split_questions(text)]
    return [WrittenProblem(problem, "rules", sha256_of(clean.text)) for problem in extract_problems(text)]


def _read_document(path: Path) -> str:
    raise UnreadableImageError(f"{path} is no text file ({', '.join(sorted(TEXT_SUFFIXES))})")


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
