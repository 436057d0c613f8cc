"""What every engine promises that reads pages, and what tesseract promises beyond it."""

import stat
from pathlib import Path

import numpy as np
import pytest

from academy_pipelines.errors import MisconfiguredError, ToolError
from academy_pipelines.resources.ocr.engine import PagePicture
from academy_pipelines.resources.ocr.tesseract import TesseractEngine, TesseractPolicy
from academy_pipelines_tests.documents.drawn import MYEONGJO, Sheet, squeezed
from academy_pipelines_tests.resources.readers import FakeEngine

EMPTY = np.full((400, 300), 255, np.uint8)
KOREAN = Sheet((1100, 420)).write(
    60,
    40,
    "1. 다음 글의 설명으로 옳은 것은? [3점]",
    "① 금성은 지구보다 크다.",
    "② 태양은 스스로 빛을 낸다.",
    "③ She likes music.",
)
KOREAN_TEXT = "1.다음글의설명으로옳은것은?[3점]①금성은지구보다크다.②태양은스스로빛을낸다.③Shelikesmusic."


@pytest.fixture(params=[FakeEngine, TesseractEngine], ids=["fake", "tesseract"])
def engine(request):
    made = request.param()
    yield made
    made.close()


def test_pages_come_in_the_order_given_with_what_is_on_them(engine):
    pages = engine.read([PagePicture(7, KOREAN.pixels), PagePicture(2, EMPTY)])
    assert [page.number for page in pages] == [7, 2]
    assert [page.size_px for page in pages] == [(1100, 420), (300, 400)]
    assert [page.source for page in pages] == [engine.name] * 2
    assert [bool(page.lines) for page in pages] == [True, False]
    assert [page.error for page in pages] == [None, None]
    assert 0 < pages[0].confidence <= 1
    assert pages[1].confidence is None


def test_boxes_lie_in_the_picture(engine):
    (page,) = engine.read([PagePicture(1, KOREAN.pixels)])
    for line in page.lines:
        assert 0 <= line.box.left < line.box.right <= 1100
        assert 0 <= line.box.top < line.box.bottom <= 420
        assert 0 <= line.confidence <= 1


def test_no_pictures_are_no_pages(engine):
    assert engine.read([]) == []


@pytest.fixture(scope="module")
def tesseract():
    return TesseractEngine()


def test_korean_choices_and_english_are_read_in_their_places(tesseract):
    (page,) = tesseract.read([PagePicture(1, KOREAN.pixels)])
    assert squeezed(page.text) == KOREAN_TEXT
    tops = [line.box.top for line in page.lines]
    assert tops == pytest.approx([42, 109, 176, 243], abs=8)
    assert page.lines[1].text == "① 금성은 지구보다 크다."
    assert page.notes == ()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_is_read_and_noted_and_its_boxes_lie_as_it_lies(tesseract, turns):
    turned = np.ascontiguousarray(np.rot90(KOREAN.pixels, turns))
    (page,) = tesseract.read([PagePicture(1, turned)])
    assert squeezed(page.text) == KOREAN_TEXT
    assert page.notes == (f"the page was turned by {90 * turns} degrees clockwise to be read",)
    for line in page.lines:
        box = line.box
        assert (turned[box.top : box.bottom, box.left : box.right] < 128).any()


def test_a_page_in_no_language_it_knows_is_noted_as_garbage(tesseract):
    rng = np.random.default_rng(0)
    scrawl = Sheet((900, 500), MYEONGJO)
    for row in range(40, 440, 60):
        for column in range(40, 840, 24):
            points = [(column + int(x), row + int(y)) for x, y in rng.integers(0, 34, (4, 2))]
            scrawl.draw.line(points, fill=0, width=3)
    (page,) = tesseract.read([PagePicture(1, scrawl.pixels)])
    assert page.error is None
    assert not page.lines or any("may be garbage" in note for note in page.notes)


def test_a_missing_program_or_model_is_told_with_how_to_install_it():
    with pytest.raises(MisconfiguredError, match="apt-get install tesseract-ocr"):
        TesseractEngine("no-such-tesseract").read([PagePicture(1, EMPTY)])
    with pytest.raises(MisconfiguredError, match=r"none of the models xyz \(installed: .*kor.*apt-get install"):
        TesseractEngine(languages="xyz").read([PagePicture(1, EMPTY)])


def program(folder: Path, body: str) -> str:
    """A program that lists models as tesseract does, and does `body` with a picture."""
    path = folder / "tesseract"
    path.write_text(
        "#!/bin/sh\n"
        'case "$*" in *--version*) echo tesseract 5.3.0; exit;; *--list-langs*) echo List; echo kor; exit;; esac\n'
        + body
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("echo cannot read >&2; exit 1\n", "ended with 1: cannot read"),
        ("exit 0\n", r"wrote no read\.txt"),
        ("touch read.txt; echo nonsense > read.tsv\n", "wrote no table"),
    ],
    ids=["fails", "writes nothing", "writes nonsense"],
)
def test_a_program_that_goes_wrong_fails_the_page_with_its_reason(tmp_path, body, reason):
    with pytest.raises(ToolError, match=reason):
        TesseractEngine(program(tmp_path, body), "kor").read([PagePicture(1, KOREAN.pixels)])


def test_a_program_that_hangs_is_stopped(tmp_path):
    engine = TesseractEngine(program(tmp_path, "sleep 60\n"), "kor", TesseractPolicy(timeout_s=0.3))
    with pytest.raises(ToolError, match=r"took more than 0\.3 s"):
        engine.read([PagePicture(1, KOREAN.pixels)])


def test_a_page_that_alone_goes_wrong_does_not_fail_the_others(tmp_path):
    engine = TesseractEngine(program(tmp_path, "exit 1\n"), "kor")
    bad, empty = engine.read([PagePicture(1, KOREAN.pixels), PagePicture(2, EMPTY)])
    assert "ended with 1" in bad.error
    assert bad.lines == ()
    assert (empty.error, empty.lines) == (None, ())


def test_each_process_works_in_one_thread(tmp_path):
    body = f'echo "$OMP_THREAD_LIMIT" > {tmp_path}/threads; exit 1\n'
    with pytest.raises(ToolError):
        TesseractEngine(program(tmp_path, body), "kor").read([PagePicture(1, KOREAN.pixels)])
    assert (tmp_path / "threads").read_text() == "1\n"
