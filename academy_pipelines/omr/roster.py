"""The student's number against the list of valid ones: unclear digits resolved, strangers flagged."""

from dataclasses import replace

from academy_pipelines.omr.readings import Digit, DigitStatus, Identifier, IdentifierStatus, Resolution

MAX_UNCLEAR = 2
"""With more digits unclear, agreement with the list may be chance."""
MARK_SHARE = 0.5
"""Of the column's strongest ink: weaker bubbles are no marks of an unclear digit."""
BLANK = "?"


def resolve(read: Identifier, roster: frozenset[str], mark_limit: float) -> Identifier:
    """Return `read` as the `roster` of valid numbers has it.

    A number read in full stays OK only if it is on the list. Another is taken from the list when exactly one entry
    agrees with every known digit and with the marks of the unclear ones, of which there may be two; entries
    shorter than the grid may stand at its left or right end, with blanks in the rest. `resolution` says which it was.
    """
    if read.status is IdentifierStatus.OK:
        return read if read.identifier in roster else _unknown(read)
    if read.status is not IdentifierStatus.AMBIGUOUS:
        return read
    found = {entry for entry in roster if any(_agrees(text, read, mark_limit) for text in _padded(entry, read))}
    if len(found) != 1:
        return read
    return replace(read, identifier=found.pop(), status=IdentifierStatus.OK, resolution=Resolution.ROSTER)


def _unknown(read: Identifier) -> Identifier:
    return replace(read, identifier=None, status=IdentifierStatus.AMBIGUOUS, resolution=Resolution.NOT_ON_ROSTER)


def _padded(entry: str, read: Identifier) -> tuple[str, ...]:
    count = len(read.digits)
    return (entry,) if len(entry) == count else (entry.ljust(count, BLANK), entry.rjust(count, BLANK))


def _agrees(text: str, read: Identifier, mark_limit: float) -> bool:
    if len(text) != len(read.digits):
        return False
    unclear = 0
    for character, digit in zip(text, read.digits, strict=True):
        if digit.value is not None:
            if character != str(digit.value):
                return False
        elif character == BLANK:
            if digit.status is not DigitStatus.BLANK:
                return False
        else:
            unclear += 1
            if not _may_be(character, digit, mark_limit):
                return False
    return unclear <= MAX_UNCLEAR


def _may_be(character: str, digit: Digit, mark_limit: float) -> bool:
    """Return whether `character` is among the marks of an unclear digit; any digit is where there is no mark."""
    strongest = max((mark.fill for mark in digit.marks), default=0.0)
    if strongest < mark_limit / 2:
        return True
    return any(str(mark.number) == character and mark.fill >= MARK_SHARE * strongest for mark in digit.marks)
