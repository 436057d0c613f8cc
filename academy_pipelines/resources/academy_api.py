"""The back end's worker API: jobs out, results in."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from threading import Lock
from typing import final

from typing_extensions import override

from academy_pipelines.contracts.jobs import AiJob, parse_ai_job
from academy_pipelines.contracts.results import AiResultMessage
from academy_pipelines.errors import AcademyError, ContractError
from academy_pipelines.resources.back_end import BackEnd
from academy_pipelines.resources.http_calls import quoted

NEXT_JOB = "/api/v1/internal/ai/job/next/"
JOB_RESULT = "/api/v1/internal/ai/job/result/"


class AcademyApi(ABC):
    """Where AI jobs are claimed and their results delivered."""

    @abstractmethod
    def claim_ai_job(self) -> AiJob | None:
        """Take the next job; None when there is none.

        Raises:
            UnavailableError: the back end did not answer, or asked us to come back later.
            ContractError: it answered something else than a job.
        """

    @abstractmethod
    def post_ai_result(self, message: AiResultMessage) -> None:
        """Deliver a result. Delivering the same one again is harmless.

        Raises:
            UnavailableError: the back end did not answer, or asked us to come back later; deliver again.
            ContractError: it refused the result, with its reason.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections; the gateway is not used afterwards."""


@final
class HttpAcademyApi(AcademyApi):
    """The back end over HTTP; threads may share it. See `BackEnd` for the arguments."""

    def __init__(self, base_url: str, worker_token: str, timeout_s: float = 10.0) -> None:
        self._back_end = BackEnd(base_url, worker_token, not_found_remedy="check API_BASE_URL", timeout_s=timeout_s)

    @override
    def claim_ai_job(self) -> AiJob | None:
        response = self._back_end.ask("GET", NEXT_JOB)
        match self._back_end.json(response):
            case {"job": None}:
                return None
            case {"job": job}:
                return parse_ai_job(job)
            case _:
                said = self._back_end.quoted(response)
                raise ContractError(f'{self._back_end.who} answered no {{"job": …}}: {said!r}')

    @override
    def post_ai_result(self, message: AiResultMessage) -> None:
        try:
            body = message.model_dump_json().encode()
        except ValueError as error:
            raise ContractError(
                f"the result of submission {message.submission_id} cannot be written as JSON: {quoted(str(error))}"
            ) from error
        self._back_end.ask("POST", JOB_RESULT, body)

    @override
    def close(self) -> None:
        self._back_end.close()


@final
class MemoryAcademyApi(AcademyApi):
    """A back end in memory, for tests: hands out `jobs` in order and keeps what is delivered.

    `posted` lists every delivery, `results` holds the latest one by submission. Whatever `outage` holds is raised
    by every call; what `refusals` holds for a submission is raised when its result is delivered.
    """

    def __init__(self, jobs: Iterable[AiJob] = ()) -> None:
        self._lock = Lock()
        self._waiting = deque(jobs)
        self.posted: list[AiResultMessage] = []
        self.results: dict[int, AiResultMessage] = {}
        self.outage: AcademyError | None = None
        self.refusals: dict[int, AcademyError] = {}

    def add(self, job: AiJob) -> None:
        """Append a job to those waiting."""
        with self._lock:
            self._waiting.append(job)

    @override
    def claim_ai_job(self) -> AiJob | None:
        if self.outage:
            raise self.outage
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    @override
    def post_ai_result(self, message: AiResultMessage) -> None:
        refusal = self.outage or self.refusals.get(message.submission_id)
        if refusal:
            raise refusal
        with self._lock:
            self.posted.append(message)
            self.results[message.submission_id] = message

    @override
    def close(self) -> None:
        """Nothing is open."""
