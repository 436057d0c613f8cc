"""A file of several sheets as one result: the first sheet that was read speaks, and every page is listed."""

from collections.abc import Callable, Iterable, Mapping

from academy_pipelines.contracts.results import OmrResult, PageMessage, SheetWarning
from academy_pipelines.review.duplicates import known_number, same_number, with_duplicates
from academy_pipelines.review.rows import pages_of

PAGES_REFUSED = "pages_refused"
PAGES_WITH_ONE_NUMBER = "pages_with_one_number"


def of_several_pages(read: Mapping[int, OmrResult], refused: Mapping[int, str]) -> OmrResult:
    """Return the result of a file whose pages gave `read` (at least one) and were `refused` with a reason.

    Both by page number, from 1. Pages that carry the same number name each other, and the file warns of it.
    """
    numbers = {str(page): known_number(result) for page, result in read.items()}
    mates = {int(page): tuple(map(int, others)) for page, others in same_number(numbers).items()}
    pages = {page: _read_page(page, result, mates[page]) for page, result in read.items()}
    pages |= {page: PageMessage(page=page, error=reason) for page, reason in refused.items()}
    first = read[min(read)]
    warnings = [*first.warnings, *_warnings(read, mates, sorted(refused))]
    return first.model_copy(update={"pages": [pages[page] for page in sorted(pages)], "warnings": warnings})


def numbers_of(result: OmrResult) -> dict[int, str | None]:
    """Return the number of every page that could be read, None where it is not known."""
    return {page: known_number(read) for page, read in pages_of(result).items()}


def with_mates(result: OmrResult, mates: Mapping[int, Iterable[str]]) -> OmrResult:
    """Return `result` saying which other submissions carry its number, or, by page, the numbers of its pages."""
    return with_each_page(result, lambda page, read: with_duplicates(read, mates.get(page, ())))


def with_each_page(result: OmrResult, change: Callable[[int, OmrResult], OmrResult]) -> OmrResult:
    """Return `result` with `change(page, reading)` instead of each page that could be read."""
    read = {page: change(page, one) for page, one in pages_of(result).items()}
    if not result.pages:
        return read[1]
    return of_several_pages(read, {page.page: page.error for page in result.pages if page.error is not None})


def _read_page(page: int, result: OmrResult, mates: tuple[int, ...]) -> PageMessage:
    return PageMessage(
        page=page,
        answers=result.answers,
        identifier=result.identifier,
        aligned=result.aligned,
        quality=result.quality,
        warnings=result.warnings,
        artifacts=result.artifacts,
        duplicates=list(mates),
    )


def _warnings(
    read: Mapping[int, OmrResult], mates: Mapping[int, tuple[int, ...]], refused: list[int]
) -> list[SheetWarning]:
    found: list[SheetWarning] = []
    for page, others in sorted(mates.items()):
        if others and page < min(others):
            message = f"{_written([page, *others])} carry the same number {known_number(read[page])}"
            found.append(SheetWarning(code=PAGES_WITH_ONE_NUMBER, message=message))
    if refused:
        message = f"{_written(refused)} of {len(read) + len(refused)} could not be read"
        found.append(SheetWarning(code=PAGES_REFUSED, message=message))
    return found


def _written(pages: list[int]) -> str:
    """Return `page 3`, or `pages 2, 3 and 7`."""
    *rest, last = sorted(pages)
    return f"pages {', '.join(map(str, rest))} and {last}" if rest else f"page {last}"
