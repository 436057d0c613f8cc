"""Sheets of one exam that carry the same number: every digit is certain, whose sheet it is is not."""

from collections.abc import Iterable, Mapping, Sequence

from academy_pipelines.contracts.results import OmrResult, SheetWarning
from academy_pipelines.omr.readings import IdentifierStatus

DUPLICATE = "duplicate_identifier"

NAMED_AT_MOST = 20
"""Others that one sheet names; a whole class with one number is one mistake, not many."""


def known_number(result: OmrResult) -> str | None:
    """Return the sheet's number, None when it is not known."""
    identifier = result.identifier
    known = identifier is not None and identifier.status == IdentifierStatus.OK.value
    return identifier.identifier if identifier is not None and known else None


def same_number(numbers: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Return for every sheet which others of `numbers` (sheet -> number) carry the same one."""
    holders: dict[str, list[str]] = {}
    for sheet, number in numbers.items():
        if number is not None:
            holders.setdefault(number, []).append(sheet)
    return {
        sheet: tuple(other for other in holders[number] if other != sheet) if number is not None else ()
        for sheet, number in numbers.items()
    }


def with_duplicates(result: OmrResult, others: Iterable[str]) -> OmrResult:
    """Return `result` saying that `others` have its number too, or, without others, that none has.

    The status of the number stays what its digits say.
    """
    named: Sequence[str] = sorted(others, key=_in_order)
    warnings = [warning for warning in result.warnings if warning.code != DUPLICATE]
    if result.identifier is None or not (named or result.identifier.duplicates):
        return result
    if named:
        rest = f" and {len(named) - NAMED_AT_MOST} more" if len(named) > NAMED_AT_MOST else ""
        also = ", ".join(named[:NAMED_AT_MOST]) + rest
        message = f"the number {result.identifier.identifier} is on other sheets of this exam too: {also}"
        warnings.append(SheetWarning(code=DUPLICATE, message=message))
    identifier = result.identifier.model_copy(update={"duplicates": list(named[:NAMED_AT_MOST])})
    return result.model_copy(update={"identifier": identifier, "warnings": warnings})


def _in_order(sheet: str) -> tuple[int, str]:
    """Numbers by their size, before texts of the same length by the alphabet."""
    return (len(sheet), sheet)
