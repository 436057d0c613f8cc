"""JSON as neighbours send it and as the ledger keeps it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.json_text import json_bytes, json_text, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_is_written_is_read_again_and_by_others(value):
    assert read_json(json_bytes(value)) == read_json(json_text(value)) == json.loads(json_bytes(value)) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"\xff\xfe",
        b'"\\ud800"',
        b"[" * 200_000,
        b'{"a": 1} trailing',
        b"1" * 5000,
    ],
)
def test_what_is_not_strict_json_is_a_value_error(body):
    with pytest.raises(ValueError, match=r".") as refusal:
        read_json(body)
    assert not isinstance(refusal.value, RecursionError)


def test_a_whole_surrogate_pair_is_a_character():
    assert read_json(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"
