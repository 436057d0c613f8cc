"""Sheets with the same number are told, each of the others; their digits stay as certain as they are."""

from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.review.duplicates import NAMED_AT_MOST, known_number, same_number, with_duplicates
from academy_pipelines_tests.review.results import identifier, result

NUMBERS = st.dictionaries(st.text("0123456789", min_size=1, max_size=3), st.none() | st.sampled_from("123"), max_size=9)


def test_two_sheets_with_one_number_name_each_other():
    assert same_number({"7": "1234", "8": "1234", "9": "4321", "10": None, "11": None}) == {
        "7": ("8",),
        "8": ("7",),
        "9": (),
        "10": (),
        "11": (),
    }


@given(NUMBERS)
def test_naming_is_mutual_and_never_oneself(numbers: dict):
    found = same_number(numbers)
    assert found.keys() == numbers.keys()
    for sheet, others in found.items():
        assert sheet not in others
        assert set(others) == {
            o for o in numbers if o != sheet and numbers[sheet] is not None and numbers[o] == numbers[sheet]
        }
        assert all(sheet in found[other] for other in others)


def test_a_duplicate_is_a_warning_and_leaves_the_digits_certain():
    told = with_duplicates(result(number=identifier("1234")), ["10", "9"])
    assert (told.identifier.status, told.identifier.identifier, told.identifier.duplicates) == (
        "ok",
        "1234",
        ["9", "10"],
    )
    (warning,) = told.warnings
    assert warning.code == "duplicate_identifier"
    assert warning.message == "the number 1234 is on other sheets of this exam too: 9, 10"


def test_telling_twice_tells_once_and_what_is_no_duplicate_any_more_is_not_told():
    read = result(number=identifier("1234"))
    once = with_duplicates(read, ["9"])
    assert with_duplicates(once, ["9"]) == once
    assert with_duplicates(once, []) == read
    assert with_duplicates(read, []) is read


def test_of_many_sheets_with_one_number_some_are_named():
    told = with_duplicates(result(number=identifier("1234")), map(str, range(100, 200)))
    assert len(told.identifier.duplicates) == NAMED_AT_MOST
    assert told.warnings[0].message.endswith("118, 119 and 80 more")


def test_only_a_known_number_is_compared():
    assert known_number(result(number=identifier("1234"))) == "1234"
    assert known_number(result(number=identifier("12?4"))) is None
    assert known_number(result(number=identifier("1234", "not_on_roster"))) is None
    assert known_number(result()) is None
