import sys
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.answers import AnswerPolicy, decide_answers
from academy_pipelines.omr.ink import FillScores
from academy_pipelines.omr.marks import MarkPolicy, RowVerdict, judge_row
from academy_pipelines.omr.readings import Answer, AnswerStatus, Marking

SHEET = kit.template(questions=1, digits=0)
BLANK = (0.0, 0.01, 0.0, -0.01, 0.0)
inks = st.floats(-0.05, 1.0).map(lambda value: round(value, 3))


def fills(*ink: float, noise: float = 0.005, ink_level: float = 0.5) -> FillScores:
    places = ((10.0, 10.0),) * len(ink)
    seen = (True,) * len(ink)
    return FillScores(tuple(ink), noise, ink_level, places, ((8.0, 8.0, 4.0, 4.0),) * len(ink), seen)


def answer(*ink: float, noise: float = 0.005) -> Answer:
    return decide_answers(fills(*ink, noise=noise), SHEET)[0]


def test_a_blank_row_has_no_choice():
    read = answer(*BLANK)
    assert (read.detected, read.marking, read.status) == ((), Marking.BLANK, AnswerStatus.BLANK)


def test_one_clear_mark_is_the_answer():
    read = answer(0.0, 0.5, 0.01, 0.0, 0.0)
    assert (read.detected, read.marking, read.status) == (("B",), Marking.SINGLE, AnswerStatus.OK)
    assert read.fills[1] == ("B", 0.5)


def test_two_like_marks_are_both_detected_and_never_trusted():
    read = answer(0.0, 0.4, 0.0, 0.5, 0.0)
    assert (read.detected, read.marking, read.status) == (("B", "D"), Marking.MULTI, AnswerStatus.AMBIGUOUS)


def test_an_erased_second_mark_leaves_the_answer():
    assert answer(0.5, 0.1, 0.0, 0.0, 0.0).status is AnswerStatus.OK


def test_a_second_mark_half_as_dark_is_doubtful():
    read = answer(0.5, 0.25, 0.0, 0.0, 0.0)
    assert (read.detected, read.status) == (("A",), AnswerStatus.AMBIGUOUS)


def test_a_faint_mark_is_of_low_confidence():
    read = answer(0.06, 0.0, 0.0, 0.0, 0.0)
    assert (read.detected, read.status) == (("A",), AnswerStatus.LOW_CONFIDENCE)


def test_a_light_pencil_mark_counts_on_clean_paper_and_not_on_noisy_paper():
    light = (0.0, 0.0, 0.13, 0.0, 0.0)
    assert answer(*light).status is AnswerStatus.OK
    assert answer(0.04, 0.0, 0.13, 0.05, -0.03, noise=0.05).status is AnswerStatus.LOW_CONFIDENCE


def test_bubbles_off_the_picture_are_an_error():
    read = answer(0.5, 0.0, 0.0, 0.0, -1.0)
    assert (read.detected, read.status) == ((), AnswerStatus.ERROR)


@given(st.lists(inks, min_size=5, max_size=5, unique=True), st.floats(0.001, 0.05))
def test_the_order_of_the_bubbles_does_not_matter(ink, noise):
    reference = answer(*ink, noise=noise)
    for order in list(permutations(range(5)))[::17]:
        read = answer(*(ink[i] for i in order), noise=noise)
        assert {kit.LABELS[order[kit.LABELS.index(label)]] for label in read.detected} == set(reference.detected)
        assert (read.status, read.confidence) == (reference.status, reference.confidence)


@given(st.lists(inks, min_size=5, max_size=5), st.floats(0, 0.1))
def test_detected_marking_status_and_confidence_agree(ink, noise):
    read = answer(*ink, noise=noise)
    assert 0 <= read.confidence <= 1
    assert (read.marking is Marking.BLANK) == (not read.detected)
    assert (read.marking is Marking.MULTI) == (len(read.detected) > 1)
    assert read.status is not AnswerStatus.OK or len(read.detected) == 1
    assert read.status.is_flagged or read.confidence >= AnswerPolicy().min_confidence


@given(st.floats(0.1, 0.9), st.floats(0.0, 0.09), st.floats(0.0, 0.05))
def test_confidence_grows_with_the_mark(first, more, rest):
    weaker, stronger = answer(first, rest, 0, 0, 0), answer(first + more, rest, 0, 0, 0)
    assert stronger.confidence >= weaker.confidence - 1e-3


@given(st.floats(0.35, 0.9), st.floats(0.0, 0.1), st.floats(0.0, 0.1))
def test_confidence_falls_with_a_rival(first, rival, more):
    assert answer(first, rival + more, 0, 0, 0).confidence <= answer(first, rival, 0, 0, 0).confidence + 1e-3


@pytest.mark.parametrize("ink", [(), (-1.0, 0.2)])
def test_a_row_that_was_not_seen_says_so(ink):
    assert judge_row(range(len(ink)), fills(*ink), MarkPolicy()) == (RowVerdict.UNSEEN, ())


@pytest.mark.parametrize(("ink", "detected"), [((0.0, 0.5, 0.0, 0.0, 0.0), ("B",)), (BLANK, ())])
def test_a_row_whose_printed_rings_are_not_there_is_never_trusted(ink, detected):
    lost = replace(fills(*ink), rings_seen=(True, False, False, True, False))
    read = decide_answers(lost, SHEET)[0]
    assert (read.detected, read.status) == (detected, AnswerStatus.LOW_CONFIDENCE)
    assert read.confidence < 0.5


def test_a_higher_least_confidence_flags_what_a_lower_one_lets_through():
    doubtful = fills(0.13, 0.04, 0.0, 0.0, 0.0, noise=0.012)
    statuses = [decide_answers(doubtful, SHEET, AnswerPolicy(min_confidence=one))[0].status for one in (0.5, 0.9999)]
    assert statuses == [AnswerStatus.OK, AnswerStatus.LOW_CONFIDENCE]


def test_a_blank_row_of_a_lossy_picture_goes_to_a_person():
    read = decide_answers(replace(fills(*BLANK), is_lossy=True), SHEET)[0]
    assert (read.detected, read.status) == ((), AnswerStatus.LOW_CONFIDENCE)
    assert read.confidence < 0.5


@pytest.mark.parametrize("stroke", [5.0, 9.0, 30.0])
def test_a_row_without_ink_but_with_a_stroke_is_never_trusted_to_be_blank(stroke):
    ticked = replace(fills(0.0, 0.0, 0.0, 0.02, 0.0), strokes=(0.3, -0.2, 1.0, stroke, 0.1))
    read = decide_answers(ticked, SHEET, AnswerPolicy(min_confidence=0.5))[0]
    assert read.status in {AnswerStatus.LOW_CONFIDENCE, AnswerStatus.OK}
    assert read.status is AnswerStatus.LOW_CONFIDENCE or read.detected == ("D",)


@pytest.mark.parametrize("ink", [(0.0, 0.06, 0.0, 0.0, 0.0), (0.0, 0.5, 0.0, 0.0, 0.0)])
def test_a_faint_or_clear_mark_beside_its_rings_is_never_trusted(ink):
    lost = replace(fills(*ink), rings_seen=(False,) * 5)
    assert decide_answers(lost, SHEET, AnswerPolicy(min_confidence=0.5))[0].status is AnswerStatus.LOW_CONFIDENCE


@given(st.lists(st.floats(-0.02, 0.09), min_size=5, max_size=5), st.floats(0.5, 1.0))
def test_one_setting_alone_decides_what_is_sure_enough_of_faint_rows_too(ink, least):
    read = decide_answers(fills(*ink), SHEET, AnswerPolicy(min_confidence=least))[0]
    if read.status in {AnswerStatus.OK, AnswerStatus.BLANK}:
        assert read.confidence >= least - 0.0005
    elif read.status is AnswerStatus.LOW_CONFIDENCE:
        assert read.confidence <= least + 0.0005
