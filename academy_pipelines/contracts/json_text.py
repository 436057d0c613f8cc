"""Strict JSON, several times faster than the standard library's: a batch writes and reads megabytes of it."""

from typing import Any

from pydantic_core import from_json, to_json


def read_json(body: bytes | str) -> object:
    """Read strict JSON: UTF-8, no NaN, no half surrogate pairs, which no database or answer could carry.

    Raises:
        ValueError: the body is something else, or nested beyond reason.
    """
    value: object = from_json(body, allow_inf_nan=False)
    return value


def read_json_object(body: bytes | str) -> dict[str, Any]:
    """Read a strict JSON object.

    Raises:
        ValueError: the body is something else.
    """
    value = read_json(body)
    if not isinstance(value, dict):
        raise ValueError(f"a JSON object is due, not {type(value).__name__}")  # noqa: TRY004 - of a text
    return value


def json_bytes(value: object) -> bytes:
    """Write plain values, dataclasses and messages as JSON in UTF-8."""
    return to_json(value)


def json_text(value: object) -> str:
    """Write JSON as text."""
    return json_bytes(value).decode()
