"""What the model is told to answer, and what it was asked."""

import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

CHAT = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"
MODELS = "/v1/models"
FILES = "/v1/files"
BATCHES = "/v1/batches"

MOST_KEPT = 10_000
"""Calls that are remembered; older ones are forgotten."""

BatchEnding = Literal["completed", "expired", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Reply:
    """How one call is answered instead of by the rules.

    With `raw` the body is exactly that text, of type `media_type`. With `status` 400 or more the body is an error
    object with `error_code` and `error_message`. Otherwise the message says `content` (by the rules when None) or the
    `refusal`, and ends for `finish_reason`. All of this comes after `wait_s` seconds; `hangs_up` closes the connection
    without an answer.
    """

    status: int = 200
    content: str | None = None
    refusal: str | None = None
    finish_reason: str = "stop"
    error_code: str | None = None
    error_type: str = "invalid_request_error"
    error_message: str = "the sandbox was told to refuse"
    headers: tuple[tuple[str, str], ...] = ()
    raw: str | None = None
    media_type: str = "application/json"
    wait_s: float = 0.0
    hangs_up: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it arrived; `authorization` is the whole header."""

    method: str
    path: str
    authorization: str = field(repr=False)
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body of a JSON call."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What the model's provider knows.

    `api_key` None takes any. `context_tokens` is the most that a prompt and its answer may hold. A batch ends at the
    `batch_looks`-th time that somebody looks, as `batch_ending` says: an expired one has done the first half.
    """

    api_key: str | None = None
    models: tuple[str, ...] = ("gpt-4.1-mini", "gpt-6-luna", "text-embedding-3-small", "text-embedding-3-large")
    context_tokens: int = 128_000
    batch_looks: int = 2
    batch_ending: BatchEnding = "completed"


class Script:
    """Replies waiting for calls, by path, and the last calls that came; threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._asked: deque[Asked] = deque(maxlen=MOST_KEPT)

    def add(self, *replies: Reply, path: str = CHAT) -> None:
        """Answer the next calls of `path` so, one reply a call; lines of a batch count as calls."""
        with self._lock:
            self._waiting[path].extend(replies)

    def clear(self) -> None:
        """Forget what is waiting and what was asked."""
        with self._lock:
            self._waiting.clear()
            self._asked.clear()

    def note(self, asked: Asked) -> None:
        """Keep a call."""
        with self._lock:
            self._asked.append(asked)

    def next(self, path: str) -> Reply | None:
        """Take the reply that the next call of `path` gets; None for the rules'."""
        with self._lock:
            waiting = self._waiting[path]
            return waiting.popleft() if waiting else None

    def asked(self, path: str = CHAT) -> list[Asked]:
        """Return the calls of `path` so far."""
        with self._lock:
            return [asked for asked in self._asked if asked.path == path]
