"""`academy review`: doubtful rows as a page for a person, and what the person said back into the results."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from academy_pipelines.errors import AcademyError

if TYPE_CHECKING:
    from collections.abc import Generator

    from academy_pipelines.resources.ledger.book import Ledger
    from academy_pipelines.resources.object_store import ObjectStore
    from academy_pipelines.review.corrections import Corrections

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Review doubtful rows of a deployment: its ledger and store are those of the environment, see .env.example."""


@command.command()
@click.option("-o", "--output", type=_FILE, default=Path("review.html"), show_default=True, help="Where the page goes.")
@click.option("--submission", "submissions", multiple=True, help="Only this submission. May be repeated.")
@click.option("--batch", help="Only the submissions of this batch: the run's tag academy/batch.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Only what was graded that day.  [default: today]")
def make(output: Path, submissions: tuple[str, ...], batch: str | None, day: datetime | None) -> None:
    """Write a page with the doubtful rows of graded submissions, to be put right by keyboard in any browser."""
    from academy_pipelines.defs.review_sheets import doubtful_sheets
    from academy_pipelines.review.page import render_page
    from academy_pipelines.settings import load_settings

    with _deployment() as (ledger, store):
        if batch is not None:
            submissions = (*submissions, *sorted(ledger.work.members(batch)))
        elif not submissions:
            submissions = _graded_on(day or datetime.now(tz=UTC).astimezone(), ledger)
        readings = ledger.reviews.readings(submissions)
        overlay_url, tell = load_settings().overlay_url, partial(click.echo, err=True)
        sheets = list(doubtful_sheets(ledger, readings.values(), store, overlay_url, tell))
    output.write_text(render_page(sheets, "답안 확인 · Review"), encoding="utf-8")
    rows = sum(len(sheet.rows) for sheet in sheets)
    click.echo(f"{rows} rows of {len(sheets)} sheets wait for a person in {output}; {len(readings)} were looked at")


def _graded_on(day: datetime, ledger: "Ledger") -> tuple[str, ...]:
    start = day.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return tuple(ledger.reviews.graded(start.timestamp(), (start + timedelta(days=1)).timestamp()))


@command.command()
@click.argument("file", metavar="CORRECTIONS", type=_EXISTING)
@click.option("--replace", is_flag=True, help="Also where somebody had said something else before.")
@click.option("--jsonl", type=_EXISTING, help="Put right the lines that `academy grade --jsonl` wrote to this file.")
def apply(*, file: Path, replace: bool, jsonl: Path | None) -> None:
    """Put right what the page's file CORRECTIONS says, all of it or nothing; doing so twice changes nothing.

    The corrections are kept in the ledger. The sensor `reviewed_sheets` then makes new results of them and posts them.
    """
    from academy_pipelines.review.corrections import parse_corrections

    try:
        corrections = parse_corrections(file.read_bytes())
        if jsonl is not None:
            _apply_to_lines(corrections, jsonl)
            return
    except (AcademyError, OSError) as error:
        raise click.ClickException(str(error)) from error
    with _deployment() as (ledger, _):
        accepted = ledger.reviews.accept(corrections, replace=replace)
    known = f"; {accepted.known} were known" if accepted.known else ""
    click.echo(f"{accepted.rows} rows of {accepted.sheets} sheets are put right{known}")


@contextmanager
def _deployment() -> "Generator[tuple[Ledger, ObjectStore]]":
    """Open the ledger and the store that the environment names, as Dagster would."""
    import dagster as dg

    from academy_pipelines.definitions import build_resources
    from academy_pipelines.settings import load_settings

    try:
        roles = build_resources(load_settings())
        with dg.build_resources({role: roles[role] for role in ("ledger", "object_store")}) as resources:
            if not resources.ledger.counts():
                message = (
                    "the ledger is empty; run this in the deployment's folder, or let LEDGER_URL name its database"
                )
                raise click.ClickException(message)
            yield resources.ledger, resources.object_store
    except (AcademyError, dg.DagsterError) as error:
        raise click.ClickException(str(error.__cause__ or error)) from error


def _apply_to_lines(corrections: "Corrections", path: Path) -> None:
    from academy_pipelines.cli.sheet_lines import put_lines_right

    text, rows = put_lines_right(path.read_text(encoding="utf-8"), corrections)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    click.echo(f"{rows} rows are put right in {path}")
