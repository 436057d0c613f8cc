"""Jobs about documents: what they ask for, and the results that the back end takes."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from academy_pipelines.contracts.jobs import JobType, Message
from academy_pipelines.contracts.templates import summary
from academy_pipelines.documents.page_text import (
    PageText,
    document_confidence,
    document_engine,
    document_text,
)
from academy_pipelines.documents.region import Segmentation
from academy_pipelines.documents.space import Space
from academy_pipelines.errors import InvalidJobError

MOST_TEXTS = 2048
"""Of one embedding job."""

LONGEST_TEXT = 1_000_000
"""Characters of one text: a book, which is no problem of an exam."""

EngineName = Literal["google", "tesseract", "auto"]


def _known_engine(value: object) -> object:
    text = str(value or "").lower()
    return text if text in {"google", "tesseract", "auto"} else None


class DocumentPayload(Message, frozen=True):
    """What a job about a document asks for; which fields it needs depends on its `type`.

    A `problem_generation` job has either a text or a file to read first. An unknown `engine` counts as none.
    """

    type: JobType
    download_url: Annotated[str | None, Field(repr=False)] = None
    engine: Annotated[EngineName | None, BeforeValidator(_known_engine)] = None
    ocr_text: Annotated[str | None, Field(max_length=LONGEST_TEXT)] = None
    texts: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)], ...], Field(max_length=MOST_TEXTS)
    ] = ()

    @model_validator(mode="after")
    def _says_what_to_work_on(self) -> Self:
        if self.type is JobType.EMBEDDING:
            if not self.texts:
                raise ValueError("an embedding job needs texts, and there are none")
            blank = [place for place, text in enumerate(self.texts) if not text.strip()]
            if blank:
                raise ValueError(f"texts.{blank[0]} is blank; leave it out")
        elif self.type is JobType.PROBLEM_GENERATION:
            if not (self.ocr_text or "").strip() and not self.download_url:
                raise ValueError("a problem_generation job needs ocr_text or a download_url, and has neither")
        elif not self.download_url:
            raise ValueError(f"a job of type {self.type.value} needs a download_url, and has none")
        return self

    @property
    def has_file(self) -> bool:
        """Whether there is a file to read; a text that was read already goes before it."""
        return self.type is not JobType.EMBEDDING and not (self.ocr_text or "").strip()

    def without_secrets(self) -> Self:
        """Return the same without the query of its link, which opens a door."""
        link = self.download_url
        return self if link is None else self.model_copy(update={"download_url": link.partition("?")[0]})


def parse_document_payload(job_type: str, payload: dict[str, Any]) -> DocumentPayload:
    """Check the payload of a job about a document.

    Raises:
        InvalidJobError: it lacks what its type needs, or a field has the wrong form.
    """
    try:
        return DocumentPayload.model_validate({**payload, "type": job_type})
    except ValidationError as error:
        raise InvalidJobError(f"the job's payload is invalid: {summary(error)}") from error


class PageTextMessage(BaseModel, frozen=True):
    """One page of an `ocr` job's document, as it was read; `error` is all there is of one that could not be."""

    page: int
    text: str
    confidence: float | None
    engine: str
    notes: list[str]
    error: str | None


class OcrResult(BaseModel, frozen=True):
    """The result of an `ocr` job; all but `text` and `confidence` is ours.

    `engine` names everybody who read a page: "text_layer", "tesseract", "google", joined by "+". `confidence` is null
    where no engine states one: a PDF's own text is no guess.
    """

    text: str
    confidence: float | None
    engine: str
    pages: list[PageTextMessage]

    @classmethod
    def of(cls, pages: tuple[PageText, ...]) -> Self:
        """Return the result of a document's pages."""
        return cls(
            text=document_text(pages),
            confidence=_rounded(document_confidence(pages)),
            engine=document_engine(pages),
            pages=[
                PageTextMessage(
                    page=page.number,
                    text=page.text,
                    confidence=_rounded(page.confidence),
                    engine=page.source,
                    notes=list(page.notes),
                    error=page.error,
                )
                for page in pages
            ],
        )


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)


class SegmentationResult(BaseModel, frozen=True):
    """The result of a `question_segmentation` job; all but `boxes` is ours, a value for each box.

    `needs_review` when no question was found, or numbers are missing: `notes` say which.
    """

    boxes: list[tuple[int, int, int, int]]
    labels: list[str | None]
    kinds: list[str]
    pages: list[int]
    engine: str
    needs_review: bool
    notes: list[str]

    @classmethod
    def of(cls, found: Segmentation) -> Self:
        """Return the result of a segmentation."""
        boxes = [region.box for region in found.regions]
        return cls(
            boxes=[(box.left, box.top, box.width, box.height) for box in boxes],
            labels=[region.label for region in found.regions],
            kinds=[region.kind for region in found.regions],
            pages=[region.page for region in found.regions],
            engine=found.engine,
            needs_review=found.needs_review,
            notes=list(found.notes),
        )


class EmbeddingResult(BaseModel, frozen=True):
    """The result of an `embedding` job; all but `backend` and `vectors` is ours.

    Vectors may be compared with vectors of the same `space` only. The backend "lexical" compares words, not meaning.
    """

    backend: str
    vectors: list[list[float]]
    model: str
    revision: str
    dimension: int
    normalised: bool
    space: str

    @classmethod
    def of(cls, space: Space, vectors: list[list[float]]) -> Self:
        """Return the result of one job's texts."""
        return cls(
            backend=space.backend,
            vectors=vectors,
            model=space.model,
            revision=space.revision,
            dimension=space.dimension,
            normalised=space.normalised,
            space=space.id,
        )
