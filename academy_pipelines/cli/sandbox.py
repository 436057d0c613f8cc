"""`academy sandbox`: run a local academy, and offer files to it as jobs."""

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

if TYPE_CHECKING:
    from academy_pipelines.sandbox.faults import Faults
    from academy_pipelines.sandbox.options import SandboxOptions

DEFAULT_STATE = Path("data/sandbox/state")
DEFAULT_SAMPLES = Path("data/sandbox")

_folder = click.Path(file_okay=False, path_type=Path)
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_state = click.option("--state", type=_folder, default=DEFAULT_STATE, show_default=True, help="Where it remembers.")


class _Serving(TypedDict):
    host: str
    port: int
    state: Path
    samples: Path
    token: str
    lease_s: float
    video_prefix: str
    fault: tuple[str, ...]
    artefacts: Path | None
    dagster_url: str | None


class _Offering(TypedDict):
    files: tuple[Path, ...]
    job_type: str
    template: str | None
    mode: str | None
    payload: str
    state: Path


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes a free one.")
@_state
@click.option("--samples", type=_folder, default=DEFAULT_SAMPLES, show_default=True, help="Offered on an empty state.")
@click.option("--token", default="sandbox-token", show_default=True, help="What workers send as X-Worker-Token.")
@click.option("--lease-s", default=600.0, show_default=True, help="Seconds until an unanswered job is offered again.")
@click.option("--video-prefix", default="/api/v1/internal/video-worker", show_default=True, help="Path of video calls.")
@click.option("--fault", multiple=True, metavar="NAME=VALUE", help="Misbehave, e.g. error_rate=0.1. May be repeated.")
@click.option("--artefacts", type=_folder, help="Folder with the overlay pictures that results name.")
@click.option("--dagster-url", help="Link jobs to their partition in this Dagster.")
@click.pass_context
def command(ctx: click.Context, **choices: Unpack[_Serving]) -> None:
    """Run a local academy: the back end's HTTP API with leases, sample jobs and a page for a person."""
    if ctx.invoked_subcommand is not None:
        return
    from academy_pipelines.errors import AcademyError
    from academy_pipelines.sandbox.faults import parse_faults
    from academy_pipelines.sandbox.options import SandboxOptions

    options = SandboxOptions(
        token=choices["token"],
        lease_s=choices["lease_s"],
        video_prefix=choices["video_prefix"],
        artefacts=choices["artefacts"],
        dagster_url=choices["dagster_url"],
    )
    try:
        _serve(choices, options, parse_faults(choices["fault"]))
    except AcademyError as error:
        raise click.ClickException(str(error)) from error


@command.command()
@click.argument("files", nargs=-1, type=_file)
@click.option("--type", "job_type", default="omr_grading", show_default=True, help="Any AI job type.")
@click.option("--template", help="objective_10, objective_20, objective_30, or a JSON file with template meta.")
@click.option("--mode", help="scan, photo or auto, for omr_grading.")
@click.option("--payload", default="{}", help="More payload fields as JSON.")
@_state
def enqueue(**choices: Unpack[_Offering]) -> None:
    """Offer FILES as jobs, one each; without files, one job made of --payload alone. The server may be running."""
    from academy_pipelines.errors import AcademyError
    from academy_pipelines.sandbox.offers import offer_files, template_fields
    from academy_pipelines.sandbox.store import SandboxStore

    payload = _json_object(choices["payload"])
    if choices["mode"]:
        payload = {"mode": choices["mode"], **payload}
    try:
        template = template_fields(choices["template"]) if choices["template"] else {}
        with SandboxStore(choices["state"]) as store:
            jobs = offer_files(store, choices["files"], choices["job_type"], {**template, **payload})
    except AcademyError as error:
        raise click.ClickException(str(error)) from error
    for job in jobs:
        click.echo(f"{job.type} job {job.id} for submission {job.source_id}: {job.name}")


@command.command("enqueue-video")
@click.argument("files", nargs=-1, type=_file, required=True)
@_state
def enqueue_video(files: tuple[Path, ...], state: Path) -> None:
    """Offer FILES to the video worker, one video each. The server may be running."""
    from academy_pipelines.sandbox.offers import offer_videos
    from academy_pipelines.sandbox.store import SandboxStore

    with SandboxStore(state) as store:
        videos = offer_videos(store, files)
    for video in videos:
        click.echo(f"video {video.video_id}: {video.name}")


def _serve(choices: _Serving, options: "SandboxOptions", faults: "Faults") -> None:
    from academy_pipelines.sandbox.faults import FaultInjector
    from academy_pipelines.sandbox.offers import offer_samples
    from academy_pipelines.sandbox.server import academy_server, create_app, listening_socket
    from academy_pipelines.sandbox.store import SandboxStore

    listener = listening_socket(choices["host"], choices["port"])
    with listener, SandboxStore(choices["state"]) as store, contextlib.suppress(KeyboardInterrupt):
        if store.is_empty():
            count = offer_samples(store, choices["samples"])
            click.echo(f"Offered {count} samples from {choices['samples']}.")
        address = f"http://{choices['host']}:{listener.getsockname()[1]}"
        click.echo(f"The academy is open at {address} (state in {choices['state']}). Ctrl-C closes it.")
        if faults.active:
            click.echo(f"It misbehaves: {', '.join(f'{name}={value}' for name, value in faults.active.items())}.")
        academy_server(create_app(store, options, FaultInjector(faults))).run(sockets=[listener])


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"is no JSON: {error}", param_hint="--payload") from error
    if not isinstance(value, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--payload")
    return value
