"""The back end's worker API: jobs out, results in."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from threading import Lock
from typing import final

import httpx
from typing_extensions import override

from academy_pipelines.contracts.jobs import AiJob, parse_ai_job
from academy_pipelines.contracts.results import AiResultMessage
from academy_pipelines.errors import AcademyError, ContractError, MisconfiguredError
from academy_pipelines.resources.http_calls import REASON_CHARS, parsed_json, quoted, refused, translated
from academy_pipelines.resources.outbound import no_cookies, tls_context

NEXT_JOB = "/api/v1/internal/ai/job/next/"
JOB_RESULT = "/api/v1/internal/ai/job/result/"

REMEDIES = {
    401: "check INTERNAL_WORKER_TOKEN",
    403: "check INTERNAL_WORKER_TOKEN",
    404: "check API_BASE_URL",
}


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
    """The back end over HTTP, on one keep-alive client that threads may share.

    Args:
        base_url: root of the back end, without path.
        worker_token: sent as X-Worker-Token; masked in every message.
        timeout_s: longest wait for the connection, and for each part of the answer.
    """

    def __init__(self, base_url: str, worker_token: str, timeout_s: float = 10.0) -> None:
        if not (worker_token.isascii() and worker_token.isprintable()):
            raise MisconfiguredError("INTERNAL_WORKER_TOKEN has characters that no HTTP header carries; set it anew")
        self._who = f"the back end at {base_url}"
        self._token = worker_token
        with translated(self._who, MisconfiguredError):
            self._client = httpx.Client(
                base_url=base_url,
                headers={"X-Worker-Token": worker_token, "Accept": "application/json"},
                timeout=timeout_s,
                verify=tls_context(),
                trust_env=False,
                cookies=no_cookies(),
            )

    @override
    def claim_ai_job(self) -> AiJob | None:
        response = self._ask("GET", NEXT_JOB)
        match self._json(response):
            case {"job": None}:
                return None
            case {"job": job}:
                return parse_ai_job(job)
            case _:
                raise ContractError(f'{self._who} answered no {{"job": …}}: {self._quoted(response)!r}')

    @override
    def post_ai_result(self, message: AiResultMessage) -> None:
        try:
            body = message.model_dump_json().encode()
        except ValueError as error:
            raise ContractError(
                f"the result of submission {message.submission_id} cannot be written as JSON: {quoted(str(error))}"
            ) from error
        self._ask("POST", JOB_RESULT, body)

    @override
    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, path: str, body: bytes | None = None) -> httpx.Response:
        headers = {} if body is None else {"Content-Type": "application/json"}
        with translated(self._who):
            response = self._client.request(method, path, content=body, headers=headers)
        if response.is_success:
            return response
        status, reason = response.status_code, self._quoted(response, REASON_CHARS)
        remedy = REMEDIES.get(status, "the back end's log says more")
        raise refused(f"{self._who}, {method} {path},", status, reason, remedy)

    def _json(self, response: httpx.Response) -> object:
        try:
            return parsed_json(response.content)
        except ValueError as error:
            kind = response.headers.get("content-type", "no content type")
            raise ContractError(
                f"{self._who} answered {response.status_code} with {quoted(kind)} where JSON is due: "
                f"{self._quoted(response)!r}"
            ) from error

    def _quoted(self, response: httpx.Response, limit: int = 80) -> str:
        return quoted(response.content.decode("utf-8", "replace"), limit, secrets=(self._token,))


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
