"""Who is asked about documents: each engine is made when it is first asked for, from plain values."""

import functools
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar, cast

from academy_pipelines.errors import MisconfiguredError

if TYPE_CHECKING:
    from academy_pipelines.resources.embedder.choosing import EmbedderOptions, EmbeddingBackend
    from academy_pipelines.resources.embedder.engine import Embedder
    from academy_pipelines.resources.ocr.engine import OcrEngine
    from academy_pipelines.resources.openai_calls import OpenAiAccess
    from academy_pipelines.resources.problem_writer.batches import ProblemBatches
    from academy_pipelines.resources.problem_writer.prompt import Mode
    from academy_pipelines.resources.problem_writer.writer import ProblemWriter
    from academy_pipelines.resources.question_finder import QuestionFinder
    from academy_pipelines.resources.vector_index.index import VectorIndex


class Closable(Protocol):
    """An engine that may hold connections."""

    def close(self) -> None:
        """Let go of them."""
        ...


Wanted = ParamSpec("Wanted")
Made = TypeVar("Made", bound=Closable)

NO_KEY = "none"
"""Sent to a server of one's own that asks for no key; the client does not do without."""


@dataclass(frozen=True, slots=True)
class BatchWriting:
    """Problems written in batches by `model`."""

    batches: "ProblemBatches"
    model: str


@dataclass(frozen=True, slots=True)
class Engines:
    """`ocr` gives the engine that a job names, or the deployment's own for None."""

    ocr: "Callable[[str | None], OcrEngine]"
    finder: "Callable[[], QuestionFinder]"
    writer: "Callable[[], ProblemWriter]"
    embedder: "Callable[[], Embedder]"
    index: "Callable[[], VectorIndex]"
    batches: "Callable[[], BatchWriting | None]"
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
    most_output_tokens: int = 8192
    mode: "Mode" = "json_schema"
    in_batches: bool = False
    """Whether questions that nobody waits for may be answered within a day, at half the price."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Everything that decides about engines."""

    embedding: "EmbedderOptions"
    ocr: OcrOptions = OcrOptions()
    finder: FinderOptions = FinderOptions()
    writer: WriterOptions = WriterOptions()
    backend: "EmbeddingBackend" = "auto"
    vectors_url: str = "sqlite:///data/ledger/vectors.db"


def lazy_engines(options: EngineOptions) -> Engines:
    """Return the engines of one deployment; each is made, and may complain, when it is first asked for."""
    made = ExitStack()

    def once(make: Callable[Wanted, Made]) -> Callable[Wanted, Made]:
        @functools.cache
        def kept(*wanted: Wanted.args, **named: Wanted.kwargs) -> Made:
            return made.enter_context(closing(make(*wanted, **named)))

        return cast("Callable[Wanted, Made]", kept)

    index = once(lambda: vector_index(options))
    return Engines(
        ocr=once(lambda wanted: ocr_engine(wanted or options.ocr.engine, options.ocr)),
        finder=functools.cache(lambda: question_finder(options.finder)),
        writer=once(lambda: problem_writer(options.writer)),
        embedder=once(lambda: embedder(options, index())),
        index=index,
        batches=functools.cache(lambda: batch_writing(options.writer, made)),
        close=made.close,
    )


def vector_index(options: EngineOptions) -> "VectorIndex":
    """Open the bank of vectors."""
    from academy_pipelines.resources.vector_index.opening import open_vector_index

    return open_vector_index(options.vectors_url)


def embedder(options: EngineOptions, index: "VectorIndex") -> "Embedder":
    """Return the engine that makes vectors.

    Raises:
        MisconfiguredError: it lacks its files or its key, or `auto` chose another one than the bank was made by.
    """
    from academy_pipelines.resources.embedder.choosing import choose_embedder
    from academy_pipelines.resources.vector_index.index import check_space

    chosen = choose_embedder(options.backend, options.embedding).embedder
    if options.backend == "auto":
        check_space(index, chosen.space)
    return chosen


def ocr_engine(name: str, options: OcrOptions) -> "OcrEngine":
    """Return the engine of that name; "auto" is Google where it has credentials, else tesseract.

    Raises:
        MisconfiguredError: an engine named lacks what it needs.
    """
    from academy_pipelines.resources.ocr.choice import AutoOcr
    from academy_pipelines.resources.ocr.google import GoogleVisionEngine
    from academy_pipelines.resources.ocr.tesseract import TesseractEngine

    path = options.google_credentials_path
    if name == "google":
        return GoogleVisionEngine(path)
    if name == "tesseract":
        return TesseractEngine()
    return AutoOcr(GoogleVisionEngine(path) if path else None, TesseractEngine())


def problem_writer(options: WriterOptions) -> "ProblemWriter":
    """Return the writer named; `auto` asks a language model where there is a key or an address for it.

    Raises:
        MisconfiguredError: the language model is named and lacks both.
    """
    from academy_pipelines.resources.problem_writer.openai_writer import OpenAiWriter
    from academy_pipelines.resources.problem_writer.prompt import WritingPolicy
    from academy_pipelines.resources.problem_writer.rules import RuleWriter

    access = openai_access(options.api_key, options.base_url, options.timeout_s)
    if options.engine == "openai" and access is None:
        raise MisconfiguredError("ACADEMY_PROBLEM_WRITER=openai needs OPENAI_API_KEY, or ACADEMY_OPENAI_BASE_URL")
    if options.engine == "rules" or access is None:
        return RuleWriter()
    policy = WritingPolicy(options.model, options.mode, options.most_output_tokens)
    return OpenAiWriter(access, policy)


def openai_access(api_key: str | None, base_url: str | None, timeout_s: float = 60.0) -> "OpenAiAccess | None":
    """Return how a language model is asked; None without a key, unless there is an address that may ask for none."""
    from academy_pipelines.resources.openai_calls import OpenAiAccess

    return OpenAiAccess(api_key or NO_KEY, base_url, timeout_s) if api_key or base_url else None


def batch_writing(options: WriterOptions, made: ExitStack) -> BatchWriting | None:
    """Return who writes problems in batches, to be closed with `made`; None where nobody does."""
    from academy_pipelines.resources.problem_writer.batches import OpenAiBatches
    from academy_pipelines.resources.problem_writer.prompt import WritingPolicy

    access = openai_access(options.api_key, options.base_url, options.timeout_s)
    if not options.in_batches or options.engine == "rules" or access is None:
        return None
    policy = WritingPolicy(options.model, options.mode, options.most_output_tokens)
    return BatchWriting(made.enter_context(closing(OpenAiBatches(access, policy))), options.model)


def question_finder(options: FinderOptions) -> "QuestionFinder":
    """Return the finder named: a detector of yours, or the printed numbers; `auto` takes the detector if there is one.

    Raises:
        MisconfiguredError: the detector is named and there is no model.
    """
    from academy_pipelines.resources.question_detector import YoloDetector
    from academy_pipelines.resources.question_finder import NumberFinder
    from academy_pipelines.resources.yolo_finder import YoloFinder

    if options.engine in {"anchors", "opencv"} or (options.engine == "auto" and not options.model_path):
        return NumberFinder()
    if not options.model_path:
        raise MisconfiguredError("QUESTION_SEGMENTATION_ENGINE=yolo needs YOLO_QUESTION_MODEL_PATH, an ONNX file")
    detector = YoloDetector(
        options.model_path, options.input_size_px, options.confidence_threshold, options.iou_threshold
    )
    return YoloFinder(detector)
