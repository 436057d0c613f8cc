"""What the academy accepts from workers: as strict as a serializer with every field required."""

import json
from typing import Any

MAX_BODY_BYTES = 16 * 1024 * 1024

MAX_NUMBER = 2**63 - 1
"""The largest number that a database column holds."""


class RefusedBodyError(ValueError):
    """A request's body is not what the contract says; `reasons` names each wrong field."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {reason}" for field, reason in reasons.items()))
        self.reasons = reasons


def json_object(body: bytes) -> dict[str, Any]:
    """Return the object in a JSON body.

    Raises:
        RefusedBodyError: it is no JSON (NaN and Infinity are none), no object, or holds what is no text.
    """
    try:
        parsed = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedBodyError({"body": f"is no JSON: {error}"}) from error
    if b"\\ud" in body.lower() and not _is_encodable(parsed):
        raise RefusedBodyError({"body": "holds half of a surrogate pair, which is no character"})
    if not isinstance(parsed, dict):
        raise RefusedBodyError({"body": f"is a JSON {type(parsed).__name__}, not an object"})
    return parsed


def result_body(body: bytes) -> dict[str, Any]:
    """Return the fields of an AI result.

    Raises:
        RefusedBodyError: a field is missing, has the wrong type, or contradicts `status`.
    """
    fields = json_object(body)
    reasons = _missing(fields, "submission_id", "status", "result", "error")
    if not reasons:
        reasons = _wrong_in_result(fields)
    _refuse_if(reasons)
    return {name: fields[name] for name in ("submission_id", "status", "result", "error")}


def completion_body(body: bytes) -> dict[str, Any]:
    """Return the fields of a video's completion, extra ones included.

    Raises:
        RefusedBodyError: `hls_path` is no text or `duration` no whole number of seconds.
    """
    fields = json_object(body)
    reasons = _missing(fields, "hls_path", "duration")
    if "hls_path" in fields and not _is_text(fields["hls_path"]):
        reasons["hls_path"] = "must be a text that is not empty"
    if "duration" in fields and not (is_int(fields["duration"]) and fields["duration"] >= 0):
        reasons["duration"] = "must be a whole number of seconds, 0 or more"
    _refuse_if(reasons)
    return fields


def failure_body(body: bytes) -> dict[str, Any]:
    """Return the fields of a video's failure.

    Raises:
        RefusedBodyError: `reason` is no text.
    """
    fields = json_object(body)
    reasons = _missing(fields, "reason")
    if "reason" in fields and not _is_text(fields["reason"]):
        reasons["reason"] = "must be a text that is not empty"
    _refuse_if(reasons)
    return fields


def _wrong_in_result(fields: dict[str, Any]) -> dict[str, str]:
    status, result, error = fields["status"], fields["result"], fields["error"]
    reasons: dict[str, str] = {}
    if not is_int(fields["submission_id"]):
        reasons["submission_id"] = f"must be an integer of 64 bits, not {type(fields['submission_id']).__name__}"
    if status not in ("done", "failed"):
        reasons["status"] = 'must be "done" or "failed"'
    if result is not None and not isinstance(result, dict):
        reasons["result"] = "must be an object or null"
    elif status == "done" and result is None:
        reasons["result"] = "must be an object when status is done"
    if error is not None and not isinstance(error, str):
        reasons["error"] = "must be a text or null"
    elif status == "failed" and not error:
        reasons["error"] = "must say why when status is failed"
    return reasons


def _missing(fields: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: "is required" for name in names if name not in fields}


def _refuse_if(reasons: dict[str, str]) -> None:
    if reasons:
        raise RefusedBodyError(reasons)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_int(value: object) -> bool:
    """Whether `value` is a whole number that fits a database column; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def _is_encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
