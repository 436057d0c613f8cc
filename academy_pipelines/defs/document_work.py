"""What each stage does for one document: fetch its file, read it, find its questions, write problems, embed them.

Free of Dagster, so that it can be driven from anywhere. A job enters where its payload allows and leaves with the
result of its type; what an earlier stage made is found in memory, else in the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from academy_pipelines.contracts.documents import (
    DocumentPayload,
    EmbeddingResult,
    OcrResult,
    SegmentationResult,
    mean_confidence,
    parse_document_payload,
)
from academy_pipelines.contracts.jobs import JobType
from academy_pipelines.contracts.problems import ProblemResult
from academy_pipelines.defs.facts import Facts
from academy_pipelines.documents.page_text import PageText
from academy_pipelines.documents.problem import WrittenProblem
from academy_pipelines.documents.region import Segmentation
from academy_pipelines.documents.space import Space
from academy_pipelines.errors import EmptyDocumentError
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads

if TYPE_CHECKING:
    from academy_pipelines.documents.pages import DocumentPage
    from academy_pipelines.resources.engines import Engines

FILE = "document"
REQUEST = "document.json"
TEXT = "text.json"
REGIONS = "regions.json"
PROBLEMS = "problems.json"
VECTORS = "vectors.json"
PAGES = "pages"

STORED = {
    "document_pages": REQUEST,
    "page_text": TEXT,
    "question_regions": REGIONS,
    "problems": PROBLEMS,
    "problem_embeddings": VECTORS,
}
"""Assets, in order, and the artefact without which each is not there."""

_READ = ("document_pages", "page_text")
_CUT = (*_READ, "question_regions")
_WRITTEN = ("problems", "problem_embeddings")

MOST_QUESTIONS = 300
"""Of one document: each may cost a call of a language model."""


class VectorsOfTexts(BaseModel, frozen=True):
    """The vectors of a job's texts or problems, in their order, and where they may be compared."""

    space: Space
    vectors: list[list[float]]


_TEXTS = TypeAdapter(tuple[PageText, ...])
_REGIONS = TypeAdapter(Segmentation)
_PROBLEMS = TypeAdapter(tuple[WrittenProblem, ...])
_VECTORS = TypeAdapter(VectorsOfTexts)


@dataclass(frozen=True, slots=True)
class Engines:
    """Who is asked about documents; `ocr` gives the engine that a job asks for, or the deployment's own."""

    ocr: "Callable[[str | None], OcrEngine]"
    finder: "QuestionFinder"
    writer: "ProblemWriter"
    embedder: "Callable[[], Embedder]"
    index: "VectorIndex"


class DocumentWork:
    """The stages of one document, in the order of the methods."""

    def __init__(self, artefacts: Artefacts, downloads: Downloads, engines: Engines) -> None:
        self._artefacts = artefacts
        self._downloads = downloads
        self._engines = engines

    def accept(self, ticket: Ticket, job_type: str, payload: Mapping[str, Any]) -> Facts | None:
        """Store what the job asks for, and its file; a link that has expired is no obstacle once they are stored.

        Returns None for a job without a file.
        """
        if not self.has(ticket, "document_pages"):
            self._fetch(ticket, parse_document_payload(job_type, dict(payload)))
        if not self._request(ticket).has_file:
            return None
        pages = self._pages(ticket)
        return {
            "pages": len(pages),
            "pages_with_text": sum(page.text_layer is not None for page in pages),
            "size_bytes": len(self._artefacts.get(ticket, FILE)),
            "document_path": self._artefacts.location(ticket, FILE),
        }

    def concerns(self, ticket: Ticket, asset: str) -> bool:
        """Whether the job passes the stage that makes `asset`."""
        request = self._request(ticket)
        if request.type is JobType.OCR:
            return asset in _READ
        if request.type is JobType.QUESTION_SEGMENTATION:
            return asset in _CUT
        if request.type is JobType.EMBEDDING:
            return asset == "problem_embeddings"
        return asset in _WRITTEN or (request.has_file and asset in _CUT)

    def has(self, ticket: Ticket, asset: str) -> bool:
        """Whether what a later stage needs of `asset` is stored."""
        return self._artefacts.has(ticket, STORED[asset])

    def read(self, ticket: Ticket) -> Facts:
        """Read every page: its own text where it has some, else what an engine sees."""
        engine = self._engines.ocr(self._request(ticket).engine)
        texts = tuple(read_document(self._pages(ticket), engine))
        self._keep(ticket, TEXT, _TEXTS, texts)
        confidence = mean_confidence(texts)
        return {
            "pages": len(texts),
            "characters": sum(len(page.text) for page in texts),
            "engine": "+".join(dict.fromkeys(page.source for page in texts)),
            **({} if confidence is None else {"confidence": confidence}),
            "pages_failed": sum(page.error is not None for page in texts),
            "notes": _told(note for page in texts for note in page.notes),
            "text_path": self._artefacts.location(ticket, TEXT),
        }

    def segment(self, ticket: Ticket) -> Facts:
        """Find which part of which page belongs to which question."""
        pages = {page.number: page for page in self._pages(ticket)}
        found = self._engines.finder.find(self._texts(ticket), lambda number: pages[number].picture())
        self._keep(ticket, REGIONS, _REGIONS, found)
        return {
            "questions": sum(region.kind == "question" for region in found.regions),
            "passages": sum(region.kind == "passage" for region in found.regions),
            "engine": found.engine,
            "needs_review": str(found.needs_review),
            "notes": _told(found.notes),
            "regions_path": self._artefacts.location(ticket, REGIONS),
        }

    def write(self, ticket: Ticket) -> Facts:
        """Write a problem for every question.

        Raises:
            EmptyDocumentError: there is no text to write a problem from.
        """
        questions = self._questions(ticket)
        if not questions:
            raise EmptyDocumentError("no text was found to write a problem from; send a sharper picture, or the text")
        if len(questions) > MOST_QUESTIONS:
            raise EmptyDocumentError(
                f"the document has {len(questions)} questions, more than {MOST_QUESTIONS}; split it"
            )
        written = tuple(self._engines.writer.write(text) for text in questions)
        self._keep(ticket, PROBLEMS, _PROBLEMS, written)
        return {**_spent(written), "problems_path": self._artefacts.location(ticket, PROBLEMS)}
