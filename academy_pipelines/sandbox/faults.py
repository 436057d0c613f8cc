"""Misbehaviour on request: what goes wrong on a bad day, reproducible by its seed."""

import asyncio
import hashlib
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from academy_pipelines.errors import MisconfiguredError


@dataclass(frozen=True, slots=True)
class Faults:
    """How the academy misbehaves; every `*_rate` is a share of requests in [0, 1].

    `latency_s`: every answer comes this much later. `error_rate`: 500, 502, 503 or 504 instead of doing the work.
    `drop_rate`: the connection is closed before the work is done. `lost_answer_rate`: the work is done,
    then the connection is closed without an answer. `duplicate_rate`: a job's first delivery is
    followed by a second one. `truncate_rate`: a file ends half way. `seed`: which requests are hit.
    """

    latency_s: float = 0.0
    error_rate: float = 0.0
    drop_rate: float = 0.0
    lost_answer_rate: float = 0.0
    duplicate_rate: float = 0.0
    truncate_rate: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for item in fields(self):
            value: float = getattr(self, item.name)
            most = 1.0 if item.name.endswith("_rate") else float("inf")
            if item.name != "seed" and not 0 <= value <= most:
                raise MisconfiguredError(f"fault {item.name}={value} is out of range; use 0 to {most:g}")

    @property
    def active(self) -> dict[str, float]:
        """The faults that are switched on."""
        return {name: value for name, value in asdict(self).items() if value and name != "seed"}


def parse_faults(settings: Iterable[str]) -> Faults:
    """Read faults from words such as "error_rate=0.1".

    Raises:
        MisconfiguredError: a word names no fault or its value is no number in range.
    """
    values: dict[str, float] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        values[name.strip()] = _number(name, value)
    return faults_from(values)


def faults_from(values: dict[str, float]) -> Faults:
    """Build faults from named values.

    Raises:
        MisconfiguredError: a name is no fault, or a value is no number in range.
    """
    known = [item.name for item in fields(Faults)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise MisconfiguredError(f"unknown fault {', '.join(unknown)}; there are {', '.join(known)}")
    numbers: dict[str, Any] = {name: _number(name, value) for name, value in values.items()}
    return Faults(**{**numbers, "seed": int(numbers.get("seed", 0))})


def _number(name: str, value: object) -> float:
    try:
        return float(str(value))
    except ValueError as error:
        raise MisconfiguredError(f"fault {name}={value} is no number; write for example {name}=0.1") from error


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one request."""

    error_status: int | None = None
    is_dropped: bool = False
    loses_answer: bool = False
    is_duplicated: bool = False
    is_truncated: bool = False


class FaultInjector:
    """Decides the fate of requests; `faults` may be exchanged at any time.

    The nth request to a path has the same fate whatever happens on other paths, so that a run
    with many connections can be repeated.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.happened: Counter[str] = Counter()
        self._seen: defaultdict[str, int] = defaultdict(int)

    def fate(self, method: str, path: str) -> Fate:
        """Decide on the next request to `path`, and count what will happen to it."""
        route = f"{method} {path}"
        self._seen[route] += 1
        rolls = _rolls(f"{self.faults.seed}|{route}|{self._seen[route]}")
        faults = self.faults
        fate = Fate(
            error_status=(500, 502, 503, 504)[int(rolls[5] * 4)] if rolls[0] < faults.error_rate else None,
            is_dropped=rolls[1] < faults.drop_rate,
            loses_answer=rolls[2] < faults.lost_answer_rate,
            is_duplicated=rolls[3] < faults.duplicate_rate,
            is_truncated=rolls[4] < faults.truncate_rate,
        )
        self.happened.update(_names(fate, path))
        return fate


def _rolls(key: str) -> tuple[float, ...]:
    digest = hashlib.blake2b(key.encode(), digest_size=48).digest()
    return tuple(number / 2**64 for number in struct.unpack("<6Q", digest))


def _names(fate: Fate, path: str) -> list[str]:
    if fate.is_dropped:
        return ["drop"]
    if fate.error_status:
        return ["error"]
    happens = {
        "lost_answer": fate.loses_answer,
        "duplicate": fate.is_duplicated and path.endswith("/job/next/"),
        "truncate": fate.is_truncated and path.startswith("/files/") and not fate.loses_answer,
    }
    return [name for name, it_does in happens.items() if it_does]


class FaultyConnection:
    """Wraps the academy's application and lets faults happen to requests under `prefixes`."""

    def __init__(self, app: ASGIApp, injector: FaultInjector, prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._injector = injector
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or let it suffer."""
        faults = self._injector.faults
        if scope["type"] != "http" or not faults.active or not scope["path"].startswith(self._prefixes):
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(faults.latency_s)
        await self._suffer(self._injector.fate(scope["method"], scope["path"]), scope, receive, send)

    async def _suffer(self, fate: Fate, scope: Scope, receive: Receive, send: Send) -> None:
        if fate.is_dropped:
            await _hang_up(scope, receive)
        elif fate.error_status:
            answer = JSONResponse({"detail": "a fault was asked for"}, status_code=fate.error_status)
            await answer(scope, receive, send)
        elif fate.loses_answer:
            await self._app(scope, receive, _swallow)
            await _hang_up(scope, receive)
        elif fate.is_truncated and scope["path"].startswith("/files/"):
            await self._app(scope, receive, _HalfBody(send))
            await _hang_up(scope, receive)
        else:
            scope["duplicate"] = fate.is_duplicated
            await self._app(scope, receive, send)


class _HalfBody:
    """Passes on the head of an answer and the first half of its first piece of body."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_cut = False

    async def __call__(self, message: Message) -> None:
        if self._is_cut:
            return
        if message["type"] == "http.response.body":
            self._is_cut = True
            body = message.get("body", b"")
            message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        await self._send(message)


async def _swallow(_message: Message) -> None:
    """Take an answer that nobody will get."""


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope["state"]["transport"].close()
    while (await receive())["type"] != "http.disconnect":
        pass
