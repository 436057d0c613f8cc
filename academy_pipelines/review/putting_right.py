"""Lay a person's corrections over a reading, and say which of them cannot be.

The reader's own words stay in each corrected row, so that laying the same corrections over the outcome again changes
nothing. A correction holds for the picture and the reading that the person saw: when a later reading of the same
picture differs, its row is flagged instead of corrected, unless it agrees with the person anyway.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import JsonValue

from academy_pipelines.contracts.results import (
    AnswerMessage,
    DigitMessage,
    IdentifierMessage,
    OmrResult,
    ReviewNote,
    SheetWarning,
)
from academy_pipelines.omr.readings import AnswerStatus, DigitStatus, IdentifierStatus, Marking
from academy_pipelines.review.corrections import Correction
from academy_pipelines.review.file_pages import with_each_page
from academy_pipelines.review.rows import (
    IDENTIFIER,
    RowName,
    answer_in,
    answer_reading,
    as_read,
    choices_of,
    digits_as_read,
    identifier_as_read,
    identifier_reading,
    pages_of,
    written,
)

SET_ASIDE = "review_set_aside"
NOT_ON_ROSTER = "not_on_roster"
BY_REVIEW = "review"


def objection(result: OmrResult, correction: Correction) -> str | None:
    """Return why a correction cannot be laid over `result`, in words for the person who made it; None if it can."""
    page = pages_of(result).get(correction.page)
    if page is None:
        return f"the file has no page {correction.page} that could be read"
    problem = _objection(page, correction)
    return f"page {correction.page}, {problem}" if problem and result.pages else problem


def put_right(result: OmrResult, corrections: Iterable[Correction]) -> OmrResult:
    """Return the reader's part of `result` with the `corrections` laid over it, of each row the last one."""
    said = list(corrections)
    return with_each_page(
        result,
        lambda number, page: _put_page_right(page, [correction for correction in said if correction.page == number]),
    )


def corrections_in(result: OmrResult) -> list[Correction]:
    """Return the corrections that one page's `result` says were laid over it, for a page that nothing else keeps."""
    found = [
        _said(result, answer.question_id, answer.detected, answer_reading(answer), answer.review)
        for answer in result.answers
        if answer.origin == BY_REVIEW and answer.review is not None
    ]
    number = result.identifier
    if number is not None and number.origin == BY_REVIEW and number.review is not None:
        said = [number.identifier] if number.identifier else []
        found.append(_said(result, IDENTIFIER, said, identifier_reading(number), number.review))
    return found


def _said(result: OmrResult, row: RowName, answer: list[str], reading: str, note: ReviewNote) -> Correction:
    return Correction(
        sheet="-",
        row=row,
        answer=answer,
        reading=reading,
        scan_sha256=result.scan_sha256,
        reviewed_at=datetime.fromisoformat(note.reviewed_at),
        reviewer=note.reviewer,
    )


def _put_page_right(result: OmrResult, said: list[Correction]) -> OmrResult:
    by_row: dict[RowName, Correction] = {c.row: c for c in said if c.scan_sha256 == result.scan_sha256}
    elsewhere = len({c.row for c in said if c.scan_sha256 != result.scan_sha256})
    identifier = result.identifier and _identifier(result, result.identifier, by_row.get(IDENTIFIER))
    obsolete = {SET_ASIDE, NOT_ON_ROSTER} if identifier and identifier.origin == "review" else {SET_ASIDE}
    return result.model_copy(
        update={
            "answers": [_answer(result, answer, by_row.get(answer.question_id)) for answer in result.answers],
            "identifier": identifier,
            "warnings": [
                *(warning for warning in result.warnings if warning.code not in obsolete),
                *(_set_aside(f"{c.reviewer}: {_objection(result, c)}") for c in by_row.values() if _clashes(result, c)),
                *([_set_aside(f"{elsewhere} rows were reviewed in another picture")] if elsewhere else []),
            ],
        }
    )


def _objection(result: OmrResult, correction: Correction) -> str | None:
    row = written(correction.row)
    misfit = _misfit(result, correction)
    if misfit:
        return f"{row}: {misfit}"
    if correction.scan_sha256 != result.scan_sha256:
        return f"{row} was reviewed in another picture of this sheet; make the review page again"
    reading = _reading(result, correction.row)
    if correction.reading != reading:
        return f"{row} is now read as {reading!r}, it was {correction.reading!r}; make the review page again"
    return None


def _answer(result: OmrResult, answer: AnswerMessage, correction: Correction | None) -> AnswerMessage:
    read = as_read(answer)
    if correction is None or _agrees(result, correction):
        return read
    if _clashes(result, correction):
        flagged = read.status if AnswerStatus(read.status).is_flagged else AnswerStatus.AMBIGUOUS.value
        note = _note(correction, {"status": read.status}, is_set_aside=True)
        return read.model_copy(update={"status": flagged, "review": note})
    detected = list(correction.answer)
    said: dict[str, JsonValue] = {
        "detected": [*detected],
        "marking": (Marking.BLANK, Marking.SINGLE, Marking.MULTI)[min(len(detected), 2)].value,
        "confidence": 1.0,
        "status": (AnswerStatus.OK if detected else AnswerStatus.BLANK).value,
    }
    note = _note(correction, read.model_dump(include=set(said)))
    return read.model_copy(update={**said, "origin": "review", "review": note})


def _identifier(result: OmrResult, identifier: IdentifierMessage, correction: Correction | None) -> IdentifierMessage:
    read = identifier_as_read(identifier)
    if correction is None or _agrees(result, correction):
        return read
    if _clashes(result, correction):
        note = _note(correction, read.model_dump(include={"status", "identifier"}), is_set_aside=True)
        unknown = {"status": IdentifierStatus.AMBIGUOUS.value, "identifier": None}
        return read.model_copy(update={**unknown, "review": note})
    number = correction.answer[0] if correction.answer else None
    said: dict[str, object] = {
        "identifier": number,
        "raw_identifier": number or read.raw_identifier,
        "confidence": 1.0,
        "status": (IdentifierStatus.BLANK if number is None else IdentifierStatus.OK).value,
        "resolution": BY_REVIEW,
    }
    note = _note(correction, {**read.model_dump(include=set(said)), "digits": [*digits_as_read(read)]})
    digits = _digits(read.digits, number)
    return read.model_copy(update={**said, "digits": digits, "origin": "review", "review": note})


def _digits(digits: list[DigitMessage], number: str | None) -> list[DigitMessage]:
    """Return the digits that `number` has; a number shorter than the grid leaves them as they were read."""
    if number is None or len(number) != len(digits):
        return digits
    known = {"status": DigitStatus.OK.value, "confidence": 1.0}
    return [
        digit.model_copy(update={**known, "value": int(value)}) for digit, value in zip(digits, number, strict=True)
    ]


def _note(correction: Correction, read: Mapping[str, JsonValue], *, is_set_aside: bool = False) -> ReviewNote:
    return ReviewNote(
        reviewer=correction.reviewer or "",
        reviewed_at=correction.reviewed_at.isoformat(),
        read=dict(read),
        set_aside=list(correction.answer) if is_set_aside else None,
    )


def _clashes(result: OmrResult, correction: Correction) -> bool:
    return _objection(result, correction) is not None and not _agrees(result, correction)


def _agrees(result: OmrResult, correction: Correction) -> bool:
    """Whether a reading that has changed says by now, without doubt, what the person had said of the earlier one."""
    if _objection(result, correction) is None:
        return False
    if correction.row == IDENTIFIER:
        number = identifier_as_read(result.identifier).identifier if result.identifier else None
        return number is not None and [number] == correction.answer
    answer = answer_in(result, correction.row)
    read = as_read(answer) if answer else None
    return read is not None and not AnswerStatus(read.status).is_flagged and read.detected == correction.answer


def _misfit(result: OmrResult, correction: Correction) -> str | None:
    """Return why this sheet can have no such answer, whatever was read."""
    if correction.row == IDENTIFIER:
        return _identifier_misfit(result.identifier, correction.answer)
    answer = answer_in(result, correction.row)
    if answer is None:
        return f"the sheet has no such question; it has {len(result.answers)}"
    choices = choices_of(answer)
    unknown = [label for label in correction.answer if label not in choices]
    if unknown:
        return f"there is no choice {unknown[0]!r}; there are {', '.join(choices)}"
    return "a choice is named twice" if len(set(correction.answer)) < len(correction.answer) else None


def _identifier_misfit(identifier: IdentifierMessage | None, answer: list[str]) -> str | None:
    if identifier is None:
        return "the sheet has none"
    if len(answer) > 1:
        return f"{len(answer)} numbers are given; give one or none"
    if not answer or (answer[0].isascii() and answer[0].isdecimal() and len(answer[0]) <= len(identifier.digits)):
        return None
    return f"{answer[0]!r} is no number of up to {len(identifier.digits)} digits"


def _reading(result: OmrResult, row: RowName) -> str:
    if row == IDENTIFIER:
        return identifier_reading(result.identifier) if result.identifier else ""
    answer = answer_in(result, row)
    return answer_reading(answer) if answer else ""


def _set_aside(what: str) -> SheetWarning:
    return SheetWarning(code=SET_ASIDE, message=f"a correction was set aside: {what}")
