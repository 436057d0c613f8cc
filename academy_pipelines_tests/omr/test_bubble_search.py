import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.errors import AcademyError
from academy_pipelines.omr.bubbles import all_bubbles, centers_mm
from academy_pipelines.omr.lattice import Grid
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.placement import Evidence, is_clear_lead
from academy_pipelines.omr.registration import CaptureMode, register
from academy_pipelines.omr.shapes import find_shapes
from academy_pipelines.omr.uniqueness import rival_steps_mm

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
def test_a_sheet_of_which_a_quarter_is_missing_is_refused_or_put_in_its_place(side):
    page = kit.draw(UNMARKED)
    low, high = CENTERS_PX.min(axis=0), CENTERS_PX.max(axis=0)
    cut_x, cut_y = (0.25 * (high - low)).astype(int)
    kept = {
        "left": page[:, int(low[0]) + cut_x :],
        "right": page[:, : int(high[0]) - cut_x],
        "top": page[int(low[1]) + cut_y :],
        "bottom": page[: int(high[1]) - cut_y],
    }[side]
    moved = {"left": (int(low[0]) + cut_x, 0), "top": (0, int(low[1]) + cut_y)}.get(side, (0, 0))
    try:
        found = places(np.ascontiguousarray(kept))
    except AcademyError:
        return
    assert np.abs(found + moved - CENTERS_PX).max() < 1.5


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_sheet_with_more_columns_than_its_template_is_never_read_one_column_further(is_cut):
    left = (*UNMARKED.questions[:7], replace(UNMARKED.questions[7], bubbles=UNMARKED.questions[7].bubbles[:3]))
    further = tuple(replace(q, number=q.number + 8, bubbles=moved(q.bubbles, 60.0)) for q in left)
    page = kit.draw(replace(UNMARKED, questions=left + further, identifier=()))
    first = round(left[0].bubbles[0].center.x_mm * 6)
    seen = page[:, first + 74 :] if is_cut else page
    margin = np.full((page.shape[0] + 300, page.shape[1] + 300), 240, np.uint8)
    margin[37 : 37 + seen.shape[0], (0 if is_cut else 101) :][:, : seen.shape[1]] = seen
    with pytest.raises(AcademyError):
        register(margin, replace(UNMARKED, questions=left, identifier=()), CaptureMode.SCAN)


def moved(bubbles, by_mm):
    return tuple(replace(b, center=replace(b.center, x_mm=b.center.x_mm + by_mm)) for b in bubbles)


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


GRID = Grid.of(CENTERS_PX / 6, np.full_like(CENTERS_PX, 2.4), ((9.0, 11.0),))


def seen_at(shift_mm, seen, visible):
    matrix = np.array([[1.0, 0, shift_mm], [0, 1, 0], [0, 0, 1]])
    return Evidence(matrix, np.asarray(seen), np.asarray(visible))


def test_a_rival_is_beaten_by_what_is_missing_in_the_picture_and_not_by_what_lies_outside():
    everything = np.ones(len(GRID.places_mm), np.bool_)
    best, left_part = seen_at(0.0, everything, everything), GRID.places_mm[:, 0] < 45
    assert is_clear_lead(best, seen_at(-200.0, ~left_part, everything), GRID)
    assert not is_clear_lead(best, seen_at(-200.0, ~left_part, ~left_part), GRID)
    assert not is_clear_lead(best, seen_at(-200.0, everything, everything), GRID)


def test_blocks_that_repeat_are_steps_to_a_rival_place():
    block = np.array([(x, y) for x in (0.0, 7.0, 14.0) for y in np.arange(10) * 5.0])
    blocks = [block + np.array([x, 0.0]) for x in (0.0, 31.0, 62.0)]
    steps = rival_steps_mm(np.concatenate(blocks))
    assert {(round(x, 1), round(y, 1)) for x, y in steps} >= {(7, 0), (-7, 0), (0, 5), (0, -5), (31, 0), (-31, 0)}
