"""Who is asked about documents, each made when it is first asked."""

from collections.abc import Callable
from dataclasses import dataclass

from academy_pipelines.resources.embedder.engine import Embedder
from academy_pipelines.resources.ocr.engine import OcrEngine
from academy_pipelines.resources.problem_writer.engine import ProblemWriter
from academy_pipelines.resources.question_finder import QuestionFinder
from academy_pipelines.resources.vector_index.index import VectorIndex


@dataclass(frozen=True, slots=True)
class Engines:
    """`ocr` gives the engine that a job names, or the deployment's own for None."""

    ocr: Callable[[str | None], OcrEngine]
    finder: Callable[[], QuestionFinder]
    writer: Callable[[], ProblemWriter]
    embedder: Callable[[], Embedder]
    index: Callable[[], VectorIndex]
    close: Callable[[], None]
