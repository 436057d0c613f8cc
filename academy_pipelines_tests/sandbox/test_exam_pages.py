"""Drawn exam papers: the same from the same seed, and what is printed is what their truth says."""

import re

import numpy as np
import pypdfium2
import pytest

from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.pages.file import pages_of
from academy_pipelines.sandbox.exam_pages.documents import exam_document, write_sample_documents
from academy_pipelines.sandbox.exam_pages.pictures import degraded, page_pictures, picture_only_pdf, scanned
from academy_pipelines.sandbox.exam_pages.styles import CHOICE_STYLES, FAMILIES, NUMBER_STYLES, random_style
from academy_pipelines.sandbox.exam_pages.typeface import Typeface
from academy_pipelines.sandbox.exam_pages.wording import Writer, load_wording

SEEDS = range(6)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def layer_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_text_layer_says_what_the_truth_says(seed: int):
    document = exam_document(seed)
    for text, page in zip(layer_of(document.pdf), document.pages, strict=True):
        assert sorted(squeezed(text)) == sorted(squeezed("".join(line.text for line in page.lines)))


@pytest.mark.parametrize("seed", SEEDS)
def test_regions_hold_all_ink_of_their_lines_and_overlap_no_other_region(seed: int):
    document = exam_document(seed)
    for picture, page in zip(page_pictures(document.pdf, 72), document.pages, strict=True):
        seen = np.zeros(picture.shape, int)
        for region in page.regions:
            box = region.box.px(72)
            inside = picture[box.top : box.bottom, box.left : box.right]
            assert inside.min() < 128, region
            seen[box.top + 1 : box.bottom - 1, box.left + 1 : box.right - 1] += 1
        assert seen.max() == 1


def test_every_question_is_numbered_on_the_page_as_its_style_says():
    for seed in SEEDS:
        document = exam_document(seed)
        written = "\n".join(page.text for page in document.pages)
        for question in document.questions:
            number = NUMBER_STYLES[document.style.number_style].format(int(question.label))
            assert re.search(rf"^{re.escape(number)}", written, re.MULTILINE), (seed, number)


def test_choices_and_stated_answers_are_on_the_page():
    document = exam_document(0)
    written = squeezed("".join(page.text for page in document.pages))
    for question in document.questions:
        for mark, choice in zip(CHOICE_STYLES[document.style.choice_style], question.choices, strict=False):
            assert squeezed(f"{mark}{choice}") in written
    assert any(question.answer for question in document.questions)
    assert "[정답]" in written


def test_the_same_seed_gives_the_same_paper_and_another_seed_another_one():
    assert exam_document(3) == exam_document(3)
    assert exam_document(3).pdf != exam_document(4).pdf


def test_layouts_differ_in_every_respect():
    styles = [random_style(np.random.default_rng(seed)) for seed in range(80)]
    for field, least in (("columns", 2), ("has_rule", 2), ("number_style", 8), ("choice_style", 3), ("family", 3)):
        assert len({getattr(style, field) for style in styles}) == least, field


def test_every_letter_can_be_printed_in_every_font():
    wording = load_wording()
    texts = [*(word for words in wording.words.values() for word in words)]
    texts += [text for subject in wording.subjects for text in (*subject.statements, *subject.boxed, *subject.stems)]
    for family in FAMILIES:
        typeface = Typeface.load(family)
        for font in (typeface.regular, typeface.bold):
            assert {letter for text in texts for letter in text if not font.face.charToGlyph.get(ord(letter))} <= {" "}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("편지[이/가]", "편지가"),
        ("우산[이/가]", "우산이"),
        ("하늘[으로/로]", "하늘로"),
        ("강[으로/로]", "강으로"),
        ("x = 3[을/를]", "x = 3을"),
        ("점 B[은/는]", "점 B는"),
    ],
)
def test_particles_fit_the_word_before_them(template: str, text: str):
    assert Writer(np.random.default_rng(0)).write(template) == text


def test_a_scan_moves_boxes_with_the_ink():
    clean = np.full((400, 300), 255, np.uint8)
    box = PixelBox(200, 60, 30, 20)
    clean[box.top : box.bottom, box.left : box.right] = 0
    scan = scanned(clean, 5)
    rows, columns = np.nonzero(scan.picture < 90)
    moved = scan.moved(box)
    assert abs(columns.min() - moved.left) <= 2
    assert abs(columns.max() + 1 - moved.right) <= 2
    assert abs(rows.min() - moved.top) <= 2
    assert abs(rows.max() + 1 - moved.bottom) <= 2


def test_a_degraded_picture_is_the_same_for_the_same_seed_and_no_longer_clean():
    (clean, *_) = page_pictures(exam_document(4).pdf, 72)
    assert np.array_equal(degraded(clean, 1), degraded(clean, 1))
    assert not np.array_equal(degraded(clean, 1), degraded(clean, 2))
    assert np.abs(degraded(clean, 1).astype(int) - clean).mean() > 10


def test_a_pdf_of_pictures_has_pages_of_their_size_and_no_text():
    pictures = page_pictures(exam_document(1).pdf, 100)
    pdf = picture_only_pdf(pictures, 100)
    assert [text.strip() for text in layer_of(pdf)] == [""] * len(pictures)
    assert [page.decode().shape for page in pages_of(pdf)] == [picture.shape for picture in pictures]


def test_sample_documents_are_one_with_text_and_two_without(tmp_path):
    paths = write_sample_documents(tmp_path)
    assert [bool("".join(layer_of(path.read_bytes())).strip()) for path in paths] == [True, False, False]
