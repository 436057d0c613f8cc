"""What the stages of a document leave behind, by what it is: remembered in this process, and stored."""

import io
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from academy_pipelines.contracts.documents import DocumentPayload
from academy_pipelines.documents.page_text import PageText
from academy_pipelines.documents.problem import WrittenProblem
from academy_pipelines.documents.region import Segmentation
from academy_pipelines.documents.space import Space
from academy_pipelines.resources.artefacts import Artefacts, Ticket

if TYPE_CHECKING:
    from academy_pipelines.documents.document_page import DocumentPage
    from academy_pipelines.documents.vectors import Vectors

FILE = "document"
REQUEST = "document.json"
TEXT = "text.json"
REGIONS = "regions.json"
PROBLEMS = "problems.json"
VECTORS = "vectors.npy"
SPACE = "space.json"
PAGES = "pages"

SIMILAR = "similar_problems.json"
BANK = Ticket("bank", "all")
"""Stands for the problems of all documents."""

STORED = {
    "document_pages": REQUEST,
    "page_text": TEXT,
    "question_regions": REGIONS,
    "problems": PROBLEMS,
    "problem_embeddings": SPACE,
}
"""Assets, in order, and the artefact that is stored last of each."""

_TEXTS = TypeAdapter(tuple[PageText, ...])
_REGIONS = TypeAdapter(Segmentation)
_PROBLEM = TypeAdapter(WrittenProblem)
_PROBLEMS = TypeAdapter(tuple[WrittenProblem, ...])
_SPACE = TypeAdapter(Space)


def _answer_file(name: str) -> str:
    return f"answers/{quote(name, safe='/')}.json"


class DocumentArtefacts:
    """The artefacts of documents."""

    def __init__(self, artefacts: Artefacts) -> None:
        self._artefacts = artefacts

    def has(self, ticket: Ticket, asset: str) -> bool:
        """Whether what a later stage needs of `asset` is stored."""
        return self._artefacts.has(ticket, STORED[asset])

    def location(self, ticket: Ticket, name: str) -> str:
        """Return where a person finds an artefact."""
        return self._artefacts.location(ticket, name)

    def forget(self, ticket: Ticket) -> None:
        """Free what is remembered."""
        self._artefacts.forget(ticket)

    def keep_request(self, ticket: Ticket, request: DocumentPayload, file: bytes | None) -> None:
        """Store the job's file, then what the job asks for, without what opens its link."""
        kept = request.without_secrets()
        self._artefacts.remember(ticket, REQUEST, kept)
        if file is not None:
            self._artefacts.put(ticket, FILE, file, "application/octet-stream")
        self._artefacts.put(ticket, REQUEST, kept.model_dump_json().encode())

    def request(self, ticket: Ticket) -> DocumentPayload:
        """Return what the job asks for."""
        found = self._artefacts.recall(ticket, REQUEST, DocumentPayload)
        if found is None:
            found = DocumentPayload.model_validate_json(self._artefacts.get(ticket, REQUEST))
            self._artefacts.remember(ticket, REQUEST, found)
        return found

    def file_size_bytes(self, ticket: Ticket) -> int:
        """Return how large the document's file is."""
        return len(self._artefacts.get(ticket, FILE))

    def open_pages(self, ticket: Ticket, file: bytes) -> "tuple[DocumentPage, ...]":
        """Return the pages of a file that is not stored yet, and remember them."""
        from academy_pipelines.documents.document_page import document_pages

        return self._artefacts.remember(ticket, PAGES, document_pages(file), 2 * len(file))

    def pages(self, ticket: Ticket) -> "tuple[DocumentPage, ...]":
        """Return the document's pages; their pictures are not decoded yet."""
        found = self._artefacts.recall(ticket, PAGES, tuple)
        return found or self.open_pages(ticket, self._artefacts.get(ticket, FILE))

    def keep_texts(self, ticket: Ticket, texts: tuple[PageText, ...]) -> None:
        """Store what is written on the pages."""
        self._keep(ticket, TEXT, texts, _TEXTS.dump_json(texts))

    def texts(self, ticket: Ticket) -> tuple[PageText, ...]:
        """Return what is written on the pages."""
        found = self._artefacts.recall(ticket, TEXT, tuple)
        return found if found is not None else _TEXTS.validate_json(self._artefacts.get(ticket, TEXT))

    def keep_segmentation(self, ticket: Ticket, segmentation: Segmentation) -> None:
        """Store which part belongs to which question."""
        self._keep(ticket, REGIONS, segmentation, _REGIONS.dump_json(segmentation))

    def segmentation(self, ticket: Ticket) -> Segmentation:
        """Return which part belongs to which question."""
        found = self._artefacts.recall(ticket, REGIONS, Segmentation)
        return found or _REGIONS.validate_json(self._artefacts.get(ticket, REGIONS))

    def keep_problems(self, ticket: Ticket, problems: tuple[WrittenProblem, ...]) -> None:
        """Store the problems."""
        self._keep(ticket, PROBLEMS, problems, _PROBLEMS.dump_json(problems))

    def problems(self, ticket: Ticket) -> tuple[WrittenProblem, ...]:
        """Return the problems."""
        found = self._artefacts.recall(ticket, PROBLEMS, tuple)
        return found if found is not None else _PROBLEMS.validate_json(self._artefacts.get(ticket, PROBLEMS))

    def keep_vectors(self, ticket: Ticket, space: Space, vectors: "Vectors") -> None:
        """Store vectors, then the space that they are of."""
        import numpy as np

        file = io.BytesIO()
        np.save(file, vectors, allow_pickle=False)
        self._keep(ticket, VECTORS, vectors, file.getvalue(), "application/octet-stream")
        self._keep(ticket, SPACE, space, _SPACE.dump_json(space))

    def vectors(self, ticket: Ticket) -> "tuple[Space, Vectors]":
        """Return the vectors, and the space that they are of."""
        import numpy as np

        space = self._artefacts.recall(ticket, SPACE, Space)
        space = space or _SPACE.validate_json(self._artefacts.get(ticket, SPACE))
        vectors = self._artefacts.recall(ticket, VECTORS, np.ndarray)
        if vectors is None:
            vectors = np.load(io.BytesIO(self._artefacts.get(ticket, VECTORS)), allow_pickle=False)
        return space, vectors

    def keep_answer(self, name: str, written: WrittenProblem) -> None:
        """Store what a batch answered to a question."""
        self._artefacts.put(BANK, _answer_file(name), _PROBLEM.dump_json(written))

    def has_answer(self, name: str) -> bool:
        """Whether a batch has answered a question."""
        return self._artefacts.has(BANK, _answer_file(name))

    def answer(self, name: str) -> WrittenProblem | None:
        """Return what a batch answered to a question; None when none has."""
        return _PROBLEM.validate_json(self._artefacts.get(BANK, _answer_file(name))) if self.has_answer(name) else None

    def keep_similar(self, pairs: bytes) -> str:
        """Store the list of similar problems in the place of the last one; returns where a person finds it."""
        self._artefacts.put(BANK, SIMILAR, pairs)
        return self._artefacts.location(BANK, SIMILAR)

    def _keep(
        self, ticket: Ticket, name: str, value: object, data: bytes, content_type: str = "application/json"
    ) -> None:
        self._artefacts.remember(ticket, name, value, len(data))
        self._artefacts.put(ticket, name, data, content_type)
