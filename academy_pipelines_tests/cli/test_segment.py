import io
import json
from collections.abc import Sequence

import pytest
from click.testing import CliRunner
from reportlab.pdfgen.canvas import Canvas

from academy_pipelines.cli.segment import command, find_in
from academy_pipelines.documents.page_text import PageText, TextLine
from academy_pipelines.resources.ocr.engine import PagePicture
from academy_pipelines.resources.question_finder import NumberFinder
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines.sandbox.exam_pages.pictures import page_pictures, picture_only_pdf

DPI = 100


def segment(*argv):
    return CliRunner().invoke(command, [str(arg) for arg in argv])


@pytest.fixture(scope="module")
def paper():
    return exam_document(4)


class AllKnowing:
    """An engine that knows what stands on a paper's pages, and which pictures it was given."""

    name = "tesseract"

    def __init__(self, paper) -> None:
        self.paper, self.asked = paper, []

    def read(self, pictures: Sequence[PagePicture]) -> list[PageText]:
        return [self._page(picture) for picture in pictures]

    def _page(self, picture: PagePicture) -> PageText:
        self.asked.append(picture.number)
        height_px, width_px = picture.pixels.shape
        page = self.paper.pages[picture.number - 1]
        lines = [TextLine(line.text, line.box.px(DPI), line.column) for line in page.lines if not line.is_figure]
        return PageText(picture.number, (width_px, height_px), "tesseract", tuple(lines))

    def close(self) -> None:
        pass


def test_a_pdf_is_answered_by_one_object_with_boxes_labels_and_engine(paper, tmp_path):
    (tmp_path / "paper.pdf").write_bytes(paper.pdf)
    outcome = segment("--json", tmp_path / "paper.pdf")
    (row,) = map(json.loads, outcome.stdout.splitlines())
    truth = [(page.number, region.label, region.kind) for page in paper.pages for region in page.regions]
    assert list(zip(row["pages"], row["labels"], row["kinds"], strict=True)) == truth
    assert all(len(box) == 4 and min(box) >= 0 for box in row["boxes"])
    assert (row["engine"], row["needs_review"], row["notes"], row["error"]) == ("anchors", False, [], None)
    assert outcome.exit_code == 0


def test_scanned_pages_are_read_by_the_engine_and_answered_the_same():
    long_paper = exam_document(2)
    engine = AllKnowing(long_paper)
    scan = picture_only_pdf(page_pictures(long_paper.pdf, DPI), DPI)
    found = find_in(scan, engine, NumberFinder())
    assert engine.asked == [page.number for page in long_paper.pages]
    truth = [(page.number, region.label) for page in long_paper.pages for region in page.regions]
    assert [(region.page, region.label) for region in found.regions] == truth


def test_a_person_sees_a_table(paper, tmp_path):
    (tmp_path / "paper.pdf").write_bytes(paper.pdf)
    outcome = segment(tmp_path / "paper.pdf")
    assert "paper.pdf" in outcome.output
    assert "2-3" in outcome.output


def locked_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt="secret")
    canvas.drawString(100, 700, "1. Which?")
    canvas.save()
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "empty"), (b"1. just text", "not a picture"), (locked_pdf(), "password"), (b"%PDF-1.7\n%%EOF\n", "damaged")],
    ids=["empty", "text", "locked", "damaged"],
)
def test_a_file_that_cannot_be_read_ends_with_its_reason_and_the_others_are_answered(paper, tmp_path, data, words):
    (tmp_path / "bad.pdf").write_bytes(data)
    (tmp_path / "good.pdf").write_bytes(paper.pdf)
    outcome = segment("--json", tmp_path / "bad.pdf", tmp_path / "good.pdf", tmp_path / "missing.pdf")
    bad, good, missing = map(json.loads, outcome.stdout.splitlines())
    assert words in bad["error"]
    assert (bad["boxes"], bad["engine"]) == ([], "")
    assert good["error"] is None
    assert good["boxes"]
    assert "missing.pdf" in missing["error"]
    assert outcome.exit_code == 1
