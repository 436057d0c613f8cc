"""Looks at homework videos in a child process that may be killed: it decodes hostile files."""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from academy_pipelines.errors import ToolError, UnsupportedMediaError
from academy_pipelines.resources.homework_sampling.measuring import HomeworkRequest
from academy_pipelines.resources.homework_sampling.messages import Answer, answer_of
from academy_pipelines.resources.programs.running import ProgramLimits, never, run_program
from academy_pipelines.video.homework import HomeworkActivity

LIMITS = ProgramLimits(timeout_s=1800.0, stall_s=1800.0, cpu_s=1800, memory_bytes=4 * 1024**3, file_bytes=1024**2 * 64)
"""It says nothing while it works; a video without keyframes on the way has to be decoded from end to end."""


@dataclass(frozen=True, slots=True)
class HomeworkFrames:
    """The sampled pictures of homework videos; `limits` are the child's."""

    limits: ProgramLimits = LIMITS

    def measure(
        self, request: HomeworkRequest, called_off: Callable[[], bool] = never
    ) -> tuple[HomeworkActivity, bytes]:
        """Return what a local file shows, and a JPEG with some of its pictures.

        Raises:
            UnsupportedMediaError: the file is no video, or larger or longer than is accepted.
            CalledOffError: `called_off` said so.
            ToolError: the child was killed by a limit, or failed.
        """
        with tempfile.TemporaryDirectory(prefix="academy-homework-") as name:
            answer, sheet = self._asked(request, Path(name), called_off)
        if answer.refusal is not None:
            raise UnsupportedMediaError(answer.refusal.reason, answer.refusal.english, answer.refusal.korean)
        if answer.activity is None:
            raise ToolError(f"the sampling of {request.path} answered nothing")
        return answer.activity, sheet

    def _asked(self, request: HomeworkRequest, folder: Path, called_off: Callable[[], bool]) -> tuple[Answer, bytes]:
        asked, answered, sheet = folder / "request.json", folder / "answer.json", folder / "sheet.jpg"
        asked.write_text(json.dumps({**asdict(request), "path": str(Path(request.path).resolve())}))
        argv = [sys.executable, "-m", "academy_pipelines.resources.homework_sampling"]
        end = run_program([*argv, *map(str, (asked, answered, sheet))], folder, self.limits, called_off=called_off)
        if end.code != 0:
            reason = "it was killed by a limit" if end.code < 0 else "\n".join(end.last_words)
            raise ToolError(f"the pictures of {request.path} could not be sampled: {reason}")
        try:
            return answer_of(answered.read_bytes()), sheet.read_bytes() if sheet.exists() else b""
        except ValueError as error:
            raise ToolError(f"the sampling of {request.path} answered nonsense: {error}") from error
