"""Where AI jobs come from: the worker API or the Redis queue, behind one door."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

from typing_extensions import override

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.resources.academy_api import AcademyApi


@dataclass(frozen=True)
class Claim:
    """A job that is ours now, with what its source needs to hear of it again."""

    job: AiJob
    receipt: str = ""


class JobSource(ABC):
    """Hands out each job once, until it is acknowledged or buried. Every call may raise UnavailableError."""

    name: ClassVar[str]

    @abstractmethod
    def claim(self) -> Claim | None:
        """Take the next job atomically; None when there is none.

        Raises:
            UnavailableError: the source did not answer.
            ContractError: it answered something that is no job.
        """

    @abstractmethod
    def acknowledge(self, receipt: str) -> None:
        """Say that the job's result has been delivered. Saying it again changes nothing."""

    @abstractmethod
    def bury(self, receipt: str, reason: str) -> None:
        """Give the job up for good, for a person to look at. Saying it again changes nothing."""

    @abstractmethod
    def unfinished(self) -> list[Claim]:
        """List the claims that the source still counts as ours, oldest first."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections; the source is not used afterwards."""


@final
class ApiJobSource(JobSource):
    """Jobs from the worker API.

    The back end needs no receipt: a posted result acknowledges, and it hands silent claims out again by itself.
    """

    name = "api"

    def __init__(self, api: AcademyApi) -> None:
        self._api = api

    @override
    def claim(self) -> Claim | None:
        job = self._api.claim_ai_job()
        return None if job is None else Claim(job)

    @override
    def acknowledge(self, receipt: str) -> None:
        """Nothing to say: the posted result did."""

    @override
    def bury(self, receipt: str, reason: str) -> None:
        """Nothing to say: the posted failure did."""

    @override
    def unfinished(self) -> list[Claim]:
        """List nothing: the back end's lease brings lost claims back."""
        return []

    @override
    def close(self) -> None:
        self._api.close()
