"""Dagster's run launcher of the default deployment: a few processes wait for runs, with everything imported.

Runs of one machine only; many machines use Celery's warm workers, see `deploy/`. Each process works on one run at a
time and is replaced after `RUNS_EACH` of them, or when the code has changed since it started.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Self

import dagster as dg
from dagster._core.launcher import LaunchRunContext, RunLauncher
from dagster._serdes import ConfigurableClass, ConfigurableClassData, serialize_value
from typing_extensions import override

CODE = Path(__file__).parents[2]
RUNS_EACH = 50
"""Runs before a process is replaced, in case libraries leak."""


class WarmRunLauncher(RunLauncher[dg.DagsterInstance], ConfigurableClass):
    """Hands each run to a process that is already warm, or to a new one when all are busy.

    Args:
        workers: processes that are kept waiting.
        preload: modules that each of them imports before it waits.
        inst_data: how `dagster.yaml` describes this launcher.
    """

    def __init__(
        self, workers: int = 2, preload: list[str] | None = None, inst_data: ConfigurableClassData | None = None
    ) -> None:
        self._workers = workers
        self._preload = preload or []
        self._inst_data = inst_data
        self._idle: list[WarmProcess] = []
        self._is_disposed = False
        self._lock = threading.Lock()
        super().__init__()

    @property
    @override
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    @override
    def config_type(cls) -> Mapping[str, dg.Field]:
        return {
            "workers": dg.Field(dg.IntSource, is_required=False, default_value=2),
            "preload": dg.Field([str], is_required=False, default_value=[]),
        }

    @classmethod
    @override
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        return cls(**config_value, inst_data=inst_data)

    @override
    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        with self._lock:
            self._idle = [process for process in self._idle if process.is_fresh or process.retire()]
            process = self._idle.pop(0) if self._idle else self._new_process()
            while len(self._idle) < self._workers - 1:
                self._idle.append(self._new_process())
        self._instance.report_engine_event(f"The run goes to process {process.pid}.", run, cls=type(self))
        process.give(run.run_id)

    @override
    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)  # the run's process watches for it
        return True

    @override
    def dispose(self) -> None:
        with self._lock:
            self._is_disposed = True
            for process in self._idle:
                process.retire()
            self._idle.clear()

    def _new_process(self) -> "WarmProcess":
        return WarmProcess(self._instance, self._preload, self._after_run, self._after_death)

    def _after_run(self, process: "WarmProcess") -> None:
        with self._lock:
            if process.is_fresh and len(self._idle) < self._workers and not self._is_disposed:
                self._idle.append(process)
            else:
                process.retire()

    def _after_death(self, process: "WarmProcess", run_id: str | None) -> None:
        with self._lock:
            self._idle = [other for other in self._idle if other is not process]
        run = self._instance.get_run_by_id(run_id) if run_id else None
        if run is not None and not run.is_finished:
            message = f"process {process.pid} ended with {process.exit_code} before the run did"
            self._instance.report_run_failed(run, message)


class WarmProcess:
    """One process of `worker`, watched by a thread that tells when a run is over and when the process has ended."""

    def __init__(
        self,
        instance: dg.DagsterInstance,
        preload: list[str],
        after_run: Callable[["WarmProcess"], None],
        after_death: Callable[["WarmProcess", str | None], None],
    ) -> None:
        self._after_run = after_run
        self._after_death = after_death
        self._run_id: str | None = None
        self._runs = 0
        self._code_stamp = newest_change()
        status_fd, worker_fd = os.pipe()
        argv = [sys.executable, "-m", f"{__package__}.worker", str(worker_fd), *preload]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, pass_fds=(worker_fd,), text=True)  # noqa: S603 - ours
        os.close(worker_fd)
        self._tell(serialize_value(instance.get_ref()))
        threading.Thread(target=self._watch, args=(os.fdopen(status_fd),), daemon=True, name="warm-process").start()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it lives."""
        return self._process.poll()

    @property
    def is_fresh(self) -> bool:
        """Whether it may be given another run."""
        return self.exit_code is None and self._runs < RUNS_EACH and self._code_stamp == newest_change()

    def give(self, run_id: str) -> None:
        """Start a run; if the process has just died, the run has failed."""
        self._run_id = run_id
        self._runs += 1
        try:
            self._tell(run_id)
        except (BrokenPipeError, ValueError):  # the latter once its watcher has closed the pipe
            self._after_death(self, run_id)

    def retire(self) -> bool:
        """Let the process end after what it is doing; returns False."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        return False

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def _watch(self, status: IO[str]) -> None:
        with status:
            for _ in status:
                self._run_id = None
                self._after_run(self)
        self._process.wait()
        self.retire()
        self._after_death(self, self._run_id)


def newest_change() -> float:
    """Return when a file of our code was changed last, in seconds since 1970."""
    return max(path.stat().st_mtime for path in CODE.rglob("*.py"))
