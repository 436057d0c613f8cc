import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from academy_pipelines.errors import InvalidTemplateError, MisconfiguredError
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.omr.primitives import FilledBox
from academy_pipelines.omr.sheet import design_sheet
from academy_pipelines.omr.template import PointMm
from academy_pipelines.resources.renderer import find_font, rasterise_pdf, render_pdf

PX_PER_MM = 12.0
TITLE = "중간고사 답안지 (수학)"


@pytest.fixture(scope="module")
def pdf():
    return render_pdf(design_sheet(30, TITLE), find_font())


@pytest.fixture(scope="module")
def page(pdf):
    return rasterise_pdf(pdf, PX_PER_MM)


@pytest.fixture(scope="module")
def pdf_file(pdf, tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "sheet.pdf"
    path.write_bytes(pdf)
    return path


def told(*argv):
    return subprocess.run([str(arg) for arg in argv], capture_output=True, text=True, check=True).stdout


def patch_around(page, center, reach_mm):
    """The darkness around a place, and that place's pixel coordinates in it (edges, not pixel centres)."""
    left = int((center.x_mm - reach_mm) * PX_PER_MM)
    top = int((center.y_mm - reach_mm) * PX_PER_MM)
    side = int(2 * reach_mm * PX_PER_MM) + 1
    return 255.0 - page[top : top + side, left : left + side], left, top


def centroid_mm(dark, left, top):
    rows, columns = np.mgrid[: dark.shape[0], : dark.shape[1]] + 0.5
    return (
        (left + (dark * columns).sum() / dark.sum()) / PX_PER_MM,
        (top + (dark * rows).sum() / dark.sum()) / PX_PER_MM,
    )


def test_the_page_is_exactly_a4_landscape_with_the_title_as_its_name(pdf_file):
    info = told("pdfinfo", pdf_file)
    assert "841.89 x 595.276 pts (A4)" in info
    assert "Pages:           1\n" in info
    assert f"Title:           {TITLE}" in info


def test_only_subsets_of_the_korean_font_are_needed_and_embedded(pdf_file):
    rows = [line.split() for line in told("pdffonts", pdf_file).splitlines()[2:]]
    assert len(rows) == 2
    assert all("NanumGothic" in row[0] for row in rows)
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows)


def test_korean_can_be_found_and_copied_out_of_the_pdf(pdf_file):
    text = told("pdftotext", "-layout", pdf_file, "-")
    for words in (
        TITLE,
        "이름 Name",
        "수험번호",
        "답안 Answers 21 - 30",
        "실제 크기(100%)로 인쇄하세요",
        "빈틈없이 칠하세요",
    ):
        assert words in " ".join(text.split())


def test_the_sheet_is_drawn_as_vectors_without_pictures(pdf_file):
    assert told("pdfimages", "-list", pdf_file).splitlines()[2:] == []


def test_korean_looks_like_korean_not_like_empty_boxes(page):
    heading = page[int(12 * PX_PER_MM) : int(20 * PX_PER_MM), int(100 * PX_PER_MM) : int(197 * PX_PER_MM)]
    count, *_ = cv2.connectedComponents(np.uint8(heading < 128))
    assert count > 2 * len(TITLE.replace(" ", ""))


def test_registration_marks_are_printed_where_the_template_says(page):
    template = objective_template(30)
    for mark in template.markers:
        x_mm, y_mm = centroid_mm(*patch_around(page, mark.center, 4.5))
        assert x_mm == pytest.approx(mark.center.x_mm, abs=0.05)
        assert y_mm == pytest.approx(mark.center.y_mm, abs=0.05)


def test_registration_marks_have_the_size_that_their_kind_names(page):
    for shape in design_sheet(30).primitives:
        if isinstance(shape, FilledBox) and shape.grey == 0:
            half_mm = shape.box.width_mm / 2
            middle = PointMm(shape.box.x_mm + half_mm, shape.box.y_mm + half_mm)
            dark, *_ = patch_around(page, middle, 4.5)
            assert np.sqrt(dark.sum() / 255) / PX_PER_MM == pytest.approx(shape.box.width_mm, abs=0.1)


def test_every_ring_is_printed_where_the_template_says(page):
    template = objective_template(30)
    bubbles = [b for group in (*template.questions, *template.identifier) for b in group.bubbles]
    for bubble in bubbles:
        dark, left, top = patch_around(page, bubble.center, bubble.rx_mm + 0.6)
        ring = np.where(dark > 110, dark, 0)
        rows, columns = np.nonzero(ring)
        x_mm = (left + (columns.min() + columns.max() + 1) / 2) / PX_PER_MM
        y_mm = (top + (rows.min() + rows.max() + 1) / 2) / PX_PER_MM
        assert x_mm == pytest.approx(bubble.center.x_mm, abs=0.1)
        assert y_mm == pytest.approx(bubble.center.y_mm, abs=0.1)
        assert (np.ptp(columns) + 1) / PX_PER_MM == pytest.approx(2 * bubble.rx_mm + 0.25, abs=0.15)


def test_the_same_sheet_gives_the_same_bytes(pdf):
    assert render_pdf(design_sheet(30, TITLE), find_font()) == pdf


def test_a_machine_without_the_font_is_told_which_package_to_install(tmp_path):
    with pytest.raises(MisconfiguredError, match=r"fonts-nanum or give --font"):
        find_font(folders=[tmp_path])


def test_a_font_in_a_standard_folder_is_found(tmp_path):
    (tmp_path / "NanumBarunGothic.ttf").write_bytes(b"")
    assert find_font(folders=[tmp_path / "missing", tmp_path]) == tmp_path / "NanumBarunGothic.ttf"


def test_an_explicit_font_must_exist(tmp_path):
    with pytest.raises(MisconfiguredError, match=r"no\.ttf.*--font"):
        find_font(tmp_path / "no.ttf")


def test_a_file_that_is_no_font_is_refused(tmp_path):
    path = tmp_path / "letter.ttf"
    path.write_text("Dear font")
    with pytest.raises(MisconfiguredError, match="TrueType"):
        render_pdf(design_sheet(10), path)


def test_a_title_that_the_font_cannot_write_is_refused_by_its_characters():
    with pytest.raises(InvalidTemplateError, match="🍎"):
        render_pdf(design_sheet(10, "사과 🍎"), find_font())


def test_a_font_without_a_bold_sibling_writes_everything(tmp_path):
    alone = tmp_path / "Alone.ttf"
    alone.write_bytes(Path(find_font()).read_bytes())
    assert rasterise_pdf(render_pdf(design_sheet(10), alone), 2.0).shape == (420, 594)
