"""The Redis list queue: `ai:jobs` → `ai:processing` → gone, or `ai:jobs:dead` with the reason.

Producers push on the left, we take from the right. An item is the job as JSON; its text, byte for byte, is the
receipt. Every move is one atomic command or script, so a crash leaves an item in exactly one list.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast, final
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, OutOfMemoryError, ReadOnlyError
from redis.exceptions import ClusterDownError as RedisClusterDownError
from redis.exceptions import TryAgainError as RedisTryAgainError
from redis.retry import Retry
from typing_extensions import override

from academy_pipelines.contracts.jobs import AiJob, parse_ai_job
from academy_pipelines.contracts.json_text import read_json
from academy_pipelines.errors import ContractError, MisconfiguredError, UnavailableError
from academy_pipelines.resources.http_calls import REASON_CHARS, quoted
from academy_pipelines.resources.job_sources import Claim, JobSource

JOBS = "ai:jobs"
PROCESSING = "ai:processing"
DEAD = "ai:jobs:dead"

REPLACE_CLAIM = """
if redis.call('LREM', KEYS[1], 0, ARGV[1]) > 0 then
    return redis.call('LPUSH', KEYS[2], ARGV[2])
end
return 0
"""
"""Move a claim out of processing and its successor into another list; nothing if the claim is gone already."""

_REFUSED = (AuthenticationError, AuthorizationError)
_LATER = (
    redis.ConnectionError,
    redis.TimeoutError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterDownError,
    RedisTryAgainError,
)
_LATER_CODES = ("MISCONF", "NOREPLICAS", "BUSY", "LOADING", "UNKILLABLE")
"""Replies without a class of their own that pass: no disk, no replica, a script running, starting up."""


@final
class RedisJobSource(JobSource):
    """Jobs from Redis lists; threads may share it.

    Args:
        redis_url: redis://, rediss:// or unix://, with the password if there is one; never shown.
        timeout_s: longest wait for the connection and for an answer.
    """

    name = "redis"

    def __init__(self, redis_url: str, timeout_s: float = 10.0) -> None:
        try:
            _require_database(redis_url)
            self._redis = redis.Redis.from_url(
                redis_url,
                decode_responses=True,
                encoding_errors="surrogateescape",  # receipts must come back byte for byte, whatever they hold
                socket_timeout=timeout_s,
                socket_connect_timeout=timeout_s,
                retry=Retry(NoBackoff(), 0),  # a claim that is sent twice takes two jobs
            )
        except (ValueError, redis.RedisError):
            raise MisconfiguredError("REDIS_URL is no redis:// address; write redis://host:6379/0") from None
        self._replace = self._redis.register_script(REPLACE_CLAIM)

    @override
    def claim(self) -> Claim | None:
        """Take the oldest job. Items that are no job go to `ai:jobs:dead`, and the next one is taken."""
        while (raw := self._take()) is not None:
            if claim := self._claim_or_bury(raw):
                return claim
        return None

    @override
    def acknowledge(self, receipt: str) -> None:
        with _translated():
            self._redis.lrem(PROCESSING, 0, receipt)

    @override
    def bury(self, receipt: str, reason: str) -> None:
        self._move(receipt, DEAD, {**_fields(receipt), "error": reason})

    def retry(self, receipt: str, reason: str) -> None:
        """Put a claimed job back with one attempt more, or bury it when that was its last. Once only."""
        job = _job(receipt)
        attempt = job.attempt + 1
        if attempt >= job.max_attempts:
            self._move(receipt, DEAD, {**_fields(receipt), "attempt": attempt, "error": reason})
        else:
            self._move(receipt, JOBS, {**_fields(receipt), "attempt": attempt})

    @override
    def unfinished(self) -> list[Claim]:
        with _translated():
            found = cast("list[str]", self._redis.lrange(PROCESSING, 0, -1))
        raws = dict.fromkeys(reversed(found))
        return [claim for raw in raws if (claim := self._claim_or_bury(raw))]

    @override
    def close(self) -> None:
        self._redis.close()

    def _take(self) -> str | None:
        with _translated():
            return cast("str | None", self._redis.lmove(JOBS, PROCESSING, "RIGHT", "LEFT"))

    def _claim_or_bury(self, raw: str) -> Claim | None:
        try:
            return Claim(_job(raw), receipt=raw)
        except ContractError as error:
            self.bury(raw, str(error))
            return None

    def _move(self, receipt: str, target: str, successor: dict[str, object]) -> None:
        with _translated():
            self._replace(keys=[PROCESSING, target], args=[receipt, _escaped(successor)])


def _escaped(item: dict[str, object]) -> str:
    """Return JSON in ASCII, which also carries bytes that are no text."""
    return json.dumps(item)


def _require_database(redis_url: str) -> None:
    """Refuse a database that is no number, which the client would take for 0."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        int(parts.path.strip("/") or 0)


def _job(raw: str) -> AiJob:
    try:
        body = read_json(raw.encode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise ContractError(f"the queue's item is no JSON: {quoted(str(error))}") from error
    return parse_ai_job(body)


def _fields(raw: str) -> dict[str, object]:
    """Return the item's own fields, or the item as text where it has none."""
    try:
        body = read_json(raw.encode("utf-8", "surrogateescape"))
    except ValueError:
        body = None
    return cast("dict[str, object]", body) if isinstance(body, dict) else {"raw": raw}


@contextmanager
def _translated() -> Generator[None]:
    """Turn every exception of the client into one of ours; the URL is never shown."""
    try:
        yield
    except _REFUSED as error:
        raise ContractError("Redis refuses our name or password; check REDIS_URL") from error
    except _LATER as error:
        raise UnavailableError(_said("Redis did not answer", error)) from error
    except redis.RedisError as error:
        if str(error).startswith(_LATER_CODES):
            raise UnavailableError(_said("Redis asks us to wait", error)) from error
        raise ContractError(_said(f"Redis refused a command on {JOBS}", error)) from error


def _said(what: str, error: redis.RedisError) -> str:
    return f"{what} ({type(error).__name__}): {quoted(str(error), REASON_CHARS)}"
