"""Jobs of type `wrong_note`: what they ask for, and the result that the back end takes."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from academy_pipelines.contracts.jobs import Identity, Message
from academy_pipelines.contracts.templates import summary
from academy_pipelines.documents.note_crops import NoteCrop, note_crop
from academy_pipelines.documents.wrong_notes import Student, WrongItem, WrongNote, wrong_note
from academy_pipelines.errors import EmptyDocumentError, InvalidJobError, UnreadableImageError

MOST_ITEMS = 500
"""Of one note: a hundred pages and more, which nobody solves again."""

LONGEST_TEXT = 20_000
"""Characters of one question's text or explanation: several pages."""

LONGEST_CROP = 30_000_000
"""Characters of one crop: 22 megabytes of picture as a data URI."""

_DATA_URI = re.compile(r"data:image/[a-zA-Z0-9.+-]{1,40};base64,")
_LINK = re.compile(r"https?://", re.IGNORECASE)


def _answer(value: object) -> object:
    """Return an answer as text; several labels, as `omr_grading` detects them, are one answer."""
    if isinstance(value, (list, tuple)) and all(isinstance(label, (str, int)) for label in value):
        return "/".join(map(str, value))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _not_blank(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("it is blank")
    return value


Name = Annotated[Identity, BeforeValidator(_not_blank), Field(max_length=200)]
AnswerText = Annotated[str, BeforeValidator(_answer), Field(max_length=2000)]
LongText = Annotated[str, Field(max_length=LONGEST_TEXT)]


class EnrolmentMessage(Message, frozen=True):
    """Whose note it is."""

    id: Name
    name: Annotated[str | None, Field(max_length=200)] = None


class WrongItemMessage(Message, frozen=True):
    """One question; `given` is empty, null or missing where the student answered nothing.

    `crop` is a picture of the question: a `data:image/…;base64,` URI or a download link.
    """

    exam: Name
    question: Name
    right: AnswerText
    given: AnswerText = ""
    crop: Annotated[str | None, Field(max_length=LONGEST_CROP, repr=False)] = None
    body: LongText = ""
    explanation: LongText = ""


class WrongNotePayload(Message, frozen=True):
    """What a `wrong_note` job asks for."""

    enrolment: EnrolmentMessage
    items: Annotated[tuple[WrongItemMessage, ...], Field(max_length=MOST_ITEMS)]
    title: Annotated[str | None, Field(max_length=200)] = None

    def without_secrets(self) -> Self:
        """Return the same without the queries of its links, which open doors."""
        items = tuple(
            item.model_copy(update={"crop": item.crop.partition("?")[0]})
            if item.crop and _LINK.match(item.crop)
            else item
            for item in self.items
        )
        return self.model_copy(update={"items": items})


class WrongNoteResult(BaseModel, frozen=True):
    """The result of a `wrong_note` job: where the note lies in the artefact store, and its size."""

    html_key: str
    pdf_key: str
    pages: int
    items: int


def parse_wrong_note_payload(payload: dict[str, Any]) -> WrongNotePayload:
    """Check the payload of a `wrong_note` job.

    Raises:
        EmptyDocumentError: `items` is empty.
        InvalidJobError: a field is missing, blank or of the wrong form; the message names the item.
    """
    if payload.get("items") == []:
        raise EmptyDocumentError("items is empty; a wrong note needs at least one question")
    try:
        return WrongNotePayload.model_validate(payload)
    except ValidationError as error:
        raise InvalidJobError(f"the job's payload is invalid: {summary(error)}") from error


def requested_note(payload: WrongNotePayload, fetch: Callable[[str], bytes]) -> WrongNote:
    """Return the note that a payload asks for; `fetch` gets the bytes of a crop that is a download link.

    Raises:
        UnreadableImageError: a crop is neither a link nor the data URI of a picture that can be decoded; the message
            names the item.
        AcademyError: what `fetch` raises.
    """
    items = [
        WrongItem(
            exam=item.exam,
            question=item.question,
            given=item.given,
            right=item.right,
            crop=_crop(item.crop, f"items.{place}.crop", fetch) if item.crop else None,
            body=item.body,
            explanation=item.explanation,
        )
        for place, item in enumerate(payload.items)
    ]
    return wrong_note(Student(payload.enrolment.id, payload.enrolment.name), items, payload.title or "")


def _crop(crop: str, where: str, fetch: Callable[[str], bytes]) -> NoteCrop:
    data = fetch(crop) if _LINK.match(crop) else _of_data_uri(crop, where)
    try:
        return note_crop(data)
    except UnreadableImageError as error:
        raise UnreadableImageError(f"{where}: {error}") from error


def _of_data_uri(crop: str, where: str) -> bytes:
    start = _DATA_URI.match(crop)
    if start is None:
        message = f"{where} begins {crop[:30]!r}; send data:image/png;base64,… or a link that begins with https://"
        raise UnreadableImageError(message)
    try:
        return base64.b64decode(crop[start.end() :], validate=True)
    except binascii.Error as error:
        raise UnreadableImageError(f"{where} is no base64 ({error}); send the picture again") from error
