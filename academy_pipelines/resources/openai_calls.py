"""What every gateway to an OpenAI-compatible endpoint does alike: connect, and tell errors apart."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from academy_pipelines.contracts.completions import Message, parse_answer
from academy_pipelines.errors import (
    AcademyError,
    EngineRefusedError,
    MalformedAnswerError,
    MisconfiguredError,
    UnavailableError,
)
from academy_pipelines.resources.http_calls import is_transient, quoted

if TYPE_CHECKING:
    import httpx2
    from openai import APIStatusError, OpenAI

OPENAI_URL = "https://api.openai.com/v1"
CONNECT_TIMEOUT_S = 5.0
CONFLICT_HEALS = frozenset({HTTPStatus.CONFLICT})
"""The provider answers 409 while a lock is held; its own client tries again, too."""

NO_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""Codes of a 429 that no waiting heals."""

_KEY_LIKE = re.compile(r"\bsk-[\w*-]+")
REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class OpenAiAccess:
    """Where an OpenAI-compatible endpoint is and how it is called.

    `base_url` None is OpenAI itself. `timeout_s` is the patience for one attempt; `max_retries` more attempts are made
    after whatever time heals, later when the endpoint says `Retry-After`. Threads may share what is made of it.
    """

    api_key: str = field(repr=False)
    base_url: str | None = None
    timeout_s: float = 60.0
    max_retries: int = 2

    @property
    def host(self) -> str:
        """The endpoint's host, for people."""
        return urlsplit(self.base_url or OPENAI_URL).netloc.rpartition("@")[2]

    def connect(self) -> "OpenAI":
        """Return a client; nothing is sent yet.

        Raises:
            MisconfiguredError: the key or the address cannot be used.
        """
        from openai import DefaultHttpxClient, OpenAI, Timeout

        self._check()
        return OpenAI(
            api_key=self.api_key,
            base_url=self.base_url or OPENAI_URL,
            max_retries=self.max_retries,
            timeout=Timeout(self.timeout_s, connect=min(CONNECT_TIMEOUT_S, self.timeout_s)),
            http_client=DefaultHttpxClient(event_hooks={"response": [_forbid_vain_retries]}),
        )

    def _check(self) -> None:
        if not self.api_key:
            raise MisconfiguredError("OPENAI_API_KEY is empty; set it, or choose the engine that needs no key")
        if not self.api_key.isascii() or not self.api_key.isprintable() or " " in self.api_key:
            raise MisconfiguredError("OPENAI_API_KEY holds characters that no key has, such as spaces; copy it again")
        if self.base_url is not None and not _is_web_address(self.base_url):
            raise MisconfiguredError(f"OPENAI_BASE_URL={self.base_url!r} is no address; write https://host/v1")

    @contextmanager
    def translated(self, model: str, model_variable: str) -> Generator[None]:
        """Turn every exception of the client into one of ours; `model_variable` is where `model` is chosen.

        Raises:
            UnavailableError: no answer in time, or one that asks us to come back later.
            MisconfiguredError: the key is refused, or the address leads nowhere.
            EngineRefusedError: the request will never be answered as it is.
            MalformedAnswerError: the client does not understand the answer.
        """
        import openai

        try:
            yield
        except openai.APITimeoutError:
            raise UnavailableError(f"{self.host} did not answer within {self.timeout_s:g} s") from None
        except openai.APIConnectionError as error:
            reason = self.quoted(str(error.__cause__ or error))
            raise UnavailableError(f"{self.host} cannot be reached: {reason}") from None
        except openai.APIStatusError as error:
            refusal = Refusal(error.status_code, error.code or error.type, self.quoted(_said_in(error)))
            raise refusal.as_error(self.host, model, model_variable) from None
        except openai.OpenAIError as error:
            reason = f"{type(error).__name__}: {self.quoted(str(error))}"
            raise MalformedAnswerError(f"{self.host} answered what its client does not understand ({reason})") from None

    def parsed(self, body: bytes, kind: type[Message]) -> Message:
        """Read the body of a successful answer, the key masked in it; see `parse_answer` for what it raises."""
        return parse_answer(self.masked(body), kind)

    def masked(self, body: bytes) -> bytes:
        """Return a body without the key: some endpoints and gateways repeat what they were sent."""
        return body.replace(self.api_key.encode(), b"***")

    def quoted(self, text: str) -> str:
        """Return a text on one line without the key and whatever looks like one."""
        return quoted(_KEY_LIKE.sub("***", text), REASON_CHARS, (self.api_key,))


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with a status other than success; `reason` may be shown."""

    status: int
    code: str | None
    reason: str

    def as_error(self, host: str, model: str, model_variable: str) -> AcademyError:
        """Return the error that it stands for."""
        said = f"{host} refused with {self.status}{f' {self.code}' if self.code else ''}: {self.reason!r}"
        if self.code in NO_CREDIT:
            return EngineRefusedError(f"{said}; there is no credit left: top it up, or set another OPENAI_API_KEY")
        if is_transient(self.status) or self.status in CONFLICT_HEALS:
            return UnavailableError(f"{said}; time heals it")
        if self._is_about_model(model):
            return EngineRefusedError(
                f"{said}; the model {model!r} does not exist there, or no longer: set {model_variable} to one that does"
            )
        if self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return MisconfiguredError(f"{said}; set an OPENAI_API_KEY that may use {model}")
        if self.status == HTTPStatus.NOT_FOUND:
            return MisconfiguredError(f"{said}; check OPENAI_BASE_URL, which usually ends in /v1")
        return EngineRefusedError(f"{said}; {self._remedy(model)}")

    def _remedy(self, model: str) -> str:
        if self.code == "context_length_exceeded":
            return f"the text is too long for {model}: send less at once"
        if "response_format" in self.reason or "schema" in self.reason:
            return "a server without strict schemas needs ACADEMY_PROBLEM_GEN_MODE=json_object or prompt"
        return "the request has to change"

    def _is_about_model(self, model: str) -> bool:
        if self.code in {"model_not_found", "model_deprecated", "model_decommissioned"}:
            return True
        return self.status == HTTPStatus.NOT_FOUND and model.casefold() in self.reason.casefold()


def _said_in(error: "APIStatusError") -> str:
    match error.body:
        case {"message": str(message)}:
            return message
        case _:
            return error.message


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or brackets without an address
        return False


def _forbid_vain_retries(response: "httpx2.Response") -> None:
    """Keep the client from trying again when there is no credit: it takes any 429 for a rate limit."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response.read()
        if any(code in response.text for code in NO_CREDIT):
            response.headers["x-should-retry"] = "false"
