"""What a review page shows of one sheet: only the rows that wait for a person, each as a small flat picture."""

from dataclasses import dataclass

from academy_pipelines.contracts.results import AnswerMessage, IdentifierMessage, OmrResult
from academy_pipelines.imaging import Gray
from academy_pipelines.omr.crops import Crop, crop_identifier, crop_question
from academy_pipelines.omr.readings import AnswerStatus
from academy_pipelines.omr.registration import Registration
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.review.rows import (
    IDENTIFIER,
    RowName,
    answer_reading,
    identifier_reading,
    is_doubtful,
    is_doubtful_identifier,
)


@dataclass(frozen=True, slots=True)
class Located:
    """A decoded picture and where its sheet lies."""

    page: Gray
    registration: Registration
    template: SheetTemplate


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One doubtful row.

    `choices` are the labels to choose from; for the identifier there are none, and `guess` holds its digits with "?" in
    unknown places. A guess of None is no reading at all. `others` are sheets with the same number, `set_aside` what
    a person had said of an earlier reading.
    """

    row: RowName
    reading: str
    status: str
    confidence: float
    guess: tuple[str, ...] | None
    choices: tuple[str, ...]
    crop: Crop
    others: tuple[str, ...] = ()
    set_aside: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """One page with at least one doubtful row; `url` is a place where the whole of it can be seen.

    `sheet` and `page` are what corrections will name, `name` what people call it.
    """

    sheet: str
    page: int
    name: str
    scan_sha256: str | None
    rows: tuple[ReviewRow, ...]
    complaints: tuple[str, ...] = ()
    url: str | None = None


def sheet_to_review(sheet: str, page: int, name: str, located: Located, result: OmrResult) -> ReviewSheet:
    """Return the doubtful rows of `result`, which was read from `located`."""
    identifier = result.identifier
    rows: list[ReviewRow] = []
    if identifier is not None and is_doubtful_identifier(identifier):
        rows.append(_identifier_row(located, identifier))
    rows += [_answer_row(located, answer) for answer in result.answers if is_doubtful(answer)]
    complaints = tuple(result.quality.complaints) if result.quality else ()
    return ReviewSheet(sheet, page, name, result.scan_sha256, tuple(rows), complaints)


def _answer_row(located: Located, answer: AnswerMessage) -> ReviewRow:
    question = next(q for q in located.template.questions if q.number == answer.question_id)
    crop = crop_question(located.page, located.registration, located.template, question)
    is_read = answer.status != AnswerStatus.ERROR.value
    return ReviewRow(
        row=answer.question_id,
        reading=answer_reading(answer),
        status=answer.status,
        confidence=answer.confidence,
        guess=tuple(answer.detected) if is_read else None,
        choices=tuple(bubble.label for bubble in question.bubbles),
        crop=crop,
        set_aside=_set_aside(answer),
    )


def _identifier_row(located: Located, identifier: IdentifierMessage) -> ReviewRow:
    return ReviewRow(
        row=IDENTIFIER,
        reading=identifier_reading(identifier),
        status=identifier.resolution if identifier.resolution != "read" else identifier.status,
        confidence=identifier.confidence,
        guess=tuple(identifier.raw_identifier),
        choices=(),
        crop=crop_identifier(located.page, located.registration, located.template),
        others=tuple(identifier.duplicates),
        set_aside=_set_aside(identifier),
    )


def _set_aside(row: AnswerMessage | IdentifierMessage) -> tuple[str, ...] | None:
    if row.review is None or row.review.set_aside is None:
        return None
    return tuple(row.review.set_aside)
