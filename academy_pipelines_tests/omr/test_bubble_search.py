import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.errors import AcademyError
from academy_pipelines.omr.bubbles import all_bubbles, centers_mm
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.registration import CaptureMode, register
from academy_pipelines.omr.shapes import find_shapes

UNMARKED = kit.template(markers=())
CENTERS_PX = centers_mm(all_bubbles(UNMARKED)) * 6.0 - 0.5


def places(page):
    return np.array(locate_bubbles(UNMARKED, register(page, UNMARKED, CaptureMode.AUTO)).centers_px)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_sheet_that_lies_anywhere_in_the_scan_is_found_by_its_bubbles(degrees):
    page = kit.draw(UNMARKED, {1: "A", 5: "C"}, "1234")
    height, width = page.shape
    canvas = np.full((height + 160, width + 240), 240, np.uint8)
    canvas[90 : 90 + height, 50 : 50 + width] = page
    picture = kit.turned(canvas, degrees)
    x, y = (CENTERS_PX + np.array([50, 90])).T
    rows, columns = canvas.shape
    expected = {0: (x, y), 90: (rows - 1 - y, x), 180: (columns - 1 - x, rows - 1 - y), 270: (y, columns - 1 - x)}
    assert np.abs(places(picture).T - np.array(expected[degrees])).max() < 1.5


def test_perspective_is_followed_from_bubble_to_bubble():
    photo = kit.on_table(kit.draw(UNMARKED), table=235, tilt=0.06)
    found = register(photo, UNMARKED, CaptureMode.PHOTO)
    assert found.method == "bubbles"
    assert found.ring_share > 0.97


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_sheet_of_which_a_quarter_is_missing_is_refused(side):
    page = kit.draw(UNMARKED)
    low, high = CENTERS_PX.min(axis=0), CENTERS_PX.max(axis=0)
    cut_x, cut_y = (0.25 * (high - low)).astype(int)
    kept = {
        "left": page[:, int(low[0]) + cut_x :],
        "right": page[:, : int(high[0]) - cut_x],
        "top": page[int(low[1]) + cut_y :],
        "bottom": page[: int(high[1]) - cut_y],
    }[side]
    with pytest.raises(AcademyError):
        register(np.ascontiguousarray(kept), UNMARKED, CaptureMode.AUTO)


def test_a_template_that_repeats_on_its_sheet_is_refused_where_the_page_does_not_tell():
    half = replace(UNMARKED, questions=UNMARKED.questions[:4], identifier=())
    page = kit.draw(replace(UNMARKED, identifier=()))
    margin = np.full((page.shape[0] + 300, page.shape[1] + 300), 240, np.uint8)
    margin[37 : 37 + page.shape[0], 201 : 201 + page.shape[1]] = page
    with pytest.raises(AcademyError):
        register(margin, half, CaptureMode.SCAN)


def test_a_template_measured_with_too_small_bubbles_still_finds_its_rings():
    small = replace(
        UNMARKED,
        questions=tuple(
            replace(q, bubbles=tuple(replace(b, rx_mm=1.7, ry_mm=1.7) for b in q.bubbles)) for q in UNMARKED.questions
        ),
        identifier=(),
    )
    found = register(kit.draw(UNMARKED), small, CaptureMode.AUTO)
    assert found.ring_share > 0.9


def test_every_drawn_bubble_is_seen_as_a_shape():
    shapes = find_shapes(kit.draw(UNMARKED, {1: "A"}, "12"))
    gaps = np.hypot(*(CENTERS_PX[:, None, :] - shapes.centers_px[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    assert np.mean(gaps < 2.5) == 1.0
