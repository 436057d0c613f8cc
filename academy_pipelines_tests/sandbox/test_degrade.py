import numpy as np
import pytest

from academy_pipelines.imaging import decode_gray
from academy_pipelines.omr.objective import objective_template
from academy_pipelines.sandbox import wear
from academy_pipelines.sandbox.capture import CaptureEffects, expose
from academy_pipelines.sandbox.degrade import PX_PER_MM, _without_a_mark, degraded_sheet
from academy_pipelines.sandbox.difficulty import LEVELS, STYLES
from academy_pipelines.sandbox.hands import Hand
from academy_pipelines.sandbox.print_styles import BLACK, DROP_OUT, OURS, _printed
from academy_pipelines.sandbox.raster import rasterise_sheet

TEMPLATE = objective_template(10)
WEARS = {**wear.PRINT_WEAR, **wear.PAPER_WEAR, **wear.PICTURE_WEAR}


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_number_gives_the_same_bytes_and_labels_of_the_template(level):
    sheet = degraded_sheet(11, level)
    assert degraded_sheet(11, level) == sheet
    offered = {q.number: {bubble.label for bubble in q.bubbles} for q in sheet.template.questions}
    assert set(sheet.answers) == set(offered) == set(sheet.kinds)
    assert all(set(labels) <= offered[number] for number, labels in sheet.answers.items())
    assert len(sheet.identifier) == len(sheet.template.identifier)
    assert max(decode_gray(sheet.jpeg).shape) <= max(STYLES[level].long_sides_px)


def test_how_many_marks_a_question_has_follows_from_its_kind():
    sheet = degraded_sheet(1, "hard")
    assert len(sheet.answers) == len(sheet.template.questions)
    for number, labels in sheet.answers.items():
        kind = sheet.kinds[number]
        assert len(labels) == (0 if kind.endswith("blank") else 2 if kind == "multi" else 1)


@pytest.mark.parametrize("name", WEARS)
def test_wear_changes_a_page_and_keeps_its_size_and_seed(name):
    page = rasterise_sheet(_printed(TEMPLATE, OURS), 4.0).astype(np.float64)
    worn, again = (WEARS[name](page, np.random.default_rng(5)) for _ in range(2))
    assert worn.shape == page.shape
    assert np.array_equal(worn, again)
    assert np.abs(worn - page).max() > 2


def test_the_other_side_shines_through_a_little():
    white = np.full((840, 1188), 255.0)
    seen = wear.show_through(white, TEMPLATE, 4.0, np.random.default_rng(1))
    assert 0.89 < seen.min() / 255 < 0.98


def test_printers_differ_in_rings_and_letters_and_not_in_marks():
    ours, black, pale = (rasterise_sheet(_printed(TEMPLATE, style), 4.0) for style in (OURS, BLACK, DROP_OUT))
    bubble = TEMPLATE.questions[0].bubbles[0].center
    rows, columns = slice(int((bubble.y_mm - 3) * 4), int((bubble.y_mm + 3) * 4)), slice(440, 470)
    assert black[rows, columns].mean() < ours[rows, columns].mean() < pale[rows, columns].mean()
    assert np.array_equal(ours[:100, :100], black[:100, :100])


def test_correction_fluid_hides_the_mark_under_it():
    page = rasterise_sheet(_printed(TEMPLATE, OURS), PX_PER_MM).astype(np.float64)
    bubble = TEMPLATE.questions[0].bubbles[2]
    Hand(page, PX_PER_MM, STYLES["hard"], np.random.default_rng(3), 1.0).cover(bubble)
    y, x = round(bubble.center.y_mm * PX_PER_MM), round(bubble.center.x_mm * PX_PER_MM)
    assert page[y - 8 : y + 8, x - 8 : x + 8].mean() > 215


def test_a_picture_may_lose_one_registration_mark_and_keeps_the_others():
    effects = CaptureEffects(long_side_px=1000, margin=0.1, desk=90, skew_deg=10)
    seen = expose(rasterise_sheet(_printed(TEMPLATE, OURS), PX_PER_MM), effects, np.random.default_rng(2))
    part, has_all = _without_a_mark(seen.picture, seen, TEMPLATE, np.random.default_rng(1))
    assert not has_all
    assert 0.8 * seen.picture.size < part.size < seen.picture.size
