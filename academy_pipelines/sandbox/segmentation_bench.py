"""How well questions are found on drawn papers, in each of the ways in which papers arrive."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from academy_pipelines.documents.document_page import document_pages
from academy_pipelines.documents.page_text import PageText, PixelBox
from academy_pipelines.documents.region import Region
from academy_pipelines.imaging import Gray
from academy_pipelines.resources.ocr.engine import PagePicture
from academy_pipelines.sandbox.baseline_segmenter import boxes_by_contours
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines.sandbox.exam_pages.pictures import page_pictures, scanned

if TYPE_CHECKING:
    from academy_pipelines.resources.ocr.engine import OcrEngine
    from academy_pipelines.resources.question_finder import QuestionFinder

Arrival = Literal["text layer", "scan at 300 dpi", "scan at 200 dpi", "bad scan at 200 dpi"]
ARRIVALS: tuple[Arrival, ...] = get_args(Arrival)

SAME_FROM = 0.7
"""Overlap (intersection over union) from which on two boxes count as the same."""
_LAYER_DPI = 300


@dataclass(frozen=True, slots=True)
class TrueBox:
    """A question or passage on page `page` (1 for the first) of a paper as it arrived."""

    page: int
    box: PixelBox
    label: str


@dataclass(frozen=True, slots=True)
class ArrivedPaper:
    """A paper's pictures by page number, its text where it brings one, and where its questions are."""

    pictures: Mapping[int, Gray]
    layers: tuple[PageText, ...]
    truth: tuple[TrueBox, ...]


@dataclass(frozen=True, slots=True)
class SegmentationScore:
    """How many regions there are, were found, are the same, and of these bear the right label."""

    true: int = 0
    found: int = 0
    same: int = 0
    labelled: int = 0

    def __add__(self, other: "SegmentationScore") -> "SegmentationScore":
        return SegmentationScore(
            self.true + other.true, self.found + other.found, self.same + other.same, self.labelled + other.labelled
        )

    @property
    def recall(self) -> float:
        """Share of the true regions that were found, 0..1."""
        return self.same / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """Share of the found regions that are true, 0..1."""
        return self.same / self.found if self.found else 1.0


def arrived(seed: int, arrival: Arrival) -> ArrivedPaper:
    """Return the paper of `seed` as it arrives in this way."""
    paper = exam_document(seed)
    if arrival == "text layer":
        pages = document_pages(paper.pdf)
        layers = tuple(page.text_layer for page in pages if page.text_layer is not None)
        pictures = {page.number: page.decode() for page in pages}
        return ArrivedPaper(
            pictures,
            layers,
            tuple(
                TrueBox(page.number, region.box.px(_LAYER_DPI), region.label)
                for page in paper.pages
                for region in page.regions
            ),
        )
    dpi = _LAYER_DPI if arrival == "scan at 300 dpi" else 200
    clean = page_pictures(paper.pdf, dpi)
    boxes = [[(region.box.px(dpi), region.label) for region in page.regions] for page in paper.pages]
    if arrival == "bad scan at 200 dpi":
        scans = [scanned(picture, 100 * seed + place) for place, picture in enumerate(clean)]
        clean = [scan.picture for scan in scans]
        boxes = [
            [(scan.moved(box), label) for box, label in of_page] for scan, of_page in zip(scans, boxes, strict=True)
        ]
    truth = [TrueBox(number, box, label) for number, of_page in enumerate(boxes, 1) for box, label in of_page]
    return ArrivedPaper(dict(enumerate(clean, 1)), (), tuple(truth))


def read_paper(paper: ArrivedPaper, engine: "OcrEngine") -> Sequence[PageText]:
    """Return the text of every page: the paper's own, else what `engine` reads."""
    own = {text.number for text in paper.layers}
    unread = [PagePicture(number, picture) for number, picture in paper.pictures.items() if number not in own]
    texts = [*paper.layers, *(engine.read(unread) if unread else ())]
    return sorted(texts, key=lambda text: text.number)


def scores(
    seeds: Sequence[int], arrival: Arrival, engine: "OcrEngine", finder: "QuestionFinder"
) -> Iterator[tuple[SegmentationScore, SegmentationScore]]:
    """Yield, for every paper, the score of `finder` and that of the old contours."""
    for seed in seeds:
        paper = arrived(seed, arrival)
        found = finder.find(read_paper(paper, engine), paper.pictures)
        old = [Region(number, box) for number, picture in paper.pictures.items() for box in boxes_by_contours(picture)]
        yield judge(found.regions, paper.truth), judge(old, paper.truth)


def judge(found: Sequence[Region], truth: Sequence[TrueBox]) -> SegmentationScore:
    """Return how well regions agree with the truth; each counts for one true box, the best pairs first."""
    pairs = sorted(
        (
            (overlap(region.box, true.box), place, number)
            for place, region in enumerate(found)
            for number, true in enumerate(truth)
            if region.page == true.page
        ),
        reverse=True,
    )
    partners: dict[int, int] = {}
    for share, place, number in pairs:
        if share > SAME_FROM and place not in partners and number not in partners.values():
            partners[place] = number
    labelled = sum(found[place].label == truth[number].label for place, number in partners.items())
    return SegmentationScore(len(truth), len(found), len(partners), labelled)


def overlap(one: PixelBox, other: PixelBox) -> float:
    """Return the area that two boxes share over the area that they cover together, 0..1."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0, width) * max(0, height)
    return shared / (one.width * one.height + other.width * other.height - shared)
