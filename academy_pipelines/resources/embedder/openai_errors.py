"""What errors of the embedding endpoint mean: who can put them right, and whether time heals them."""

from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from academy_pipelines.errors import AcademyError, EngineRefusedError, MisconfiguredError, UnavailableError
from academy_pipelines.resources.http_calls import REASON_CHARS, is_transient, quoted

if TYPE_CHECKING:
    from openai import APIStatusError

NO_CREDIT = "insufficient_quota"
"""The code of a 429 that waiting does not heal."""


@contextmanager
def translated(who: str, model: str, api_key: str) -> Generator[None]:
    """Turn every exception of the openai package into one of ours; the key is in none of them.

    Raises:
        UnavailableError: no answer in time, overload, or an error of the endpoint's own.
        MisconfiguredError: the key is refused.
        EngineRefusedError: the model is gone, the credit is spent, or the texts are refused.
    """
    from openai import APIConnectionError, APIStatusError, OpenAIError

    try:
        yield
    except APIStatusError as error:
        raise _meaning(error, who, model, api_key) from None  # its text may repeat headers
    except APIConnectionError as error:
        raise UnavailableError(f"{who} did not answer ({type(error).__name__})") from None
    except OpenAIError as error:
        reason = quoted(str(error), REASON_CHARS, (api_key,))
        raise EngineRefusedError(f"{who} cannot be asked: {reason}; check OPENAI_BASE_URL") from None


def _meaning(error: "APIStatusError", who: str, model: str, api_key: str) -> AcademyError:
    status, reason = error.status_code, quoted(error.message, REASON_CHARS, (api_key,))
    said = f"{who} answered {status}: {reason!r}"
    if status == HTTPStatus.TOO_MANY_REQUESTS and NO_CREDIT in {error.code, error.type}:
        return EngineRefusedError(f"{said}; the account has no credit left, add some")
    if status == HTTPStatus.CONFLICT or is_transient(status):
        return UnavailableError(said)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return MisconfiguredError(f"{said}; OPENAI_API_KEY (or EMBEDDING_OPENAI_API_KEY) is not valid there")
    if status == HTTPStatus.NOT_FOUND:
        return EngineRefusedError(f"{said}; EMBEDDING_OPENAI_MODEL={model!r} is not offered there, name another")
    return EngineRefusedError(f"{said}; shorten the texts or correct EMBEDDING_OPENAI_MODEL={model!r}")
