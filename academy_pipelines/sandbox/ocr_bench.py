"""How well pages are read, and what that costs: drawn exam papers, beside the old worker's call and the text layer."""

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academy_pipelines.documents.document_page import document_pages
from academy_pipelines.resources.ocr.engine import OcrEngine, PagePicture
from academy_pipelines.sandbox.baseline_ocr import read_by_baseline
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines.sandbox.exam_pages.pictures import degraded, page_pictures
from academy_pipelines.sandbox.exam_pages.truth import CIRCLED

if TYPE_CHECKING:
    from academy_pipelines.imaging import Gray
    from academy_pipelines.sandbox.exam_pages.truth import ExamPage

FIRST_SEED = 5000
"""Papers of lower numbers were looked at while the reader was made."""
MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class PageScore:
    """How one page was read: edits over characters without spaces, circled numbers found in order, cost."""

    subject: str
    characters: int
    edits: int
    circled: int
    circled_found: int
    cpu_s: float

    @property
    def error_rate(self) -> float:
        """Character error rate; may exceed 1."""
        return self.edits / max(1, self.characters)


@dataclass(frozen=True, slots=True)
class BenchPage:
    """A page to read, and what is on it."""

    subject: str
    truth: "ExamPage"
    picture: "Gray"


def bench_pages(papers: int, dpi: int, *, is_degraded: bool, first_seed: int = FIRST_SEED) -> Iterator[BenchPage]:
    """Yield the first page of each of so many papers, as a clean or a bad scan."""
    for seed in range(first_seed, first_seed + papers):
        paper = exam_document(seed)
        picture = page_pictures(paper.pdf, dpi)[0]
        yield BenchPage(paper.subject, paper.pages[0], degraded(picture, seed) if is_degraded else picture)


def read_by(engine: OcrEngine) -> "Callable[[Gray], str]":
    """Return how `engine` reads a single picture."""
    return lambda picture: engine.read([PagePicture(1, picture)])[0].text


def by_baseline(picture: "Gray") -> str:
    """Return what the old worker's call reads."""
    return read_by_baseline(picture)[0]


def scores(pages: Iterable[BenchPage], read: "Callable[[Gray], str]") -> Iterator[PageScore]:
    """Yield the score of every page."""
    for page in pages:
        began_s = _cpu_s()
        text = read(page.picture)
        yield score(page.subject, page.truth, text, _cpu_s() - began_s)


def layer_scores(papers: int, first_seed: int = FIRST_SEED) -> Iterator[PageScore]:
    """Yield the score of the text layer of every page of so many papers; opening a paper is shared by its pages."""
    document_pages(exam_document(first_seed).pdf)  # loads what reads PDFs
    for seed in range(first_seed, first_seed + papers):
        paper = exam_document(seed)
        began_s = time.process_time()
        pages = document_pages(paper.pdf)
        cpu_s = (time.process_time() - began_s) / len(pages)
        for truth, page in zip(paper.pages, pages, strict=True):
            yield score(paper.subject, truth, "" if page.text_layer is None else page.text_layer.text, cpu_s)


def score(subject: str, truth: "ExamPage", text: str, cpu_s: float) -> PageScore:
    """Compare what was read with what is printed; spaces do not count.

    Letters in drawings are no errors when they are read: their place in the text is nobody's to say.
    """
    from rapidfuzz.distance import LCSseq, Levenshtein  # noqa: PLC0415 - only where benchmarks are made

    printed, found = "".join(truth.text.split()), "".join(text.split())
    circled = [letter for letter in printed if letter in CIRCLED]
    circled_found = LCSseq.similarity(circled, [letter for letter in found if letter in CIRCLED])
    steps = Levenshtein.editops(printed, found)
    added = Counter(found[step.dest_pos] for step in steps if step.tag == "insert")
    in_drawings = Counter("".join(line.text for line in truth.lines if line.is_figure))
    edits = len(steps) - (added & in_drawings).total()
    return PageScore(subject, len(printed), edits, len(circled), circled_found, cpu_s)


def _cpu_s() -> float:
    """Return the processor time of this process and its finished children in seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
