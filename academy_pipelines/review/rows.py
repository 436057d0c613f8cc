"""The rows of a result as a review speaks of them: which are doubtful, how one was read, what may be answered.

A row is a question, named by its number, or the identifier.
"""

from typing import Final, Literal

from pydantic import JsonValue

from academy_pipelines.contracts.results import AnswerMessage, IdentifierMessage, OmrResult
from academy_pipelines.omr.readings import AnswerStatus, IdentifierStatus

IDENTIFIER: Final = "identifier"

RowName = int | Literal["identifier"]


def written(row: RowName) -> str:
    """Return a row's name for people."""
    return f"question {row}" if isinstance(row, int) else row


def answer_in(result: OmrResult, question_id: int) -> AnswerMessage | None:
    """Return the answer to a question, None when the sheet has no such question."""
    return next((answer for answer in result.answers if answer.question_id == question_id), None)


def is_doubtful(answer: AnswerMessage) -> bool:
    """Whether a person has to look at the answer and none has."""
    return answer.origin == "reader" and AnswerStatus(answer.status).is_flagged


def is_doubtful_identifier(identifier: IdentifierMessage | None) -> bool:
    """Whether a person has to look at the number and none has: it is not known, or others have it too."""
    if identifier is None or identifier.origin != "reader":
        return False
    return identifier.status != IdentifierStatus.OK.value or bool(identifier.duplicates)


def pages_of(result: OmrResult) -> dict[int, OmrResult]:
    """Return the readings of the pages that could be read, by page number; a file of one page is page 1."""
    if not result.pages:
        return {1: result}
    return {
        page.page: result.model_copy(
            update={
                "answers": page.answers,
                "identifier": page.identifier,
                "aligned": page.aligned,
                "quality": page.quality,
                "warnings": page.warnings,
                "artifacts": page.artifacts,
                "pages": [],
            }
        )
        for page in result.pages
        if page.error is None
    }


def pages_to_review(result: OmrResult) -> dict[int, OmrResult]:
    """Return what `pages_of` does, where the numbers of a file of several pages also name its other pages."""
    pages = pages_of(result)
    for page in result.pages:
        if page.identifier is not None and page.error is None:
            others = [*page.identifier.duplicates, *(f"p. {number}" for number in page.duplicates)]
            identifier = page.identifier.model_copy(update={"duplicates": others})
            pages[page.page] = pages[page.page].model_copy(update={"identifier": identifier})
    return pages


def doubtful_rows(result: OmrResult) -> list[RowName]:
    """Return the rows of one page that wait for a person: the identifier first, then questions in their order."""
    first: list[RowName] = [IDENTIFIER] if is_doubtful_identifier(result.identifier) else []
    return [*first, *(answer.question_id for answer in result.answers if is_doubtful(answer))]


def answer_reading(answer: AnswerMessage) -> str:
    """Return how the reader read a question, such as `ambiguous A/C`, whatever a person has said since."""
    read = as_read(answer)
    return f"{read.status} {'/'.join(read.detected) or '-'}"


def identifier_reading(identifier: IdentifierMessage) -> str:
    """Return how the reader read the number, such as `ambiguous 1234?678 read`, whatever a person has said since."""
    read = identifier_as_read(identifier)
    return f"{read.status} {read.raw_identifier} {read.resolution}"


def as_read(answer: AnswerMessage) -> AnswerMessage:
    """Return the answer as the reader left it."""
    if answer.review is None:
        return answer
    return answer.model_copy(update={**answer.review.read, "origin": "reader", "review": None})


def identifier_as_read(identifier: IdentifierMessage) -> IdentifierMessage:
    """Return the number as the reader left it."""
    if identifier.review is None:
        return identifier
    read = identifier.review.read
    digits = [
        digit.model_copy(update=was if isinstance(was, dict) else {})
        for digit, was in zip(identifier.digits, _listed(read.get("digits"), len(identifier.digits)), strict=True)
    ]
    return identifier.model_copy(update={**read, "digits": digits, "origin": "reader", "review": None})


def _listed(value: JsonValue, length: int) -> list[JsonValue]:
    return value if isinstance(value, list) and len(value) == length else [None] * length


def digits_as_read(identifier: IdentifierMessage) -> list[dict[str, JsonValue]]:
    """Return what `identifier_as_read` needs to know of the digits before a person changed them."""
    return [digit.model_dump(include={"value", "status", "confidence"}) for digit in identifier.digits]


def choices_of(answer: AnswerMessage) -> tuple[str, ...]:
    """Return the labels printed beside a question, in their order; empty when the reading does not tell."""
    fills = (answer.raw or {}).get("fills")
    return tuple(fills) if isinstance(fills, dict) else ()
