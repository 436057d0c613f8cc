"""What each stage does for one document: fetch its file, read it, find its questions, write problems, embed them.

Free of Dagster, so that it can be driven from anywhere. A job enters where its payload allows and leaves with the
result of its type; what an earlier stage made is found in memory, else in the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from academy_pipelines.contracts.documents import (
    DocumentPayload,
    EmbeddingResult,
    OcrResult,
    SegmentationResult,
    parse_document_payload,
)
from academy_pipelines.contracts.jobs import JobType
from academy_pipelines.contracts.json_text import json_bytes
from academy_pipelines.contracts.problems import ProblemsResult
from academy_pipelines.defs.batch_answers import BatchAnswers
from academy_pipelines.defs.document_artefacts import FILE, PROBLEMS, REGIONS, TEXT, DocumentArtefacts
from academy_pipelines.defs.document_facts import notes_of, spent_on
from academy_pipelines.defs.facts import Facts
from academy_pipelines.documents.extraction import split_questions
from academy_pipelines.documents.page_text import document_confidence, document_engine
from academy_pipelines.documents.questions import questions_of_paper
from academy_pipelines.errors import EmptyDocumentError
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads
from academy_pipelines.resources.engines import Engines

if TYPE_CHECKING:
    from academy_pipelines.documents.vectors import Vectors

_READ = ("document_pages", "page_text")
_CUT = (*_READ, "question_regions")
_WRITTEN = ("problems", "problem_embeddings")

MOST_QUESTIONS = 300
"""Of one document: each may cost a call of a language model."""


@dataclass(frozen=True, slots=True)
class SimilarPair:
    """Two problems of the bank, as `document:number`; `text` is the first one's."""

    kind: str
    similarity: float
    first_id: str
    second_id: str
    text: str


class DocumentWork:
    """The stages of one document, in the order of the methods."""

    def __init__(self, artefacts: Artefacts, downloads: Downloads, engines: Engines) -> None:
        self._kept = DocumentArtefacts(artefacts)
        self._downloads = downloads
        self._engines = engines
        self.answers = BatchAnswers(self._kept, engines.batches)

    def accept(self, ticket: Ticket, job_type: str, payload: Mapping[str, Any]) -> Facts | None:
        """Store what the job asks for, and its file; a link that has expired is no obstacle once they are stored.

        Returns None for a job without a file.
        """
        if not self._kept.has(ticket, "document_pages"):
            self._fetch(ticket, parse_document_payload(job_type, dict(payload)))
        if not self._kept.request(ticket).has_file:
            return None
        pages = self._kept.pages(ticket)
        return {
            "pages": len(pages),
            "pages_with_text": sum(page.text_layer is not None for page in pages),
            "size_bytes": self._kept.file_size_bytes(ticket),
            "document_path": self._kept.location(ticket, FILE),
        }

    def concerns(self, ticket: Ticket, asset: str) -> bool:
        """Whether the job passes the stage that makes `asset`."""
        request = self._kept.request(ticket)
        if request.type is JobType.OCR:
            return asset in _READ
        if request.type is JobType.QUESTION_SEGMENTATION:
            return asset in _CUT
        if request.type is JobType.EMBEDDING:
            return asset == "problem_embeddings"
        return asset in _WRITTEN or (request.has_file and asset in _CUT)

    def has(self, ticket: Ticket, asset: str) -> bool:
        """Whether what a later stage needs of `asset` is stored."""
        return self._kept.has(ticket, asset)

    def read(self, ticket: Ticket) -> Facts:
        """Read every page: its own text where it has some, else what an engine sees."""
        from academy_pipelines.resources.document_reader import read_document

        engine = self._engines.ocr(self._kept.request(ticket).engine)
        texts = tuple(read_document(self._kept.pages(ticket), engine))
        self._kept.keep_texts(ticket, texts)
        confidence = document_confidence(texts)
        return {
            "pages": len(texts),
            "pages_failed": sum(page.error is not None for page in texts),
            "characters": sum(len(page.text) for page in texts),
            "engine": document_engine(texts),
            **({} if confidence is None else {"confidence": confidence}),
            **notes_of(note for page in texts for note in page.notes),
            "text_path": self._kept.location(ticket, TEXT),
        }

    def segment(self, ticket: Ticket) -> Facts:
        """Find which part of which page belongs to which question."""
        from academy_pipelines.documents.page_pictures import PagePictures

        pictures = PagePictures(self._kept.pages(ticket))
        found = self._engines.finder().find(self._kept.texts(ticket), pictures)
        self._kept.keep_segmentation(ticket, found)
        return {
            "questions": sum(region.kind == "question" for region in found.regions),
            "passages": sum(region.kind == "passage" for region in found.regions),
            "engine": found.engine,
            "needs_review": int(found.needs_review),
            **notes_of(found.notes),
            "regions_path": self._kept.location(ticket, REGIONS),
        }

    def write(self, ticket: Ticket) -> Facts:
        """Write a problem for every question.

        Raises:
            EmptyDocumentError: there is no text to write a problem from, or more questions than one document has.
        """
        questions = self.questions(ticket)
        if not questions:
            raise EmptyDocumentError("no text was found to write a problem from; send a sharper picture, or the text")
        if len(questions) > MOST_QUESTIONS:
            message = f"the document has {len(questions)} questions, more than {MOST_QUESTIONS}; split it"
            raise EmptyDocumentError(message)
        written = tuple(self.answers.to(text) or self._engines.writer().write(text) for text in questions)
        self._kept.keep_problems(ticket, written)
        return {**spent_on(written), "problems_path": self._kept.location(ticket, PROBLEMS)}

    def questions(self, ticket: Ticket) -> Sequence[str]:
        """Return the text of every question, shared passages before each question that they are for."""
        request = self._kept.request(ticket)
        if not request.has_file:
            return split_questions(request.ocr_text or "")
        return questions_of_paper(self._kept.segmentation(ticket).regions, self._kept.texts(ticket))

    def embed(self, ticket: Ticket) -> Facts:
        """Make a vector of every text of the job, or of every problem, which enters the bank."""
        asked = self._kept.request(ticket).texts
        rows = dict(enumerate(asked, 1)) if asked else self._search_texts(ticket)
        texts = list(rows.values())
        embedder = self._engines.embedder()
        vectors, space = embedder.embed(texts), embedder.space
        if not asked:
            self._enter(ticket, rows, vectors)
        self._kept.keep_vectors(ticket, space, vectors)
        return {
            "vectors": len(texts),
            "backend": space.backend,
            "model": space.model,
            "dimension": space.dimension,
            "texts_cut_off": len(embedder.cut_off(texts)),
        }

    def result(self, ticket: Ticket) -> BaseModel:
        """Return the result of the job's type."""
        job_type = self._kept.request(ticket).type
        if job_type is JobType.OCR:
            return OcrResult.of(self._kept.texts(ticket))
        if job_type is JobType.QUESTION_SEGMENTATION:
            return SegmentationResult.of(self._kept.segmentation(ticket))
        if job_type is JobType.EMBEDDING:
            space, vectors = self._kept.vectors(ticket)
            return EmbeddingResult.of(space, vectors.tolist())
        return ProblemsResult.of(self._kept.problems(ticket))

    def list_similar_problems(self) -> tuple[list[SimilarPair], str]:
        """Compare the problems of the bank's space with each other; returns what to look at, and where it is kept."""
        from academy_pipelines.documents.likeness import likeness_policy, likenesses

        space = self._engines.embedder().space
        loaded = self._engines.index().load(space)
        pairs = [
            SimilarPair(
                pair.kind,
                round(pair.similarity, 4),
                loaded.problem_ids[pair.first],
                loaded.problem_ids[pair.second],
                loaded.texts[pair.first],
            )
            for pair in likenesses(loaded.texts, loaded.vectors, likeness_policy(space))
        ]
        return pairs, self._kept.keep_similar(json_bytes(pairs))

    def forget(self, ticket: Ticket) -> None:
        """Free what is remembered for the document."""
        self._kept.forget(ticket)

    def close(self) -> None:
        """Let go of the neighbours' connections."""
        self._downloads.close()
        self._engines.close()

    def _fetch(self, ticket: Ticket, request: DocumentPayload) -> None:
        """Fetch the job's file, if it has one, and see that it has pages before it is stored."""
        file = None
        if request.has_file:
            file = self._downloads.fetch(request.download_url or "")
            self._kept.open_pages(ticket, file)
        self._kept.keep_request(ticket, request, file)

    def _search_texts(self, ticket: Ticket) -> dict[int, str]:
        """Return what each problem is found by, by its place (1 for the first); without those that say nothing."""
        from academy_pipelines.documents.search_text import search_text

        texts = {place: search_text(written.problem) for place, written in enumerate(self._kept.problems(ticket), 1)}
        return {place: text for place, text in texts.items() if text}

    def _enter(self, ticket: Ticket, texts: Mapping[int, str], vectors: "Vectors") -> None:
        """Put a document's problems into the bank, in the place of those that it had before."""
        from academy_pipelines.resources.vector_index.index import VectorRow

        index, space = self._engines.index(), self._engines.embedder().space
        names = {place: f"{ticket.submission}:{place}" for place in range(1, MOST_QUESTIONS + 1)}
        rows = zip(texts.items(), vectors, strict=True)
        index.put(space, [VectorRow(names[place], text, vector) for (place, text), vector in rows])
        index.remove(space, [name for place, name in names.items() if place not in texts])
