import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.errors import AcademyError
from academy_pipelines.omr.alignment import targets_of
from academy_pipelines.omr.geometry import project
from academy_pipelines.omr.ink import score_fills
from academy_pipelines.omr.layout import locate_bubbles
from academy_pipelines.omr.prints import find_prints
from academy_pipelines.omr.reading import read_fills, read_sheet
from academy_pipelines.omr.readings import AnswerStatus
from academy_pipelines.omr.registration import CaptureMode, Registration, register
from academy_pipelines.omr.rings import ellipses_at

SHEET = kit.template()
UNMARKED = kit.template(markers=())
MARKS = {1: "A", 2: "C", 5: "E", 9: "B"}


def on_margin(page, left=70, top=50):
    canvas = np.full((page.shape[0] + 200, page.shape[1] + 240), 240, np.uint8)
    canvas[top : top + page.shape[0], left : left + page.shape[1]] = page
    return canvas


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_sheet_that_prints_only_letters_is_found_and_read(degrees):
    picture = kit.turned(on_margin(kit.draw(UNMARKED, MARKS, "3071", rings=False)), degrees)
    found, _, read = read_sheet(picture, UNMARKED, CaptureMode.AUTO)
    assert (found.method, found.by_prints, found.rotation_cw) == ("bubbles", True, degrees)
    assert kit.answers_of(read) == {number: MARKS.get(number, "") for number in range(1, 11)}
    assert read.flagged_count == 0
    assert read.identifier.identifier == "3071"


def test_letters_lie_where_they_were_drawn():
    found = register(on_margin(kit.draw(UNMARKED, rings=False)), UNMARKED, CaptureMode.AUTO)
    targets = targets_of(UNMARKED)
    away = project(found.matrix, targets.places_mm) - (targets.places_mm * 6.0 - 0.5 + (70, 50))
    assert np.abs(away).max() < 2.0


def test_marks_and_letters_prove_a_sheet_whose_rings_a_threshold_swallowed():
    page = kit.draw(SHEET, MARKS, "3071", rings=False)
    found, _, read = read_sheet(page, SHEET, CaptureMode.SCAN)
    assert (found.method, found.by_prints) == ("markers", True)
    assert kit.answers_of(read)[1] == "A"


def test_marks_without_any_print_between_them_are_refused():
    bare = kit.draw(kit.template(questions=0, digits=0))
    with pytest.raises(AcademyError):
        register(bare, SHEET, CaptureMode.SCAN)


def test_letters_prove_nothing_on_a_sheet_with_rings():
    taller = replace(UNMARKED, questions=UNMARKED.questions[:7], identifier=())
    page = on_margin(kit.draw(replace(UNMARKED, identifier=())))
    with pytest.raises(AcademyError):
        register(page, taller, CaptureMode.AUTO)


def test_a_row_whose_letters_are_covered_is_never_trusted():
    page = kit.draw(SHEET, MARKS, "3071", rings=False)
    found = register(page, SHEET, CaptureMode.SCAN)
    y = round(SHEET.questions[2].bubbles[0].center.y_mm * 6)
    page[y - 20 : y + 20, 430:700] = 240
    seen = find_prints(page, ellipses_at(found.matrix, targets_of(SHEET).places_mm, targets_of(SHEET).radii_mm))
    layout = locate_bubbles(SHEET, replace(found, rings_found=tuple(seen.tolist())))
    read = read_fills(score_fills(page, layout, SHEET), SHEET)
    assert read.answers[2].status is AnswerStatus.LOW_CONFIDENCE
    assert read.answers[0].status is AnswerStatus.OK


def test_a_registration_by_letters_survives_json():
    found = register(kit.draw(SHEET, rings=False), SHEET, CaptureMode.SCAN)
    assert found.by_prints
    assert Registration.from_json(json.loads(json.dumps(found.to_json()))) == found
