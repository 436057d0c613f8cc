"""The review page of a posted result, made of the academy's own copy of the file."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.errors import UnusableInputError
from academy_pipelines.omr.registration import CaptureMode, register
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.pages.file import pages_of
from academy_pipelines.pages.page import Page
from academy_pipelines.review.page import render_page
from academy_pipelines.review.rows import doubtful_rows, pages_to_review
from academy_pipelines.review.sheets import Located, ReviewSheet, sheet_to_review
from academy_pipelines.sandbox.overlays import mode_of, template_of


def doubtful_count(result: object) -> int:
    """Return how many rows of a posted result wait for a person; 0 for nonsense."""
    parsed = _parsed(result)
    return sum(len(doubtful_rows(page)) for page in pages_to_review(parsed).values()) if parsed else 0


def review_page(data: bytes, payload: dict[str, Any], result: object, submission: int, name: str) -> str | None:
    """Return the page for the doubtful rows of `result`, which was read from the file `data`.

    None when nothing can be shown: there is no template, the file cannot be opened, or the result is none.
    """
    parsed = _parsed(result)
    try:
        template = template_of(payload)
        if parsed is None or template is None:
            return None
        sheets = list(_sheets(pages_of(data), template, mode_of(payload), parsed, submission))
    except UnusableInputError:
        return None
    return render_page(sheets, f"답안 확인 · Review #{submission} {name}")


def _sheets(
    pages: Sequence[Page], template: SheetTemplate, mode: CaptureMode, result: OmrResult, submission: int
) -> Iterator[ReviewSheet]:
    for number, read in pages_to_review(result).items():
        if doubtful_rows(read) and number <= len(pages):
            pixels = pages[number - 1].decode()
            located = Located(pixels, register(pixels, template, mode), template)
            name = f"#{submission}" if len(pages) == 1 else f"#{submission}, p. {number}"
            yield sheet_to_review(str(submission), number, name, located, read)


def _parsed(result: object) -> OmrResult | None:
    try:
        return OmrResult.model_validate(result)
    except ValidationError:
        return None
