"""`academy check-hls`: whether an HLS package will play, and shows what its source shows."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from academy_pipelines.errors import AcademyError

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--source", type=_FILE, help="The file that the package was made from: compare pictures, sound, length.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object instead of lines.")
def command(folder: Path, source: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Check the HLS package in FOLDER (its master.m3u8 and all that belongs to it). Exits with 1 when it has faults."""
    from academy_pipelines.resources.hls_measuring.messages import SourceFile
    from academy_pipelines.resources.hls_reader import check_package

    try:
        faults = check_package(folder, source=SourceFile(str(source.resolve())) if source is not None else None)
    except (AcademyError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        body = {"folder": str(folder), "faults": [asdict(fault) for fault in faults]}
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(f"{fault.where}: {fault.code}: {fault.message}")
        click.echo(f"{len(faults)} faults" if faults else "no fault")
    click.get_current_context().exit(1 if faults else 0)
