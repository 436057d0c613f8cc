"""`academy demo`: everything on this machine, from sample jobs to accepted results, shown as it happens."""

import shutil
import signal
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from academy_pipelines.cli.demo_documents import SHEET, offer_documents, show_documents
from academy_pipelines.cli.demo_videos import offer_clips, show_videos

if TYPE_CHECKING:
    from rich.console import Console

    from academy_pipelines.sandbox.stack import Jobs, LocalStack

DEMO_FOLDER = Path("data/demo")
DEV_FOLDER = Path("data/dev")
SAMPLES = Path("data/sandbox")
SANDBOX_STATE = Path("data/sandbox/state")
"""Where `academy sandbox enqueue` puts jobs by default."""
DAGSTER_YAML = Path("dagster.yaml")
ANSWERS_WIDTH = 70
API_PORT = 8000
UI_PORT = 3000


@click.command()
@click.option("--keep", is_flag=True, help="Stay up for a person to click through, on the state of earlier times.")
@click.option("--timeout-s", default=240.0, show_default=True, help="How long the sample jobs may take.")
def command(*, keep: bool, timeout_s: float) -> None:
    """Start the sandbox academy and Dagster, let the sensors take sample jobs and videos, and show what comes back."""
    from rich.console import Console

    from academy_pipelines.errors import AcademyError
    from academy_pipelines.sandbox.stack import LocalStack

    console = Console(width=None if sys.stdout.isatty() else 160)
    folder = DEV_FOLDER if keep else DEMO_FOLDER
    if not keep:
        shutil.rmtree(DEMO_FOLDER, ignore_errors=True)
    signal.signal(signal.SIGTERM, _stop)
    started = time.monotonic()
    try:
        state = SANDBOX_STATE if keep else None
        with LocalStack(folder, DAGSTER_YAML, SAMPLES, state, api_port=API_PORT, ui_port=UI_PORT) as stack:
            jobs = _work(stack, console, timeout_s)
            sheets = [job for job in jobs if job["type"] == SHEET]
            missing = [*show(console, sheets), *show_documents(console, stack), *show_videos(console, stack)]
            console.print(
                f"Dagster UI: {stack.ui_url}   Academy: {stack.api_url}   ({time.monotonic() - started:.0f} s)"
            )
            if keep:
                console.print("Both stay up. Ctrl-C stops them.")
                signal.pause()
    except AcademyError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        return
    if missing:
        console.print(f"[red]Missing:[/red] {'; '.join(missing)}")
        sys.exit(1)


def _stop(_signal: int, _frame: object) -> None:
    sys.exit(143)


def _work(stack: "LocalStack", console: "Console", timeout_s: float) -> "Jobs":
    with console.status("starting the sandbox academy") as status:
        stack.start_sandbox()
        stack.start_daemon()
        stack.start_webserver()
        stack.wait_until_open("sandbox", f"{stack.api_url}/healthz")
        offer_clips(stack)
        offer_documents(stack)
        status.update("starting Dagster (webserver and daemon)")
        stack.wait_until_open("webserver", f"{stack.ui_url}/server_info")
        console.print(f"The academy is open at {stack.api_url}, the Dagster UI at {stack.ui_url}.")
        last: dict[str, int] = {}

        def tell(counts: dict[str, int]) -> None:
            if counts != last:
                last.clear()
                last.update(counts)
                words = ", ".join(f"{number} {state}" for state, number in counts.items())
                status.update(f"sensors take the sample jobs and videos: {words}")
                console.print(f"  {words}")

        return stack.wait_until_settled(timeout_s, tell)


def show(console: "Console", jobs: "Jobs") -> list[str]:
    """Print one row a job; returns what is not as it should be, in words."""
    from rich.table import Table

    table = Table("job", "partition", "answers", "identifier", "flags", "time", title="What came back")
    missing: list[str] = []
    for job in sorted(jobs, key=lambda job: job["source_id"]):
        summary: dict[str, Any] = job["summary"] or {}
        took_s = (job["answered_at"] or 0) - (job["claimed_at"] or 0)
        time_text = f"{took_s:.1f} s" if job["answered_at"] else "-"
        answers = _answers(summary) if job["state"] == "done" else (job["error"] or job["state"])
        style = {"done": "", "failed": "dim"}.get(job["state"], "red")
        flags = str(summary.get("flagged", "-"))
        table.add_row(
            job["name"], str(job["source_id"]), answers, summary.get("identifier") or "-", flags, time_text, style=style
        )
        missing += _what_is_wrong(job, summary)
    console.print(table)
    return missing


def _answers(summary: dict[str, Any]) -> str:
    text = " ".join(f"{item['q']}{item['label'] or '-'}" for item in summary.get("answers", []))
    share = f" [{summary['right']}/{summary['known']} right]" if "known" in summary else ""
    return textwrap.shorten(text, ANSWERS_WIDTH, placeholder=" ...") + share.replace("[", "\\[")


def _what_is_wrong(job: dict[str, Any], summary: dict[str, Any]) -> list[str]:
    name = f"{job['name']} (submission {job['source_id']})"
    if job["state"] not in {"done", "failed"}:
        return [f"{name} has no accepted result: {job['state']}"]
    expected = job.get("expect", "done")
    if job["state"] != expected:
        return [f"{name} is {job['state']}, expected {expected}: {job['error']}"]
    silent = [
        item for item in summary.get("answers", []) if item.get("right") is False and item["status"] in {"ok", "blank"}
    ]
    wrong = [f"{name}: question {item['q']} was read wrong" for item in silent]
    return wrong + [f"{name}: page {page} is not as expected" for page in summary.get("odd_pages", [])]
