"""Jobs as the back end hands them out."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from academy_pipelines.contracts.templates import summary
from academy_pipelines.errors import ContractError, InvalidJobError
from academy_pipelines.omr.template import Axis


class JobType(StrEnum):
    """The AI job types of the back end."""

    OMR_GRADING = "omr_grading"
    OCR = "ocr"
    QUESTION_SEGMENTATION = "question_segmentation"
    HANDWRITING_ANALYSIS = "handwriting_analysis"
    EMBEDDING = "embedding"
    PROBLEM_GENERATION = "problem_generation"
    HOMEWORK_VIDEO_ANALYSIS = "homework_video_analysis"
    WRONG_NOTE = "wrong_note"
    """Ours: a student's wrong questions, printed."""


def _named(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Identity = Annotated[str, BeforeValidator(_named)]
"""Numbers and strings name the same job; inside we only use strings."""


class Message(BaseModel, frozen=True):
    """What the back end sends: a field that is null counts as missing."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, message: object) -> object:
        if not isinstance(message, dict):
            return message
        return {name: value for name, value in message.items() if value is not None}


class AiJob(Message, frozen=True):
    """One claimed job. `type` may be unknown to us and `payload` may be anything: both are judged later."""

    id: Annotated[Identity, Field(min_length=1, max_length=200)]
    type: Annotated[str, Field(max_length=100)]
    source_id: Annotated[Identity, Field(min_length=1, max_length=200)]
    payload: dict[str, Any] = {}
    attempt: int = 0
    max_attempts: Annotated[int, Field(ge=1)] = 5


def parse_ai_job(body: object) -> AiJob:
    """Check one job of the claim call.

    Raises:
        ContractError: it has no id, type or source_id, or its payload is no object.
    """
    try:
        return AiJob.model_validate(body)
    except ValidationError as error:
        raise ContractError(f"the back end handed out a job we cannot understand: {summary(error)}") from error


class TemplateFetch(Message, frozen=True):
    """Where to get the template meta from, and with which of the caller's rights."""

    base_url: Annotated[str, Field(min_length=1)]
    cookie: Annotated[str | None, Field(repr=False)] = None
    bearer_token: Annotated[str | None, Field(repr=False)] = None
    worker_token: Annotated[str | None, Field(repr=False)] = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0


class LegacyRoi(Message, frozen=True):
    """A question's box in pixels of the picture as sent; judged by the room that reads it."""

    x: float
    y: float
    w: float
    h: float


class LegacyQuestionMessage(Message, frozen=True):
    """A question of a job without a template."""

    question_id: int
    roi: LegacyRoi
    choices: Annotated[list[str], Field(min_length=2, max_length=10)] = ["A", "B", "C", "D", "E"]
    axis: Axis = "x"


MOST_ON_ROSTER = 20_000
"""Valid identifiers that one job may name: more than any academy has students, and still a small payload."""

RosterEntry = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Roster = Annotated[list[RosterEntry], Field(max_length=MOST_ON_ROSTER)]


def _known_mode(value: object) -> object:
    text = str(value or "auto").lower()
    return text if text in {"scan", "photo", "auto"} else "auto"


def _unless_empty(value: object) -> object:
    return value or None


def _some_address(value: object) -> object:
    return None if isinstance(value, dict) and not value.get("base_url") else value


class OmrPayload(Message, frozen=True):
    """What an `omr_grading` job asks for; an empty template or roster, or an address-less fetch, counts as missing."""

    download_url: Annotated[str, Field(min_length=1)]
    mode: Annotated[str, BeforeValidator(_known_mode)] = "auto"
    question_count: int | None = None
    roster: Annotated[Roster | None, BeforeValidator(_unless_empty)] = None
    """Ours: the valid identifiers, or nothing when any number is."""
    exam_id: Annotated[Identity, Field(max_length=200)] | None = None
    """Ours: identifiers are compared among the sheets of one exam."""
    template_meta: Annotated[dict[str, Any] | None, BeforeValidator(_unless_empty)] = None
    template_fetch: Annotated[TemplateFetch | None, BeforeValidator(_some_address)] = None
    questions: list[LegacyQuestionMessage] = []


def parse_omr_payload(payload: dict[str, Any]) -> OmrPayload:
    """Check the payload of an `omr_grading` job.

    Raises:
        InvalidJobError: `download_url` is missing or a field has the wrong form, such as a roster of numbers
            instead of texts, whose leading zeros would be lost.
    """
    try:
        return OmrPayload.model_validate(payload)
    except ValidationError as error:
        raise InvalidJobError(f"the job's payload is invalid: {summary(error)}") from error
