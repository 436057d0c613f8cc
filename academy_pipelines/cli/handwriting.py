"""`academy handwriting`: what was written on printed pages, without Dagster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from academy_pipelines.contracts.handwriting import HandwritingResult


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--blank", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The form as handed out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result, or why there is none, as JSON.")
def command(file: Path, blank: Path | None, *, as_json: bool) -> None:
    """Say where and how much was written on the pages of FILE. Exits with 1 when FILE is refused.

    FILE and the blank form are PDFs or pictures; page by page they are compared. Without the form only coloured pens
    can be told from print.
    """
    try:
        result = _result(file, blank)
    except (AcademyError, OSError) as error:
        if as_json:
            click.echo(json.dumps({"file": str(file), "error": str(error)}, ensure_ascii=False))
            click.get_current_context().exit(1)
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(_row(file, result), ensure_ascii=False) if as_json else _told(result))


def _result(file: Path, blank: Path | None) -> "HandwritingResult":
    from academy_pipelines.contracts.handwriting import HandwritingResult
    from academy_pipelines.documents.handwriting_pages import handwriting_in

    form = blank.read_bytes() if blank else None
    return HandwritingResult.of(list(handwriting_in(file.read_bytes(), form)))


def _row(file: Path, result: "HandwritingResult") -> dict[str, Any]:
    return {"file": str(file), **result.model_dump(mode="json"), "error": None}


def _told(result: "HandwritingResult") -> str:
    lines: list[str] = []
    for page in result.pages:
        if page.status == "unknown":
            lines.append(f"page {page.page}: unknown: {page.reason}")
            continue
        found = f"{page.ink_share:.2%} of the paper newly under ink in {len(page.boxes)} marks"
        told = f"writing {page.writing_score:.2f}, calculation {page.calculation_score:.2f}"
        lines.append(f"page {page.page}: {found}; {told} (by {page.method}, confidence {page.confidence:.2f})")
    return "\n".join(lines)
