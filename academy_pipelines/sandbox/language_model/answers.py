"""What goes back over the wire, and the provider's refusals."""

import math
from dataclasses import dataclass, field
from typing import Any

from academy_pipelines.sandbox.language_model.script import Reply

BYTES_PER_TOKEN = 3
"""One Korean syllable; English words come out dearer than they are."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON body with its status."""

    body: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


def error(status: int, code: str | None, message: str, kind: str = "invalid_request_error") -> Answer:
    """Return a refusal in the provider's form."""
    return Answer({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)


def scripted_error(reply: Reply) -> Answer:
    """Return the refusal that a reply asks for."""
    refused = error(reply.status, reply.error_code, reply.error_message, reply.error_type)
    return Answer(refused.body, reply.status, dict(reply.headers))


def tokens_in(text: str) -> int:
    """Return about as many tokens as a text has."""
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)


def missing_model(name: object) -> Answer:
    """Return what is said of a model that is unknown or gone."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    return error(404, "model_not_found", message)
