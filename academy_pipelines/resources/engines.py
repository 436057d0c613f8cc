"""Who is asked about documents: each engine is made when it is first asked for, from plain values."""

import functools
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from academy_pipelines.resources.embedder.choosing import EmbedderOptions, EmbeddingBackend, choose_embedder
from academy_pipelines.resources.embedder.engine import Embedder
from academy_pipelines.resources.ocr.engine import OcrEngine
from academy_pipelines.resources.problem_writer.engine import ProblemWriter
from academy_pipelines.resources.question_finder import QuestionFinder
from academy_pipelines.resources.vector_index.index import VectorIndex, check_space


@dataclass(frozen=True, slots=True)
class Engines:
    """`ocr` gives the engine that a job names, or the deployment's own for None."""

    ocr: Callable[[str | None], OcrEngine]
    finder: Callable[[], QuestionFinder]
    writer: Callable[[], ProblemWriter]
    embedder: Callable[[], Embedder]
    index: Callable[[], VectorIndex]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class OcrOptions:
    """Who reads when a job does not say, and with which credentials Google is asked."""

    engine: str = "auto"
    google_credentials_path: str | None = None


@dataclass(frozen=True, slots=True)
class FinderOptions:
    """Who finds questions; a detector needs a model of your own."""

    engine: str = "auto"
    model_path: str | None = None
    input_size_px: int = 640
    confidence_threshold: float = 0.4
    iou_threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """Who writes problems; a language model needs a key, or an address that asks for none."""

    engine: str = "auto"
    model: str = "gpt-4.1-mini"
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    timeout_s: float = 60.0
    most_output_tokens: int = 4000


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Everything that decides about engines."""

    ocr: OcrOptions = OcrOptions()
    finder: FinderOptions = FinderOptions()
    writer: WriterOptions = WriterOptions()
    embedding: EmbedderOptions = EmbedderOptions()
    backend: EmbeddingBackend = "auto"
    vectors_url: str = "sqlite:///data/ledger/vectors.db"


def lazy_engines(options: EngineOptions) -> Engines:
    """Return the engines of one deployment; each is made, and may complain, when it is first asked for."""
    made = ExitStack()

    @functools.cache
    def ocr(wanted: str | None) -> OcrEngine:
        return made.enter_context(closing(ocr_engine(wanted or options.ocr.engine, options.ocr)))

    @functools.cache
    def finder() -> QuestionFinder:
        return question_finder(options.finder)

    @functools.cache
    def writer() -> ProblemWriter:
        return made.enter_context(closing(problem_writer(options.writer)))

    @functools.cache
    def index() -> VectorIndex:
        from academy_pipelines.resources.vector_index.opening import open_vector_index

        return made.enter_context(closing(open_vector_index(options.vectors_url)))

    @functools.cache
    def embedder() -> Embedder:
        chosen = choose_embedder(options.backend, options.embedding).embedder
        made.enter_context(closing(chosen))
        if options.backend == "auto":
            check_space(index(), chosen.space)
        return chosen

    return Engines(ocr, finder, writer, embedder, index, made.close)
