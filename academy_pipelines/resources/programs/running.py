"""Runs one program to its end: reads what it writes, and kills its whole group when it may not go on."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from academy_pipelines.errors import CalledOffError, MisconfiguredError, ToolError
from academy_pipelines.resources.programs.launcher import NOT_FOUND

LAUNCHER = Path(__file__).with_name("launcher.py")
INHERITED = ("PATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "TZ")
"""Environment that a program gets: what it needs to start, and no secret."""
POLL_S = 0.25
CHUNK_BYTES = 1 << 16
LAST_WORDS = 12
LONGEST_LINE_BYTES = 1 << 16
LONGEST_WORD = 300

Listener = Callable[[str], bool]
"""Takes a line of standard output; says whether it shows that the program gets on."""


def never() -> bool:
    """Nobody calls the work off."""
    return False


def every_line(_: str) -> bool:
    """Every line shows that the program gets on; none is kept."""
    return True


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """What a program may use: seconds on the clock in all and without getting on, seconds of CPU, bytes, files."""

    timeout_s: float = 3600.0
    stall_s: float = 120.0
    cpu_s: int = 4 * 3600
    memory_bytes: int = 12 * 1024**3
    file_bytes: int = 16 * 1024**3
    open_files: int = 256


@dataclass(frozen=True, slots=True)
class ProgramEnd:
    """How a program ended: its exit code, its last lines on standard error, and how many there were."""

    code: int
    last_words: tuple[str, ...]
    complaints: int


@dataclass
class _Lines:
    """Cuts bytes into lines; bytes of a line that is endless are let go."""

    take: Callable[[str], object]
    rest: bytes = b""

    def feed(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.take(line.decode(errors="replace"))
        self.rest = self.rest[-LONGEST_LINE_BYTES:]

    def close(self) -> None:
        if self.rest:
            self.take(self.rest.decode(errors="replace"))


@dataclass
class _Watch:
    """Decides whether a program may go on."""

    name: str
    limits: ProgramLimits
    called_off: Callable[[], bool]
    started_s: float = field(default_factory=time.monotonic)
    moved_s: float = field(default_factory=time.monotonic)

    def moved(self) -> None:
        self.moved_s = time.monotonic()

    def check(self) -> None:
        """Raise when the program must be killed."""
        now_s = time.monotonic()
        if self.called_off():
            raise CalledOffError(f"{self.name} was stopped: its work is not wanted any more")
        if now_s - self.started_s > self.limits.timeout_s:
            raise ToolError(f"{self.name} was stopped: it took more than {self.limits.timeout_s:g} s")
        if now_s - self.moved_s > self.limits.stall_s:
            raise ToolError(f"{self.name} was stopped: it stood still for {self.limits.stall_s:g} s")


def run_program(
    argv: Sequence[str],
    cwd: Path,
    limits: ProgramLimits,
    *,
    listen: Listener = every_line,
    called_off: Callable[[], bool] = never,
) -> ProgramEnd:
    """Run a program to its end, without input, and return how it ended.

    Whatever leaves this function, an interruption too, leaves no process of the program's group behind; if this
    process is killed, the program is killed by the kernel.

    Raises:
        CalledOffError: `called_off` said so.
        ToolError: the program ran into a limit of time.
        MisconfiguredError: there is no such program.
    """
    watch = _Watch(Path(argv[0]).name, limits, called_off)
    process = _start(argv, cwd, limits)
    try:
        end = _follow(process, watch, listen)
    finally:
        _kill_group(process)
    if end.code == NOT_FOUND:
        raise MisconfiguredError(f"{argv[0]} cannot be run ({' '.join(end.last_words)}); install it or set its path")
    return end


def _start(argv: Sequence[str], cwd: Path, limits: ProgramLimits) -> "subprocess.Popen[bytes]":
    used = {name: getattr(limits, name) for name in ("cpu_s", "memory_bytes", "file_bytes", "open_files")}
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(used), str(os.getpid()), *argv]
    return subprocess.Popen(  # noqa: S603 - our own programs, without a shell
        launch,
        cwd=cwd,
        env={name: os.environ[name] for name in INHERITED if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _follow(process: "subprocess.Popen[bytes]", watch: _Watch, listen: Listener) -> ProgramEnd:
    """Read both outputs until they are closed, then wait for the end."""
    last_words: deque[str] = deque(maxlen=LAST_WORDS)
    complaints = 0

    def hear(line: str) -> None:
        if listen(line):
            watch.moved()

    def note(line: str) -> None:
        nonlocal complaints
        complaints += 1
        last_words.append(line[:LONGEST_WORD])

    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - both are pipes
    with selectors.DefaultSelector() as selector, process.stdout, process.stderr:
        selector.register(process.stdout, selectors.EVENT_READ, _Lines(hear))
        selector.register(process.stderr, selectors.EVENT_READ, _Lines(note))
        while selector.get_map():
            for key, _ in selector.select(POLL_S):
                data = os.read(key.fd, CHUNK_BYTES)
                key.data.feed(data) if data else (key.data.close(), selector.unregister(key.fileobj))
            watch.check()
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return ProgramEnd(process.wait(POLL_S), tuple(last_words), complaints)
        watch.check()


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill the program with all it started; one that has been waited for is gone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
