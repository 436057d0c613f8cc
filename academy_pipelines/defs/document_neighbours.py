"""How Dagster builds what the work on documents asks, for each run or tick."""

from typing import TYPE_CHECKING, Generic, cast

import dagster as dg
from typing_extensions import override

from academy_pipelines.defs.document_work import DocumentWork
from academy_pipelines.defs.handwriting import HandwritingWork
from academy_pipelines.defs.homework import HomeworkWork
from academy_pipelines.defs.neighbours import ClosingFactory, Neighbour
from academy_pipelines.defs.wrong_notes import NoteWork
from academy_pipelines.resources.artefacts import Artefacts
from academy_pipelines.resources.downloads import HttpDownloads
from academy_pipelines.resources.engines import (
    EngineOptions,
    FinderOptions,
    OcrOptions,
    WriterOptions,
    lazy_engines,
    openai_access,
)
from academy_pipelines.resources.object_store import ObjectStore

if TYPE_CHECKING:
    from academy_pipelines.resources.embedder.choosing import EmbeddingBackend
    from academy_pipelines.resources.problem_writer.prompt import Mode


class DownloadingFactory(ClosingFactory[Neighbour], Generic[Neighbour]):
    """Builds what fetches the files of jobs and keeps what it makes of them."""

    object_store: dg.ResourceDependency[ObjectStore]
    allowed_hosts: list[str]
    max_bytes: int
    timeout_seconds: float

    def downloads(self) -> HttpDownloads:
        """Return who fetches."""
        hosts = frozenset(self.allowed_hosts)
        return HttpDownloads(hosts, max_bytes=self.max_bytes, timeout_s=self.timeout_seconds)


class NoteWorkFactory(DownloadingFactory[NoteWork]):
    """The printing of wrong notes."""

    @override
    def create_resource(self, context: dg.InitResourceContext) -> NoteWork:
        return NoteWork(Artefacts(self.object_store), self.downloads())


class HandwritingWorkFactory(DownloadingFactory[HandwritingWork]):
    """The search for handwriting."""

    @override
    def create_resource(self, context: dg.InitResourceContext) -> HandwritingWork:
        return HandwritingWork(Artefacts(self.object_store), self.downloads())


class HomeworkWorkFactory(DownloadingFactory[HomeworkWork]):
    """The look at homework videos."""

    @override
    def create_resource(self, context: dg.InitResourceContext) -> HomeworkWork:
        return HomeworkWork(Artefacts(self.object_store), self.downloads())


class DocumentWorkFactory(DownloadingFactory[DocumentWork]):
    """The work on documents, with the neighbours it asks; see `settings` for what the fields decide."""

    ocr_engine: str
    google_credentials_path: str | None
    finder: str
    yolo_model_path: str | None
    yolo_input_size_px: int
    yolo_confidence_threshold: float
    yolo_iou_threshold: float
    writer: str
    writer_model: str
    writer_timeout_seconds: float
    writer_most_output_tokens: int
    writer_mode: str
    writes_in_batches: bool
    openai_base_url: str | None
    openai_api_key: str | None
    embedding_api_key: str | None
    embedding_backend: str
    embedding_local_model: str
    embedding_download: bool
    embedding_openai_model: str
    embedding_dimensions: int | None
    vectors_url: str

    @override
    def create_resource(self, context: dg.InitResourceContext) -> DocumentWork:
        return DocumentWork(Artefacts(self.object_store), self.downloads(), lazy_engines(self._options()))

    def _options(self) -> EngineOptions:
        from academy_pipelines.resources.embedder.choosing import EmbedderOptions

        finder = FinderOptions(
            self.finder,
            self.yolo_model_path,
            self.yolo_input_size_px,
            self.yolo_confidence_threshold,
            self.yolo_iou_threshold,
        )
        writer = WriterOptions(
            self.writer,
            self.writer_model,
            self.openai_api_key,
            self.openai_base_url,
            self.writer_timeout_seconds,
            self.writer_most_output_tokens,
            cast("Mode", self.writer_mode),
            self.writes_in_batches,
        )
        embedding = EmbedderOptions(
            local_model=self.embedding_local_model,
            local_files_only=not self.embedding_download,
            openai=openai_access(self.embedding_api_key or self.openai_api_key, self.openai_base_url),
            openai_model=self.embedding_openai_model,
            openai_dimensions=self.embedding_dimensions,
        )
        ocr = OcrOptions(self.ocr_engine, self.google_credentials_path)
        backend = cast("EmbeddingBackend", self.embedding_backend)  # the settings know no other
        return EngineOptions(embedding, ocr, finder, writer, backend, self.vectors_url)
