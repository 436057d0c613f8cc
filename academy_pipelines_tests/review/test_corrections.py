"""The file that a review page writes, and everything else that may be taken for one."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.errors import RefusedReviewError
from academy_pipelines.review.corrections import parse_corrections

ROW = {
    "sheet": "7",
    "row": 2,
    "answer": ["C"],
    "reading": "ambiguous A/C",
    "scan_sha256": "a" * 64,
    "reviewed_at": "2026-11-24T12:00:00Z",
}
FILE = {"format": "academy-review/1", "reviewer": "김선생", "corrections": [ROW]}


def file(**row: object) -> str:
    return json.dumps(FILE | {"corrections": [ROW | row]})


def test_a_correction_carries_the_name_of_its_reviewer():
    sheets = parse_corrections(
        json.dumps(FILE | {"corrections": [ROW, ROW | {"sheet": 8, "reviewer": "lee"}]})
    ).by_sheet()
    assert [c.reviewer for c in sheets["7"] + sheets["8"]] == ["김선생", "lee"]
    assert sheets["7"][0].reviewed_at.isoformat() == "2026-11-24T12:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Invalid JSON"),
        ("[]", "should be an object"),
        (json.dumps(FILE | {"format": "academy-review/2"}), r"format: Input should be 'academy-review/1'"),
        (json.dumps(FILE | {"reviewer": ""}), "reviewer"),
        (json.dumps(FILE | {"reviewer": "kim\0"}), "reviewer"),
        (file(sheet="7\0"), "sheet"),
        (file(row="number"), "row"),
        (file(row=True), "row"),
        (file(answer="C"), "answer"),
        (file(scan_sha256="../x"), "scan_sha256"),
        (file(reviewed_at="2026-11-24T12:00:00"), "reviewed_at: Input should have timezone info"),
        (json.dumps(FILE | {"corrections": [ROW, ROW | {"answer": []}]}), "sheet 7, row 2 is corrected twice"),
    ],
)
def test_what_is_no_review_is_refused_naming_the_field(text: str, reason: str):
    with pytest.raises(RefusedReviewError, match=reason):
        parse_corrections(text)


KEYS = [*FILE, *ROW]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=5,
)


@given(JSON, JSON)
def test_whatever_a_file_holds_it_is_understood_or_refused(whole: object, part: object):
    for body in (whole, FILE | {"corrections": [part]}, FILE | part if isinstance(part, dict) else part):
        with contextlib.suppress(RefusedReviewError):
            parse_corrections(json.dumps(body))
