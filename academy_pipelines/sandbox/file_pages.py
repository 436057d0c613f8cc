"""What a posted result says of each page of a file of several. Workers may post nonsense: then there are no pages."""

from typing import Any

Fields = dict[str, Any]


def listed_pages(result: object) -> list[Fields]:
    """Return the pages that a result lists, by their numbers; none for a file of one page."""
    pages = result.get("pages") if isinstance(result, dict) else None
    found = [page for page in pages if isinstance(page, dict)] if isinstance(pages, list) else []
    return sorted((page for page in found if isinstance(page.get("page"), int)), key=lambda page: page["page"])


def result_of(result: object, number: int) -> Fields | None:
    """Return what a result says of one page, as if it were the file's only one; None for a page that was refused."""
    if not isinstance(result, dict):
        return None
    pages = listed_pages(result)
    if not pages:
        return result if number == 1 else None
    page = next((page for page in pages if page["page"] == number), None)
    return None if page is None or page.get("error") else {**result, **page, "pages": []}


def first_read(result: object) -> int:
    """Return the number of the page that a result speaks of in its other keys."""
    return next((page["page"] for page in listed_pages(result) if not page.get("error")), 1)
