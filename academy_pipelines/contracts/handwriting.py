"""Jobs about handwriting: what they ask for, and the result that the back end takes."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, ValidationError

from academy_pipelines.contracts.jobs import Identity, Message
from academy_pipelines.contracts.templates import summary
from academy_pipelines.documents.handwriting import HandwritingMarks, QuestionMarks
from academy_pipelines.documents.handwriting_pages import PageHandwriting
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.documents.region import Region
from academy_pipelines.errors import InvalidJobError

MOST_REGIONS = 2000
"""Of one document."""

Side = Annotated[int, Field(ge=0, le=100_000)]
Length = Annotated[int, Field(ge=1, le=100_000)]
BoxPx = tuple[Side, Side, Length, Length]
"""Left, top, width and height in pixels."""


class RegionMessage(Message, frozen=True):
    """One question: where it is on page `page` of the blank form, or of the file when there is no blank form."""

    box: BoxPx
    page: Annotated[int, Field(ge=1)] = 1
    label: Annotated[Identity, Field(max_length=50)] | None = None


class HandwritingPayload(Message, frozen=True):
    """What a `handwriting_analysis` job asks for; all but `download_url` is ours."""

    download_url: Annotated[str, Field(min_length=1, repr=False)]
    blank_url: Annotated[str | None, Field(min_length=1, repr=False)] = None
    """The form as it was handed out, page by page; without it little can be known."""
    regions: Annotated[tuple[RegionMessage, ...], Field(max_length=MOST_REGIONS)] = ()

    @property
    def as_regions(self) -> tuple[Region, ...]:
        """The regions in the documents room's form."""
        return tuple(Region(one.page, PixelBox(*one.box), label=one.label) for one in self.regions)

    def without_secrets(self) -> Self:
        """Return the same without the queries of its links, which open doors."""
        links = {"download_url": self.download_url, "blank_url": self.blank_url}
        return self.model_copy(update={name: link and link.partition("?")[0] for name, link in links.items()})


def parse_handwriting_payload(payload: dict[str, Any]) -> HandwritingPayload:
    """Check the payload of a `handwriting_analysis` job.

    Raises:
        InvalidJobError: `download_url` is missing, or a field has the wrong form.
    """
    try:
        return HandwritingPayload.model_validate(payload)
    except ValidationError as error:
        raise InvalidJobError(f"the job's payload is invalid: {summary(error)}") from error


class QuestionMarksMessage(BaseModel, frozen=True):
    """What was written in one question; `box` is on the page that was handed in."""

    label: str | None
    box: tuple[int, int, int, int]
    ink_share: float
    marks: int

    @classmethod
    def of(cls, found: QuestionMarks) -> Self:
        """Return a question's marks in the wire's form."""
        return cls(label=found.label, box=_box(found.box), ink_share=round(found.ink_share, 6), marks=found.marks)


class PageHandwritingMessage(BaseModel, frozen=True):
    """One page: the shares are 0..1, `boxes` left, top, width and height of each mark in pixels of the page."""

    page: int
    status: str
    method: str
    confidence: float
    reason: str | None
    ink_share: float
    writing_score: float
    calculation_score: float
    boxes: list[tuple[int, int, int, int]]
    questions: list[QuestionMarksMessage]

    @classmethod
    def of(cls, page: PageHandwriting) -> Self:
        """Return a page in the wire's form."""
        found = page.found
        return cls(
            page=page.number,
            status=found.status,
            method=found.method,
            confidence=found.confidence,
            reason=found.reason,
            ink_share=round(found.ink_share, 6),
            writing_score=round(found.writing_score, 4),
            calculation_score=round(found.calculation_score, 4),
            boxes=[_box(mark.box) for mark in found.marks],
            questions=[QuestionMarksMessage.of(question) for question in found.questions],
        )


class HandwritingResult(BaseModel, frozen=True):
    """The result of a `handwriting_analysis` job; all but the two scores is ours.

    `writing_score`, 0..1: the share of the paper that was newly written on, 1 for closely written pages; the mean of
    the pages of which it is known. `calculation_score`, 0..1: the share of that ink in marks of two lines or more, as
    working-out has them. Both are 0 where `status` is "unknown": then nothing is known of any page, for `reason`. They
    speak of ink, not of effort; a teacher's pen counts too.
    """

    writing_score: float
    calculation_score: float
    status: str
    method: str
    confidence: float
    reason: str | None
    pages: list[PageHandwritingMessage]

    @classmethod
    def of(cls, pages: Sequence[PageHandwriting]) -> Self:
        """Return the result of a document's pages."""
        known = [page.found for page in pages if page.found.status == "known"]
        reasons = list(dict.fromkeys(page.found.reason for page in pages if page.found.reason))
        return cls(
            writing_score=round(_mean([found.writing_score for found in known]), 4),
            calculation_score=round(_dense_share(known), 4),
            status="known" if known else "unknown",
            method=known[0].method if known else "none",
            confidence=round(_mean([found.confidence for found in known]), 4),
            reason="; ".join(reasons) or None,
            pages=[PageHandwritingMessage.of(page) for page in pages],
        )


def _dense_share(known: Sequence[HandwritingMarks]) -> float:
    ink = sum(found.ink_share for found in known)
    return sum(found.dense_share * found.ink_share for found in known) / ink if ink else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _box(box: PixelBox) -> tuple[int, int, int, int]:
    return box.left, box.top, box.width, box.height
