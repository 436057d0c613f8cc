"""The whole system as real processes on this machine: sandbox academy, Dagster's daemon and webserver.

Used by the demo, by rehearsals and by tests that kill things. Every program runs in a process group of its own, so
that killing one takes its children along, as the loss of a machine would.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from academy_pipelines.errors import UnavailableError

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 15.0
POLL_S = 0.25
STATES = ("waiting", "claimed", "done", "failed")
UNSETTLED = ("waiting", "claimed")

Jobs = list[dict[str, Any]]


def free_port(preferred: int) -> int:
    """Return `preferred` if nothing listens there on this machine, else any free port."""
    for port in (preferred, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise UnavailableError("no port is free on 127.0.0.1")


@dataclass
class LocalStack:
    """Processes that share `folder`, which is Dagster's home and everybody's working directory.

    The academy remembers its jobs in `state`, by default inside the folder.
    `samples` are offered to an academy that has no jobs yet; without them, offer jobs before it starts.
    A folder without `dagster.yaml` gets a copy of `dagster_yaml`. `environment` is added to every process.
    `databases` is a folder with Dagster's databases as `create_databases` leaves them, to begin with a copy.
    """

    folder: Path
    dagster_yaml: Path
    samples: Path | None = None
    state: Path | None = None
    sandbox_options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    api_port: int = 0
    ui_port: int = 0
    databases: Path | None = None
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, "subprocess.Popen[bytes]"])

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        self.api_port = free_port(self.api_port)
        self.ui_port = free_port(self.ui_port)
        self.logs.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "dagster.yaml").exists():
            shutil.copy(self.dagster_yaml, self.folder / "dagster.yaml")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def logs(self) -> Path:
        """Where each program's output goes."""
        return self.folder / "data/logs"

    @property
    def sandbox_state(self) -> Path:
        """Where the academy remembers its jobs."""
        return self.state.resolve() if self.state else self.folder / "data/sandbox/state"

    @property
    def api_url(self) -> str:
        """The sandbox academy."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def ui_url(self) -> str:
        """The Dagster UI."""
        return f"http://127.0.0.1:{self.ui_port}"

    def start_sandbox(self) -> None:
        """Open the academy."""
        samples = (
            ["--samples", str(self.samples.resolve())] if self.samples else ["--samples", str(self.folder / "none")]
        )
        argv = [
            *_tool("academy"), "sandbox", "--port", str(self.api_port), "--state", str(self.sandbox_state), *samples,
            "--artefacts", "data/store", "--dagster-url", self.ui_url, *self.sandbox_options,
        ]  # fmt: skip
        self._start("sandbox", argv)

    def start_daemon(self) -> None:
        """Start Dagster's daemon, which runs sensors and launches runs."""
        self.create_databases()
        self._start("daemon", [*_tool("dagster-daemon"), "run", "-m", "academy_pipelines.definitions"])

    def start_webserver(self) -> None:
        """Start Dagster's web interface."""
        self.create_databases()
        argv = [*_tool("dagster-webserver"), "-m", "academy_pipelines.definitions", "-p", str(self.ui_port)]
        self._start("webserver", [*argv, "-h", "127.0.0.1"])

    def create_databases(self) -> None:
        """Create Dagster's databases before two programs do so at once, which one of them would not survive."""
        created = self.folder / "data/dagster"
        if self.databases is not None and not created.exists():
            shutil.copytree(self.databases, created)
        if not (created / "schedules").exists():
            self._start("instance", [*_tool("dagster"), "instance", "migrate"])
            if self.programs.pop("instance").wait(START_TIMEOUT_S) != 0:
                raise UnavailableError(f"Dagster's databases could not be created:\n{self.last_words('instance')}")

    def wait_until_open(self, name: str, url: str) -> None:
        """Wait until a program answers.

        Raises:
            UnavailableError: it ended, or took more than `START_TIMEOUT_S`; the message shows its last words.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.programs[name].poll() is not None:
                break
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url, timeout=2.0, trust_env=False).is_success:
                    return
            time.sleep(POLL_S)
        raise UnavailableError(f"{name} did not start; its log {self._log(name)} ends:\n{self.last_words(name)}")

    def jobs(self, *, results: bool = False) -> Jobs:
        """Return what the academy knows of every job."""
        query = {"results": "1"} if results else {}
        answer = httpx.get(f"{self.api_url}/api/sandbox/jobs", params=query, timeout=60, trust_env=False)
        return answer.raise_for_status().json()["jobs"]

    def videos(self) -> Jobs:
        """Return what the academy knows of every video."""
        answer = httpx.get(f"{self.api_url}/api/sandbox/videos", timeout=60, trust_env=False)
        return answer.raise_for_status().json()["videos"]

    def counts(self) -> dict[str, int]:
        """Return how many jobs and videos stand in each state, which costs the academy next to nothing."""
        answer = httpx.get(f"{self.api_url}/api/sandbox/jobs", params={"state": "none"}, timeout=60, trust_env=False)
        counts = answer.raise_for_status().json()["counts"]
        videos = Counter(video["state"] for video in self.videos())
        return {state: counts[state] + videos[state] for state in STATES}

    def wait_until_settled(self, timeout_s: float, tell: Callable[[dict[str, int]], None] | None = None) -> Jobs:
        """Wait until the academy has an answer for every job and video; returns the jobs as they stand at the end."""
        deadline = time.monotonic() + timeout_s
        while True:
            counts = self.counts()
            if tell:
                tell(counts)
            if not any(counts[state] for state in UNSETTLED) or time.monotonic() > deadline:
                break
            time.sleep(POLL_S)
        return self.jobs()

    def kill(self, name: str) -> None:
        """Kill a program and all its children at once, without a chance to tidy up."""
        program = self.programs.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()

    def stop(self) -> None:
        """End every program politely, then by force."""
        for program in self.programs.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for name in list(self.programs):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.programs[name].wait(max(0.1, deadline - time.monotonic()))
            self.kill(name)

    def last_words(self, name: str, lines: int = 15) -> str:
        """Return the end of a program's log."""
        log = self._log(name)
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _start(self, name: str, argv: list[str]) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "DAGSTER_HOME": str(self.folder),
            "API_BASE_URL": self.api_url,
            "PYTHONWARNINGS": "ignore",
            **self.environment,
        }
        with self._log(name).open("ab") as log:
            self.programs[name] = subprocess.Popen(  # noqa: S603 - our own programs
                argv, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )


def _tool(name: str) -> list[str]:
    return [str(Path(sys.executable).parent / name)]
