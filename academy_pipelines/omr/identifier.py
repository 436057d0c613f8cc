"""Stage "decide": from ink to the student's number. One unclear digit makes the number unknown."""

from dataclasses import dataclass, field

from academy_pipelines.omr.ink import FillScores
from academy_pipelines.omr.marks import MarkPolicy, RowVerdict, mark_limit, read_row
from academy_pipelines.omr.readings import Digit, DigitMark, DigitStatus, Identifier, IdentifierStatus
from academy_pipelines.omr.roster import resolve
from academy_pipelines.omr.template import DigitColumn, SheetTemplate


@dataclass(frozen=True, slots=True)
class IdentifierPolicy:
    """When a digit counts as marked: stricter than for answers, for a wrong number harms two students."""

    marks: MarkPolicy = field(
        default_factory=lambda: MarkPolicy(mark_floor=0.1, doubt_share=0.38, faint_confidence=0.97)
    )
    min_confidence: float = 0.5


def decide_identifier(
    fills: FillScores,
    template: SheetTemplate,
    policy: IdentifierPolicy = IdentifierPolicy(),
    roster: frozenset[str] | None = None,
) -> Identifier | None:
    """Return the identifier of the sheet, or None when `template` has none.

    Status OK needs every digit; a number with some digits blank, leading or trailing ones too, is AMBIGUOUS with
    "?" in their places, without any digit BLANK. With a `roster` of the valid numbers, an unclear one is
    resolved when exactly one of them agrees with every mark, and one that is not among them is AMBIGUOUS.
    """
    if not template.identifier:
        return None
    start = sum(len(question.bubbles) for question in template.questions)
    digits: list[Digit] = []
    for column in template.identifier:
        end = start + len(column.bubbles)
        digits.append(_decide(column, range(start, end), fills, policy))
        start = end
    raw = "".join("?" if digit.value is None else str(digit.value) for digit in digits)
    status = _status(digits)
    confidence = min(digit.confidence for digit in digits)
    known = raw if status is IdentifierStatus.OK else None
    read = Identifier(known, raw, tuple(digits), confidence, status)
    return read if roster is None else resolve(read, roster, mark_limit(fills, policy.marks))


def _decide(column: DigitColumn, places: range, fills: FillScores, policy: IdentifierPolicy) -> Digit:
    row = read_row(places, fills, policy.marks, policy.min_confidence)
    status = {RowVerdict.CLEAR: DigitStatus.OK, RowVerdict.BLANK: DigitStatus.BLANK}.get(
        row.verdict, DigitStatus.AMBIGUOUS
    )
    value = int(column.bubbles[row.marked[0]].label) if status is DigitStatus.OK else None
    marks = tuple(
        DigitMark(
            number=int(bubble.label),
            fill=round(min(1.0, max(0.0, fills.ink[place])), 3),
            center_px=fills.centers_px[place],
            roi_px=fills.rois_px[place],
        )
        for place, bubble in zip(places, column.bubbles, strict=True)
    )
    return Digit(column.digit_index, value, status, round(row.confidence, 3), marks)


def _status(digits: list[Digit]) -> IdentifierStatus:
    seen = {digit.status for digit in digits}
    if seen == {DigitStatus.OK}:
        return IdentifierStatus.OK
    return IdentifierStatus.BLANK if seen == {DigitStatus.BLANK} else IdentifierStatus.AMBIGUOUS
