"""Stage "decide": from ink to the student's number. One unclear digit makes the number unknown."""

from dataclasses import dataclass, field

from academy_pipelines.omr.ink import FillScores
from academy_pipelines.omr.marks import MarkPolicy, RowReading, RowVerdict, mark_limit, read_row
from academy_pipelines.omr.readings import Digit, DigitMark, DigitStatus, Identifier, IdentifierStatus
from academy_pipelines.omr.roster import resolve
from academy_pipelines.omr.template import DigitColumn, SheetTemplate


@dataclass(frozen=True, slots=True)
class IdentifierPolicy:
    """When a digit counts as marked: stricter than for answers, for a wrong number harms two students."""

    marks: MarkPolicy = field(default_factory=lambda: MarkPolicy(mark_floor=0.1, doubt_share=0.38, faint_doubt=6.7))
    min_confidence: float = 0.8


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
    shares = fills.shares()
    for column in template.identifier:
        end = start + len(column.bubbles)
        row = read_row(range(start, end), fills, policy.marks, policy.min_confidence)
        marks = map(
            DigitMark,
            (int(bubble.label) for bubble in column.bubbles),
            shares[start:end],
            fills.centers_px[start:end],
            fills.rois_px[start:end],
        )
        digits.append(_digit(column, row, tuple(marks)))
        start = end
    raw = "".join("?" if digit.value is None else str(digit.value) for digit in digits)
    status = _status(digits)
    confidence = min(digit.confidence for digit in digits)
    known = raw if status is IdentifierStatus.OK else None
    read = Identifier(known, raw, tuple(digits), confidence, status)
    return read if roster is None else resolve(read, roster, mark_limit(fills, policy.marks))


def _digit(column: DigitColumn, row: RowReading, marks: tuple[DigitMark, ...]) -> Digit:
    status = {RowVerdict.CLEAR: DigitStatus.OK, RowVerdict.BLANK: DigitStatus.BLANK}.get(
        row.verdict, DigitStatus.AMBIGUOUS
    )
    value = marks[row.marked[0]].number if status is DigitStatus.OK else None
    return Digit(column.digit_index, value, status, round(row.confidence, 3), marks)


def _status(digits: list[Digit]) -> IdentifierStatus:
    seen = {digit.status for digit in digits}
    if seen == {DigitStatus.OK}:
        return IdentifierStatus.OK
    return IdentifierStatus.BLANK if seen == {DigitStatus.BLANK} else IdentifierStatus.AMBIGUOUS
