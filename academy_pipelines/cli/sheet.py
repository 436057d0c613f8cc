"""`academy sheet`: write a printable answer sheet, and its template as JSON."""

import json
from pathlib import Path

import click

from academy_pipelines.errors import AcademyError
from academy_pipelines.omr.objective import QUESTION_COUNTS, TEMPLATE_NAMES, template_by_name, template_meta
from academy_pipelines.omr.sheet import DEFAULT_TITLE, design_sheet

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("name", type=click.Choice(TEMPLATE_NAMES), required=False)
@click.option("-o", "--output", type=_FILE, help="Where the PDF goes.  [default: NAME.pdf]")
@click.option("--meta", type=_FILE, help="Also write the template the grader reads the sheet with, as JSON.")
@click.option("--title", default=DEFAULT_TITLE, show_default=True, help="What is printed at the top.")
@click.option("--font", type=_FILE, help="A Korean TrueType font.  [default: NanumGothic, package fonts-nanum]")
@click.option("--samples", type=_FOLDER, help="Write the sandbox's sample jobs into this folder instead.")
def command(
    name: str | None, output: Path | None, meta: Path | None, title: str, font: Path | None, samples: Path | None
) -> None:
    """Write the answer sheet NAME as a PDF: A4 landscape, to be printed at actual size."""
    if (name is None) == (samples is None):
        names = ", ".join(TEMPLATE_NAMES)
        message = f"name one sheet ({names}), or give --samples"
        raise click.UsageError(message)
    try:
        if samples is not None:
            _write_samples(samples, font)
        elif name is not None:
            _write_sheet(name, output or Path(f"{name}.pdf"), title, font)
        if meta is not None and name is not None:
            body = json.dumps(template_meta(template_by_name(name), name), indent=1)
            _write(meta, f"{body}\n".encode())
    except (AcademyError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _write_sheet(name: str, output: Path, title: str, font: Path | None) -> None:
    from academy_pipelines.resources.renderer import find_font, render_pdf

    question_count = QUESTION_COUNTS[TEMPLATE_NAMES.index(name)]
    _write(output, render_pdf(design_sheet(question_count, title), find_font(font)))


def _write_samples(folder: Path, font: Path | None) -> None:
    from academy_pipelines.resources.renderer import find_font
    from academy_pipelines.sandbox.sample_recipes import DEFAULT_SEED, write_samples

    for path in write_samples(folder, DEFAULT_SEED, find_font(font)):
        click.echo(f"wrote {path} ({path.stat().st_size:,} bytes)")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    click.echo(f"wrote {path} ({len(data):,} bytes)")
