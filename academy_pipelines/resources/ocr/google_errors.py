"""What errors of Google Vision mean: who can put them right, and whether time heals them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from academy_pipelines.errors import (
    AcademyError,
    EngineRefusedError,
    MalformedAnswerError,
    MisconfiguredError,
    UnavailableError,
)
from academy_pipelines.resources.http_calls import REASON_CHARS, quoted

if TYPE_CHECKING:
    from google.api_core.exceptions import GoogleAPICallError

TRANSIENT_CODES = frozenset({4, 8, 14})
"""gRPC's numbers for: deadline exceeded, resource exhausted, unavailable."""

_REFUSED_GRANTS = ("invalid_grant", "invalid_client", "unauthorized_client")
"""What OAuth calls credentials that no waiting heals (RFC 6749 §5.2). gRPC fetches tokens itself, and hides them in
the message of "unavailable"."""

_WHO = "Google Vision"
_KEY_REMEDY = "see that GOOGLE_APPLICATION_CREDENTIALS names a key that may use Vision, with billing enabled"


@contextmanager
def translated() -> Generator[None]:
    """Turn every exception of Google's libraries into one of ours.

    Raises:
        UnavailableError: no answer in time, no connection, overload or quota, an error of the service's own.
        MisconfiguredError: no credentials, or they are not accepted.
        EngineRefusedError: the request will never be taken.
        MalformedAnswerError: the answer is not one of Vision's.
    """
    from google.api_core.exceptions import GoogleAPICallError, RetryError  # noqa: PLC0415 - only where Google is used
    from google.auth.exceptions import GoogleAuthError, TransportError  # noqa: PLC0415
    from google.protobuf.json_format import ParseError  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    try:
        yield
    except GoogleAPICallError as error:
        raise _meaning(error) from error
    except (RetryError, RequestException, TransportError) as error:
        raise UnavailableError(f"{_WHO} did not answer ({type(error).__name__})") from error
    except GoogleAuthError as error:
        if error.retryable:
            raise UnavailableError(f"{_WHO}'s credentials cannot be renewed now ({type(error).__name__})") from error
        reason = quoted(str(error), REASON_CHARS)
        raise MisconfiguredError(f"{_WHO} has no valid credentials: {reason}; {_KEY_REMEDY}") from error
    except (ParseError, UnicodeDecodeError) as error:
        raise MalformedAnswerError(f"{_WHO} answered nonsense: {quoted(str(error))}") from error


def _meaning(error: "GoogleAPICallError") -> AcademyError:
    from google.api_core import exceptions  # noqa: PLC0415 - only where Google is used

    said = f"{_WHO} answered {error.code}: {quoted(str(error.message), REASON_CHARS)!r}"
    is_refused = isinstance(error, (exceptions.Unauthorized, exceptions.Forbidden))
    if is_refused or any(grant in str(error.message) for grant in _REFUSED_GRANTS):
        return MisconfiguredError(f"{said}; {_KEY_REMEDY}")
    if isinstance(
        error, (exceptions.ServerError, exceptions.TooManyRequests, exceptions.Aborted, exceptions.Cancelled)
    ):
        return UnavailableError(said)
    return EngineRefusedError(f"{said}; send other pictures, or correct the language hints")
