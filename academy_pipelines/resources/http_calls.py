"""What every HTTP gateway does alike: translate httpx's errors, judge statuses, read bodies, quote safely.

Texts made here are fit for logs and for the back end: addresses lose their query (presigned URLs carry their
signature there) and headers are never quoted.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from academy_pipelines.errors import AcademyError, ContractError, UnavailableError

TRANSIENT_STATUSES = frozenset({408, 425, 429})
"""Client errors that mean "later", beside every 5xx (RFC 9110 §15.5.9, RFC 8470, RFC 6585)."""

MIN_BYTES_PER_S = 16 * 1024
"""A body that trickles slower than this, after one timeout of grace, is given up."""

EXCERPT_CHARS = 80
REASON_CHARS = 200

_UNSENDABLE = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.CookieConflict)
_NONSENSE = (httpx.DecodingError, httpx.TooManyRedirects)


@contextmanager
def translated(who: str, refusal: type[AcademyError] = ContractError) -> Generator[None]:
    """Turn every exception of httpx into one of ours, naming `who` was asked.

    Raises:
        UnavailableError: no connection, no answer in time, or an answer cut short.
        refusal: what no second attempt would change: an impossible address or header, an undecodable body.
    """
    try:
        yield
    except _UNSENDABLE as error:  # their texts repeat headers and addresses, hence no cause either
        raise refusal(f"{who} cannot be asked: the address or a header is invalid ({type(error).__name__})") from None
    except _NONSENSE as error:
        raise refusal(f"{who} answered nonsense ({type(error).__name__}): {quoted(str(error))}") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise UnavailableError(f"{who} did not answer ({type(error).__name__}): {quoted(str(error))}") from error


def is_transient(status: int) -> bool:
    """Whether a status asks us to come back later."""
    return status in TRANSIENT_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def refused(who: str, status: int, reason: str, remedy: str) -> AcademyError:
    """Return the error that a status other than success stands for: transient ones heal by themselves."""
    if is_transient(status):
        return UnavailableError(f"{who} answered {status}: {reason!r}")
    return ContractError(f"{who} refused with {status}: {reason!r}; {remedy}")


def without_query(url: str) -> str:
    """Return scheme, host and path of an address: what may be shown of a presigned URL."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "an invalid address"
    port = f":{parsed.port}" if parsed.port else ""
    return quoted(f"{parsed.scheme}://{parsed.host}{port}{parsed.path}", REASON_CHARS)


def quoted(text: str, limit: int = EXCERPT_CHARS, secrets: tuple[str, ...] = ()) -> str:
    """Return the beginning of a text on one line, `secrets` masked."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


@dataclass(frozen=True)
class BodyLimits:
    """What is endured of one body.

    `max_bytes` is the ceiling of the decoded body; `patience_s` the grace before `MIN_BYTES_PER_S` is demanded of
    the whole transfer; `refusal` is raised, with `remedy`, when the body can never be taken.
    """

    max_bytes: int
    patience_s: float
    refusal: type[AcademyError]
    remedy: str


def body_chunks(
    response: httpx.Response,
    limits: BodyLimits,
    clock: Callable[[], float] = time.monotonic,
    *,
    before_bytes: int = 0,
) -> Iterator[bytes]:
    """Yield a streamed body piece by piece, counting what really comes and not what was announced.

    `before_bytes` of it came with an earlier answer and count for the ceiling.

    Raises:
        limits.refusal: the body is too large, or packed in a way that we did not ask for.
        UnavailableError: the body trickles.
    """
    who = without_query(str(response.url))
    _refuse_announced(response, who, limits, before_bytes)
    started_s, received_bytes = clock(), 0
    for chunk in response.iter_bytes():
        received_bytes += len(chunk)
        if before_bytes + received_bytes > limits.max_bytes:
            raise limits.refusal(f"{who} is larger than {limits.max_bytes} bytes; {limits.remedy}")
        passed_s = clock() - started_s
        if received_bytes < (passed_s - limits.patience_s) * MIN_BYTES_PER_S:
            raise UnavailableError(f"{who} sends too slowly: {received_bytes} bytes in {passed_s:.0f} s")
        yield chunk


def _refuse_announced(response: httpx.Response, who: str, limits: BodyLimits, before_bytes: int) -> None:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and before_bytes + int(announced) > limits.max_bytes:
        raise limits.refusal(f"{who} is larger than {limits.max_bytes} bytes; {limits.remedy}")
    packing = response.headers.get("content-encoding", "identity").lower()
    if packing not in {"identity", "gzip", "deflate"}:
        raise limits.refusal(f"{who} is packed as {quoted(packing)!r}; serve it unpacked")
