"""The file in which a person's review comes back, and one correction in it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from academy_pipelines.contracts.jobs import Identity
from academy_pipelines.contracts.templates import summary
from academy_pipelines.errors import RefusedReviewError

Format = Literal["academy-review/1"]

LEGIBLE = r"^[^\x00-\x1f]+$"

Place = tuple[int, int | Literal["identifier"]]
"""A page, and a row of it."""

Name = Annotated[str, Field(max_length=100, pattern=LEGIBLE)]

MOST_CORRECTIONS = 100_000


class Correction(BaseModel, frozen=True):
    """What a person says about one row of one sheet.

    `sheet` is the submission (or the file, for `academy grade`), `page` the page of its file, `row` a question's number
    or "identifier". `answer` holds the marked labels, none for blank; for the identifier the number, or nothing when
    nobody can tell. `reading` and `scan_sha256` say what the person looked at: how the row was read, and in which file.
    """

    sheet: Annotated[Identity, Field(max_length=1000, pattern=LEGIBLE)]
    page: Annotated[int, Field(ge=1)] = 1
    row: Annotated[int, Field(strict=True)] | Literal["identifier"]
    answer: Annotated[list[str], Field(max_length=20)]
    reading: Annotated[str, Field(max_length=500)]
    scan_sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    reviewed_at: AwareDatetime
    reviewer: Name | None = None

    @property
    def place(self) -> Place:
        """Which row of which page it is about."""
        return self.page, self.row


class Corrections(BaseModel, frozen=True):
    """The whole file; `reviewer` stands for corrections that name none."""

    format: Format
    reviewer: Name
    corrections: Annotated[list[Correction], Field(max_length=MOST_CORRECTIONS)]

    def by_sheet(self) -> dict[str, list[Correction]]:
        """Return every sheet's corrections, each with its reviewer."""
        sheets: dict[str, list[Correction]] = {}
        for correction in self.corrections:
            named = correction.model_copy(update={"reviewer": correction.reviewer or self.reviewer})
            sheets.setdefault(correction.sheet, []).append(named)
        return sheets


def parse_corrections(text: str | bytes) -> Corrections:
    """Return what a review page wrote.

    Raises:
        RefusedReviewError: it is something else; the message names the first wrong fields.
    """
    try:
        found = Corrections.model_validate_json(text)
    except ValidationError as error:
        raise RefusedReviewError(f"this is no corrections file of a review page: {summary(error)}") from error
    seen: set[tuple[str, Place]] = set()
    for correction in found.corrections:
        if (correction.sheet, correction.place) in seen:
            message = f"sheet {correction.sheet}, row {correction.row} is corrected twice; keep one of the two"
            raise RefusedReviewError(message)
        seen.add((correction.sheet, correction.place))
    return found
