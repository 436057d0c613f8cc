"""A process that executes runs, one after the other, as their ids arrive on its standard input.

    python -m academy_pipelines.defs.launching.worker STATUS_FD MODULE...

The first line is Dagster's reference to its instance, every other one a run's id. After each run a line goes to
STATUS_FD. At the end of its input the process ends; a run under way is finished first.
"""

import importlib
import os
import sys

from dagster import DagsterInstance
from dagster._cli.api import _execute_run_command_body  # pyright: ignore[reportPrivateUsage] - as dagster-celery does
from dagster._core.execution.run_cancellation_thread import start_run_cancellation_thread
from dagster._core.instance import InstanceRef
from dagster._serdes import deserialize_value
from dagster._utils.interrupts import capture_interrupts, setup_interrupt_handlers


def main(arguments: list[str]) -> None:
    """Work until the input ends."""
    status_fd, *modules = arguments
    for module in modules:
        importlib.import_module(module)
    setup_interrupt_handlers()
    reference = sys.stdin.readline()
    if not reference:
        return
    with (
        os.fdopen(int(status_fd), "w", buffering=1) as status,
        DagsterInstance.from_ref(deserialize_value(reference, InstanceRef)) as instance,
    ):
        while run_id := sys.stdin.readline().strip():
            execute(instance, run_id)
            status.write("done\n")


def execute(instance: DagsterInstance, run_id: str) -> None:
    """Execute one run; it is interrupted when somebody asks Dagster to terminate it."""
    with capture_interrupts():
        _, is_over = start_run_cancellation_thread(instance, run_id)
        try:
            _execute_run_command_body(run_id, instance, lambda _event: None, set_exit_code_on_failure=False)
        finally:
            is_over.set()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
