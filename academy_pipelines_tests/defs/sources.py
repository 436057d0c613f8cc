"""Sources of jobs that do what a test says."""

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.errors import AcademyError, UnavailableError
from academy_pipelines.resources.job_sources import Claim, JobSource

DOWN = UnavailableError("the back end answered 503")


def job(number: int, **fields: object) -> AiJob:
    return AiJob.model_validate({"id": f"job-{number}", "type": "omr_grading", "source_id": number, **fields})


class ScriptedSource(JobSource):
    """Answers each claim with the next line of a script; remembers what it is told."""

    name = "scripted"

    def __init__(self, *script: AiJob | AcademyError, ours: tuple[AiJob, ...] = ()) -> None:
        self._script = iter(script)
        self._ours = ours
        self.acknowledged: list[str] = []

    def claim(self) -> Claim | None:
        line = next(self._script, None)
        if isinstance(line, AcademyError):
            raise line
        return Claim(line, receipt=line.id) if line else None

    def acknowledge(self, receipt: str) -> None:
        self.acknowledged.append(receipt)

    def bury(self, receipt: str, reason: str) -> None:
        raise AssertionError(f"{receipt}: {reason}")

    def unfinished(self) -> list[Claim]:
        return [Claim(job, receipt=job.id) for job in self._ours]

    def close(self) -> None:
        """Nothing is open."""


class DownSource(ScriptedSource):
    """Hands out jobs, and is gone when it should hear of them again."""

    def acknowledge(self, *_: str) -> None:
        raise DOWN

    def bury(self, *_: str) -> None:
        raise DOWN

    def unfinished(self) -> list[Claim]:
        raise DOWN
