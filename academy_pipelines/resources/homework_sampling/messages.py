"""What goes into the sampling program and what comes out of it, as JSON."""

import json
from dataclasses import asdict, dataclass

from academy_pipelines.resources.homework_sampling.measuring import HomeworkRequest
from academy_pipelines.video.homework import HomeworkActivity


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the file is not accepted, as `UnsupportedMediaError` says it."""

    reason: str
    english: str
    korean: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program found, or why it refused the file."""

    activity: HomeworkActivity | None
    refusal: Refusal | None

    def to_json(self) -> bytes:
        """Return the message."""
        return json.dumps(asdict(self)).encode()


def request_of(text: bytes) -> HomeworkRequest:
    """Return the request in a message."""
    return HomeworkRequest(**json.loads(text))


def answer_of(text: bytes) -> Answer:
    """Return what `Answer.to_json` wrote, every value checked.

    Raises:
        ValueError: the text is anything else.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 - a tenth of a second that the program does without

    return TypeAdapter(Answer).validate_json(text)
