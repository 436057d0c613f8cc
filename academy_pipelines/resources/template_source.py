"""Template meta of answer sheets, from the back end that a job names, with the rights that the job lends."""

import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, cast, final

from typing_extensions import override

from academy_pipelines.contracts.jobs import TemplateFetch
from academy_pipelines.contracts.json_text import read_json
from academy_pipelines.errors import AcademyError, ContractError, InvalidJobError
from academy_pipelines.resources.addresses import vetted_form
from academy_pipelines.resources.http_calls import (
    REASON_CHARS,
    BodyLimits,
    body_chunks,
    quoted,
    refused,
    translated,
    without_query,
)
from academy_pipelines.resources.outbound import outbound_client

META = "/api/v1/assets/omr/objective/meta/"

QUESTION_COUNTS = (10, 20, 30)

MAX_BYTES = 4 * 1024 * 1024
"""A template of 30 questions and 80 digit bubbles has about 20 kB."""

MAX_CACHED = 64
FAILURE_TTL_S = 5.0
"""How long a failure is repeated without asking again, so that a batch waits for a dead host once."""


class TemplateSource(ABC):
    """Where template meta is fetched from when a job does not carry it."""

    @abstractmethod
    def fetch(self, request: TemplateFetch, question_count: int) -> dict[str, Any]:
        """Return the template meta for sheets with `question_count` questions, unchecked.

        Raises:
            InvalidJobError: `question_count` is not 10, 20 or 30, or a credential does not fit a header.
            FileUnavailableError: the base URL is not an address that we visit.
            ContractError: the back end refused, or answered no JSON object.
            UnavailableError: it did not answer, or asked us to come back later.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections; the gateway is not used afterwards."""


@dataclass(frozen=True)
class _Key:
    """What an answer depends on; credentials included, for rights differ."""

    base_url: str
    question_count: int
    credentials: tuple[str | None, ...] = field(repr=False)


@dataclass
class _Entry:
    """One cached answer or failure; its lock makes those who want the same wait for the one who asks."""

    lock: Lock = field(default_factory=Lock)
    body: bytes = b""
    failure: AcademyError | None = None
    expires_s: float = float("-inf")


@final
class HttpTemplateSource(TemplateSource):
    """Template meta over HTTP, cached for a minute; threads may share it.

    Args:
        allowed_hosts: "host:port" pairs that may be on a private network.
        ttl_s: how long an answer is good.
        clock: seconds that only move forward.
    """

    def __init__(
        self, allowed_hosts: frozenset[str], ttl_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = outbound_client(allowed_hosts, timeout_s=10.0)
        self._ttl_s = ttl_s
        self._clock = clock
        self._lock = Lock()
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()

    @override
    def fetch(self, request: TemplateFetch, question_count: int) -> dict[str, Any]:
        _require_count(question_count)
        entry = self._entry(_key(request, question_count))
        with entry.lock:
            if entry.expires_s <= self._clock():
                self._refresh(entry, request, question_count)
            if entry.failure:
                raise type(entry.failure)(str(entry.failure)) from entry.failure
            return _meta(entry.body, request)

    @override
    def close(self) -> None:
        self._client.close()

    def _entry(self, key: _Key) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            if len(self._entries) > MAX_CACHED:
                self._entries.popitem(last=False)
            return entry

    def _refresh(self, entry: _Entry, request: TemplateFetch, question_count: int) -> None:
        try:
            entry.body = self._ask(request, question_count)
            _meta(entry.body, request)
            entry.failure, ttl_s = None, self._ttl_s
        except AcademyError as error:
            entry.failure, ttl_s = error, FAILURE_TTL_S
        entry.expires_s = self._clock() + ttl_s

    def _ask(self, request: TemplateFetch, question_count: int) -> bytes:
        url = request.base_url.rstrip("/") + META
        vetted_form(url)
        limits = BodyLimits(MAX_BYTES, request.timeout, ContractError, "is this a template?")
        with (
            translated(without_query(url)),
            self._client.stream(
                "GET",
                url,
                params={"question_count": question_count},
                headers=_headers(request),
                timeout=request.timeout,
            ) as response,
        ):
            body = b"".join(body_chunks(response, limits))
        if response.is_success:
            return body
        reason = _quoted(body, request, REASON_CHARS)
        raise refused(without_query(url), response.status_code, reason, "check template_fetch of the job")


@final
class MemoryTemplateSource(TemplateSource):
    """Templates in memory, for tests: what `templates` holds for a count is returned, or raised if it is an error.

    Every other count is refused like an unknown one. `fetched` lists what was asked for.
    """

    def __init__(self, templates: Mapping[int, dict[str, Any] | AcademyError]) -> None:
        self._templates = templates
        self.fetched: list[tuple[TemplateFetch, int]] = []

    @override
    def fetch(self, request: TemplateFetch, question_count: int) -> dict[str, Any]:
        _require_count(question_count)
        self.fetched.append((request, question_count))
        found = self._templates.get(question_count)
        if found is None:
            raise refused(without_query(request.base_url), 404, "no such template", "check template_fetch of the job")
        if isinstance(found, AcademyError):
            raise found
        return dict(found)

    @override
    def close(self) -> None:
        """Nothing is open."""


def _require_count(question_count: int) -> None:
    if question_count not in QUESTION_COUNTS:
        raise InvalidJobError(
            f"question_count required (10|20|30) to fetch a template, got {question_count!r}; "
            "name one or send template_meta"
        )


def _key(request: TemplateFetch, question_count: int) -> _Key:
    return _Key(request.base_url, question_count, (request.cookie, request.bearer_token, request.worker_token))


def _headers(request: TemplateFetch) -> dict[str, str]:
    bearer = f"Bearer {request.bearer_token}" if request.bearer_token else None
    lent = {"Cookie": request.cookie, "Authorization": bearer, "X-Worker-Token": request.worker_token}
    headers = {name: value for name, value in lent.items() if value}
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise InvalidJobError(f"template_fetch: the value for {name} has characters that no HTTP header carries")
    return {"Accept": "application/json", **headers}


def _meta(body: bytes, request: TemplateFetch) -> dict[str, Any]:
    """Read the body anew for each caller: what one does to its copy does not reach the others."""
    try:
        meta = read_json(body)
    except ValueError as error:
        raise ContractError(f"the template is no JSON: {_quoted(body, request)!r}") from error
    if not isinstance(meta, dict):
        raise ContractError(f"the template is no JSON object: {_quoted(body, request)!r}")
    return cast("dict[str, Any]", meta)


def _quoted(body: bytes, request: TemplateFetch, limit: int = 80) -> str:
    secrets = (request.cookie or "", request.bearer_token or "", request.worker_token or "")
    return quoted(body.decode("utf-8", "replace"), limit, secrets)
