"""ffmpeg and ffprobe as neighbours: what they are asked is decided in `video`, what they may use is decided here."""

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, final

from typing_extensions import override

from academy_pipelines.errors import ToolError
from academy_pipelines.resources.programs.running import ProgramEnd, ProgramLimits, never, run_program
from academy_pipelines.video import commands
from academy_pipelines.video.media import Media
from academy_pipelines.video.probe_lines import ProbeReader, refusal_of
from academy_pipelines.video.refusals import refusal

PROBE_LIMITS = ProgramLimits(timeout_s=60.0, stall_s=60.0, cpu_s=120, memory_bytes=4 * 1024**3, file_bytes=0)
MICROSECONDS = 1e-6


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a command has come: frames of pictures and seconds of output written."""

    frames: int
    seconds: float


Follow = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """Nobody wants to know."""


class Ffmpeg(ABC):
    """Probes files and runs commands of `video.commands`."""

    @abstractmethod
    def probe(self, source: Path) -> Media:
        """Return what `source` is.

        Raises:
            UnsupportedMediaError: it cannot be read as a video.
            ToolError: ffprobe ran into a limit.
        """

    @abstractmethod
    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        *,
        follow: Follow = ignore,
        called_off: Callable[[], bool] = never,
    ) -> ProgramEnd:
        """Run ffmpeg in `folder`, into which it writes, until it is done.

        Raises:
            CalledOffError: `called_off` said so.
            ToolError: it failed or ran into a limit.
        """


@final
@dataclass(frozen=True)
class FfmpegPrograms(Ffmpeg):
    """The programs of this machine."""

    ffmpeg: str = "ffmpeg"
    ffprobe: str = "ffprobe"
    limits: ProgramLimits = field(default_factory=ProgramLimits)
    probe_limits: ProgramLimits = PROBE_LIMITS

    @classmethod
    def within(cls, ffmpeg: str, ffprobe: str, *, encode_s: float, probe_s: float) -> Self:
        """Return programs that may run for so long; all cores together may work as long as one of them may run."""
        cores = os.cpu_count() or 1
        limits, probe_limits = ProgramLimits(), PROBE_LIMITS
        return cls(
            ffmpeg,
            ffprobe,
            replace(limits, timeout_s=encode_s, cpu_s=math.ceil(encode_s) * cores),
            replace(probe_limits, timeout_s=probe_s, stall_s=probe_s, cpu_s=math.ceil(probe_s) * cores),
        )

    @override
    def probe(self, source: Path) -> Media:
        if source.stat().st_size == 0:
            raise refusal("empty")
        reader = ProbeReader()

        def listen(line: str) -> bool:
            reader.read(line)
            return True

        end = run_program([self.ffprobe, *commands.probe(source)], source.parent, self.probe_limits, listen=listen)
        if end.code < 0:
            raise ToolError(f"ffprobe was killed by signal {-end.code}, by a limit of memory or time")
        refused = refusal_of(end.last_words, failed=end.code != 0)
        if refused is not None:
            raise refused
        return reader.media()

    @override
    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        *,
        follow: Follow = ignore,
        called_off: Callable[[], bool] = never,
    ) -> ProgramEnd:
        reader = _ProgressReader(follow)
        argv = [self.ffmpeg, *arguments]
        end = run_program(argv, folder, self.limits, listen=reader.read, called_off=called_off)
        if end.code != 0:
            reason = f"was killed by signal {-end.code}" if end.code < 0 else f"ended with {end.code}"
            last_words = "\n".join(end.last_words) or "(it said nothing)"
            raise ToolError(f"{Path(self.ffmpeg).name} {reason}:\n{last_words}\nwas called: {' '.join(argv)}")
        return end


class _ProgressReader:
    """Reads the blocks of `-progress`; a block that tells of more than the last shows that the encode gets on."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow
        self._values: dict[str, str] = {}
        self._last: tuple[str | None, ...] = ()

    def read(self, line: str) -> bool:
        name, _, value = line.partition("=")
        if name != "progress":
            self._values[name] = value.strip()
            return False
        counted = tuple(self._values.get(key) for key in ("frame", "out_time_us", "total_size"))
        moved, self._last = counted != self._last or value.strip() == "end", counted
        self._follow(Progress(_whole(counted[0]), _whole(counted[1]) * MICROSECONDS))
        return moved


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0
