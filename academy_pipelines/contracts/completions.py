"""What an OpenAI-compatible endpoint answers to a chat, as much of it as we use."""

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, Field, ValidationError

from academy_pipelines.contracts.json_text import read_json_object
from academy_pipelines.errors import MalformedAnswerError, UnavailableError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

EXCERPT_CHARS = 80
MOST_COMPLAINTS = 8

Message = TypeVar("Message", bound=BaseModel)


class CompletionMessage(BaseModel, frozen=True):
    """What the model says, or why it will not."""

    content: str | None = None
    refusal: str | None = None


class CompletionChoice(BaseModel, frozen=True):
    """One message; `finish_reason` is "stop", "length", "content_filter" or another word."""

    message: CompletionMessage
    finish_reason: str | None = None


class PromptTokens(BaseModel, frozen=True):
    """Details of the tokens read."""

    cached_tokens: int | None = None


class AnswerTokens(BaseModel, frozen=True):
    """Details of the tokens written."""

    reasoning_tokens: int | None = None


class CompletionUsage(BaseModel, frozen=True):
    """Tokens read and written; the details belong to them and do not add to them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: PromptTokens | None = None
    completion_tokens_details: AnswerTokens | None = None


class Completion(BaseModel, frozen=True):
    """The body of `POST /v1/chat/completions`; `model` is the one that really answered."""

    choices: list[CompletionChoice] = Field(min_length=1)
    model: str | None = None
    usage: CompletionUsage | None = None


class ModelMessage(BaseModel, frozen=True):
    """What the endpoint says of a model: `shutdown_date` (ISO 8601) is when it ends, None while nobody has said so."""

    id: str
    shutdown_date: str | None = None


def parse_answer(body: bytes | str, kind: type[Message]) -> Message:
    """Read the body of a successful answer.

    Raises:
        UnavailableError: the body is no JSON: something between us and the model answered in its place.
        MalformedAnswerError: it is JSON, but not what was asked for.
    """
    try:
        found = read_json_object(body)
    except ValueError as error:
        text = body if isinstance(body, str) else body.decode("utf-8", "replace")
        raise UnavailableError(
            f"the language model's endpoint answered 200 without JSON: {' '.join(text.split())[:EXCERPT_CHARS]!r}; "
            "a gateway or a login page may stand in between (check OPENAI_BASE_URL)"
        ) from error
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        said = complaints(error)
        raise MalformedAnswerError(f"the language model's endpoint answered no {kind.__name__}: {said}") from error


def complaints(error: ValidationError) -> str:
    """Return what is wrong and where, in at most `MOST_COMPLAINTS` parts.

    Neither values nor names of keys that we do not know are repeated: they come from papers, and may be meant for the
    model that is told what was wrong.
    """
    items = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_COMPLAINTS]
    return "; ".join(dict.fromkeys(f"{_place(item)}: {item['msg']}" for item in items))


def _place(item: "ErrorDetails") -> str:
    if item["type"] == "extra_forbidden":
        return "a key that is not in the schema"
    return ".".join(map(str, item["loc"])) or "object"
