"""`academy wrong-note`: print a student's wrong questions without Dagster."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.errors import AcademyError, FileUnavailableError, InvalidJobError

if TYPE_CHECKING:
    from academy_pipelines.documents.wrong_notes import WrongNote

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("items", type=_FILE)
@click.option("-o", "--output", required=True, type=_FILE, help="The PDF to write.")
@click.option("--html", type=_FILE, help="Also write the note as one web page.")
@click.option("--font", type=_FILE, help="A Korean TrueType font; by default NanumGothic, where it is installed.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object instead of a sentence.")
def command(items: Path, output: Path, html: Path | None, font: Path | None, *, as_json: bool) -> None:
    """Print the wrong questions of one student as a PDF, to be solved again.

    ITEMS is a JSON file with the payload of a `wrong_note` job: {"enrolment": {"id", "name"}, "title", "items":
    [{"exam", "question", "given", "right", "crop", "body", "explanation"}]}. A crop is the data URI of a picture.
    """
    from academy_pipelines.resources.note_printer.printer import NotePrinter, note_page
    from academy_pipelines.resources.renderer import find_font

    try:
        printer = NotePrinter(find_font(font))
        note = _note(items)
        page = note_page(note)
        printed = printer.print(page)
        output.write_bytes(printed.pdf)
        if html is not None:
            html.write_text(page, encoding="utf-8")
    except (AcademyError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        told = {"pdf": str(output), "html": html and str(html), "pages": printed.pages, "items": note.item_count}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(f"{note.item_count} items on {printed.pages} pages in {output}")


def _note(path: Path) -> "WrongNote":
    from academy_pipelines.contracts.wrong_notes import parse_wrong_note_payload, requested_note

    return requested_note(parse_wrong_note_payload(_payload(path)), _refuse)


def _payload(path: Path) -> dict[str, Any]:
    from academy_pipelines.contracts.json_text import read_json_object

    try:
        return read_json_object(path.read_bytes())
    except ValueError as error:
        raise InvalidJobError(f"{path} is no JSON object ({error}); see `academy wrong-note --help`") from error


def _refuse(link: str) -> bytes:
    message = f"the crop {link.partition('?')[0]} is a link; this command fetches nothing, put the picture in as data:"
    raise FileUnavailableError(message)
