"""The `academy` command: one module per subcommand, each loaded only when it is called."""

import importlib

import click
from typing_extensions import override

COMMANDS = {
    "bench": "Measure throughput and accuracy beside a baseline.",
    "check-hls": "Say whether an HLS package will play, and what is wrong with it.",
    "demo": "Run the whole system on this machine with the sample jobs.",
    "evaluate": "Compare readings of labelled sheets with what is marked on them.",
    "grade": "Read answer sheets without Dagster.",
    "handwriting": "Say where and how much was written on pages.",
    "homework": "Say how much is written on the paper in a homework video.",
    "ocr": "Read what is written in documents.",
    "problems": "List the problems in papers.",
    "report": "Analyse an exam from its graded sheets.",
    "review": "Show doubtful rows to a person, and put right what the person says.",
    "sandbox": "A local academy: the back end's HTTP API with sample jobs.",
    "segment": "Find the questions of documents.",
    "sheet": "Write a printable answer sheet and its template.",
    "similar": "Show problems of the bank that resemble a text.",
    "transcode": "Make an HLS package of a video without Dagster.",
    "wrong-note": "Print a student's wrong questions as a PDF.",
}
"""Subcommand name -> one-line help. The module of that name, with underscores, defines `command`."""


class LazyGroup(click.Group):
    """A group that imports a subcommand's module only when it is asked for."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"academy_pipelines.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tools of academy_pipelines that work without Dagster."""
