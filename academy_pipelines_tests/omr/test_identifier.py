import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import kit

from academy_pipelines.omr.identifier import decide_identifier
from academy_pipelines.omr.ink import FillScores
from academy_pipelines.omr.readings import DigitStatus, Identifier, IdentifierStatus

SHEET = kit.template(questions=0, digits=4)


def read(*columns: dict[int, float], roster: frozenset[str] | None = None) -> Identifier:
    ink = tuple(column.get(number, 0.0) for column in columns for number in range(10))
    places = tuple((float(i), 5.0) for i in range(len(ink)))
    boxes = tuple((i - 2.0, 3.0, 4.0, 4.0) for i in range(len(ink)))
    identifier = decide_identifier(FillScores(ink, 0.005, 0.5, places, boxes, (True,) * len(ink)), SHEET, roster=roster)
    assert identifier is not None
    return identifier


@given(st.text("0123456789", min_size=4, max_size=4), st.floats(0.2, 0.9))
def test_a_fully_marked_number_is_read(number, ink):
    found = read(*({int(digit): ink} for digit in number))
    assert (found.identifier, found.raw_identifier, found.status) == (number, number, IdentifierStatus.OK)


def test_a_digit_marked_twice_makes_the_number_unknown():
    found = read({1: 0.5}, {2: 0.5, 7: 0.45}, {3: 0.5}, {4: 0.5})
    assert (found.identifier, found.raw_identifier, found.status) == (None, "1?34", IdentifierStatus.AMBIGUOUS)
    assert (found.digits[1].value, found.digits[1].status) == (None, DigitStatus.AMBIGUOUS)


def test_a_faint_digit_is_never_guessed():
    assert read({1: 0.5}, {2: 0.07}, {3: 0.5}, {4: 0.5}).identifier is None


def test_a_missing_digit_makes_the_number_unknown():
    found = read({1: 0.5}, {}, {3: 0.5}, {4: 0.5})
    assert (found.identifier, found.raw_identifier, found.status) == (None, "1?34", IdentifierStatus.AMBIGUOUS)
    assert found.digits[1].status is DigitStatus.BLANK


def test_no_digit_at_all_is_a_blank_number():
    found = read({}, {}, {}, {})
    assert (found.identifier, found.status) == (None, IdentifierStatus.BLANK)


def test_a_number_is_as_sure_as_its_least_sure_digit():
    found = read({1: 0.5}, {2: 0.12}, {3: 0.5}, {4: 0.5})
    assert found.confidence == min(digit.confidence for digit in found.digits)


def test_every_bubble_says_where_it_was_measured():
    mark = read({1: 0.5}, {}, {}, {}).digits[0].marks[1]
    assert (mark.number, mark.fill, mark.center_px, mark.roi_px) == (1, 0.5, (1.0, 5.0), (-1.0, 3.0, 4.0, 4.0))


def test_a_sheet_without_an_identifier_has_none():
    sheet = kit.template(questions=1, digits=0)
    fills = FillScores((0.0,) * 5, 0.01, 0.5, ((0.0, 0.0),) * 5, ((0.0, 0.0, 1.0, 1.0),) * 5, (True,) * 5)
    assert decide_identifier(fills, sheet) is None


def test_the_roster_resolves_a_digit_marked_twice():
    found = read({1: 0.5}, {2: 0.5, 7: 0.45}, {3: 0.5}, {4: 0.5}, roster=frozenset({"1734", "1934", "9999"}))
    assert (found.identifier, found.raw_identifier, found.status) == ("1734", "1?34", IdentifierStatus.OK)


def test_the_roster_leaves_a_number_unclear_that_fits_two_entries():
    found = read({1: 0.5}, {2: 0.5, 7: 0.45}, {3: 0.5}, {4: 0.5}, roster=frozenset({"1734", "1234"}))
    assert (found.identifier, found.status) == (None, IdentifierStatus.AMBIGUOUS)


@given(st.text("0123456789", min_size=4, max_size=4))
def test_a_number_that_is_not_on_the_roster_is_flagged(number):
    found = read(*({int(digit): 0.5} for digit in number), roster=frozenset({"x"}))
    assert (found.identifier, found.raw_identifier, found.status) == (None, number, IdentifierStatus.AMBIGUOUS)


def test_a_shorter_number_on_the_roster_may_stand_at_either_end():
    roster = frozenset({"123"})
    assert read({1: 0.5}, {2: 0.5}, {3: 0.5}, {}, roster=roster).identifier == "123"
    assert read({}, {1: 0.5}, {2: 0.5}, {3: 0.5}, roster=roster).identifier == "123"
    assert read({1: 0.5}, {2: 0.5}, {3: 0.5}, {}).status is IdentifierStatus.AMBIGUOUS


def test_the_roster_never_overrules_a_clear_digit():
    assert read({1: 0.5}, {}, {3: 0.5}, {4: 0.5}, roster=frozenset({"9234"})).identifier is None
