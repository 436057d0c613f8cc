"""Engines that need no neighbour: rules, printed numbers, words, memory; and an engine that reads what it is told."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from academy_pipelines.documents.page_text import PageText, PixelBox, TextLine
from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.embedder.lexical import LexicalEmbedder
from academy_pipelines.resources.engines import BatchWriting, Engines
from academy_pipelines.resources.ocr.engine import PagePicture
from academy_pipelines.resources.problem_writer.rules import RuleWriter
from academy_pipelines.resources.question_finder import NumberFinder
from academy_pipelines.resources.vector_index.memory import MemoryVectorIndex


@dataclass
class ToldOcr:
    """Reads the same lines on every page, or fails."""

    lines: tuple[str, ...] = ()
    error: AcademyError | None = None
    name: str = "tesseract"

    def read(self, pictures: Sequence[PagePicture]) -> list[PageText]:
        if self.error is not None:
            raise self.error
        return [self._page(picture) for picture in pictures]

    def _page(self, picture: PagePicture) -> PageText:
        height_px, width_px = picture.pixels.shape
        step_px = height_px // (len(self.lines) + 1)
        lines = tuple(
            TextLine(text, PixelBox(width_px // 10, step_px * (place + 1), width_px // 2, step_px // 3), 0, 0.9)
            for place, text in enumerate(self.lines)
        )
        return PageText(picture.number, (width_px, height_px), "tesseract", lines, 0.9, (f"asked for {self.name}",))

    def close(self) -> None:
        """Nothing is open."""


def engines_without_neighbours(ocr: ToldOcr | None = None, batches: BatchWriting | None = None) -> Engines:
    told = ocr or ToldOcr()

    def named(wanted: str | None) -> ToldOcr:
        return ToldOcr(told.lines, told.error, wanted or "the deployment's own")

    index, embedder = MemoryVectorIndex(), LexicalEmbedder()
    return Engines(
        named, NumberFinder, functools.cache(RuleWriter), lambda: embedder, lambda: index, lambda: batches, lambda: None
    )
