"""The doubtful rows of graded submissions, cut from the pictures in the store; free of Dagster."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from academy_pipelines.defs.page_stages import PageStages, SheetPage
from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.reviews import Reading
from academy_pipelines.resources.object_store import ObjectStore
from academy_pipelines.review.file_pages import with_mates
from academy_pipelines.review.rows import doubtful_rows, pages_to_review
from academy_pipelines.review.sheets import ReviewSheet, sheet_to_review


def doubtful_sheets(
    ledger: Ledger, readings: Iterable[Reading], store: ObjectStore, overlay_url: str, tell: Callable[[str], None]
) -> Iterator[ReviewSheet]:
    """Yield every page with doubtful rows; `tell` is told of those whose picture is gone or can no longer be read.

    `overlay_url` says where a whole sheet is shown, with {job_id} and {submission} in it; empty for nowhere. Of sheets
    with the same number all are shown, also those that were graded, and delivered, before the others came.
    """
    listed = list(readings)
    mates = ledger.roll.mates(reading.submission for reading in listed)
    for reading in listed:
        result = with_mates(reading.result, mates[reading.submission])
        pages = {number: page for number, page in pages_to_review(result).items() if doubtful_rows(page)}
        if not pages:
            continue
        artefacts = Artefacts(store)
        stages, ticket = PageStages(artefacts), Ticket(reading.submission, reading.job_id)
        for number, page in pages.items():
            try:
                count = stages.request(ticket).page_count
                located = stages.located(SheetPage(ticket, number, count))
            except AcademyError as error:
                tell(f"submission {reading.submission} cannot be shown: {error}")
                break
            name = f"#{reading.submission}" if count == 1 else f"#{reading.submission}, p. {number}"
            url = overlay_url.replace("{job_id}", reading.job_id).replace("{submission}", reading.submission)
            yield replace(sheet_to_review(reading.submission, number, name, located, page), url=url or None)
