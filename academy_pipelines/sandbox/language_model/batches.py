"""Files and batches in memory: a batch is done when somebody has looked at it often enough."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

from academy_pipelines.sandbox.language_model.answers import Answer, error
from academy_pipelines.sandbox.language_model.script import ModelOptions

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
CREATED_AT = 1_780_000_000

Line = dict[str, Any]
DoCall = Callable[[str, dict[str, Any]], Answer]
"""Answers one line of a batch: its `url` and `body`."""


@dataclass(slots=True)
class _File:
    content: bytes
    name: str
    purpose: str


class Batches:
    """What was uploaded and what became of it; threads may share it."""

    def __init__(self, options: ModelOptions, do_call: DoCall) -> None:
        self._lock = Lock()
        self._options = options
        self._do_call = do_call
        self._files: dict[str, _File] = {}
        self._batches: dict[str, dict[str, Any]] = {}
        self._looks: dict[str, int] = {}

    def upload(self, content: bytes, name: str, purpose: str) -> Answer:
        """Answer `POST /v1/files`."""
        if purpose == "batch" and len(content) > MOST_BYTES:
            return error(400, None, f"File is too large: {len(content)} bytes, at most {MOST_BYTES}.")
        file_id = self._kept(content, name, purpose)
        return Answer(self._file_object(file_id))

    def file(self, file_id: str) -> Answer:
        """Answer `GET /v1/files/{file_id}`."""
        return Answer(self._file_object(file_id)) if file_id in self._files else _no_file(file_id)

    def content(self, file_id: str) -> bytes | None:
        """Return a file's bytes, None when there is none."""
        kept = self._files.get(file_id)
        return kept.content if kept else None

    def delete(self, file_id: str) -> Answer:
        """Answer `DELETE /v1/files/{file_id}`."""
        if self._files.pop(file_id, None) is None:
            return _no_file(file_id)
        return Answer({"id": file_id, "object": "file", "deleted": True})

    def create(self, body: dict[str, Any]) -> Answer:
        """Answer `POST /v1/batches`."""
        file_id = str(body.get("input_file_id"))
        if file_id not in self._files:
            return _no_file(file_id)
        batch = _new_batch(body, file_id)
        with self._lock:
            self._batches[batch["id"]] = batch
            self._looks[batch["id"]] = 0
        return Answer(batch)

    def cancel(self, batch_id: str) -> Answer:
        """Answer `POST /v1/batches/{batch_id}/cancel`."""
        batch = self._batches.get(batch_id)
        if batch is None:
            return _no_batch(batch_id)
        batch["status"] = "cancelled"
        return Answer(dict(batch))

    def look(self, batch_id: str) -> Answer:
        """Answer `GET /v1/batches/{batch_id}`; the look that is due finishes it."""
        with self._lock:
            batch = self._batches.get(batch_id)
            if batch is None:
                return _no_batch(batch_id)
            self._looks[batch_id] += 1
            if batch["status"] in {"validating", "in_progress"}:
                self._go_on(batch)
            return Answer(dict(batch))

    def _go_on(self, batch: dict[str, Any]) -> None:
        if self._looks[batch["id"]] < self._options.batch_looks:
            batch["status"] = "in_progress"
            return
        lines = self._lines(batch)
        complaint = _complaint(lines, batch["endpoint"])
        if complaint or self._options.batch_ending == "failed":
            said = {"code": "invalid_batch", "message": complaint or "as the sandbox was told", "line": 1}
            batch |= {"status": "failed", "errors": {"object": "list", "data": [said]}}
            return
        self._finish(batch, lines)

    def _finish(self, batch: dict[str, Any], lines: list[Line]) -> None:
        ending = self._options.batch_ending
        done = len(lines) if ending == "completed" else len(lines) // 2
        results = [self._result(line) for line in lines[:done]]
        good = [result for result in results if result["response"]["status_code"] == 200]  # noqa: PLR2004 - HTTP's OK
        bad = [result for result in results if result not in good]
        bad += [_undone(line, f"batch_{ending}") for line in lines[done:]]
        batch["status"] = ending
        batch["request_counts"] = {"total": len(lines), "completed": len(good), "failed": len(bad)}
        for key, kept in (("output_file_id", good), ("error_file_id", bad)):
            if kept:
                batch[key] = self._kept(b"".join(_shuffled(kept)), f"{batch['id']}_{key}.jsonl", "batch_output")

    def _lines(self, batch: dict[str, Any]) -> list[Line]:
        return [json.loads(line) for line in self._files[batch["input_file_id"]].content.splitlines() if line.strip()]

    def _result(self, line: Line) -> Line:
        answer = self._do_call(line["url"], line["body"])
        response = {"status_code": answer.status, "request_id": uuid.uuid4().hex, "body": answer.body}
        return {
            "id": f"batch_req_{uuid.uuid4().hex}",
            "custom_id": line["custom_id"],
            "response": response,
            "error": None,
        }

    def _kept(self, content: bytes, name: str, purpose: str) -> str:
        file_id = f"file-{uuid.uuid4().hex}"
        self._files[file_id] = _File(content, name, purpose)
        return file_id

    def _file_object(self, file_id: str) -> dict[str, Any]:
        kept = self._files[file_id]
        return {
            "id": file_id,
            "object": "file",
            "bytes": len(kept.content),
            "created_at": CREATED_AT,
            "filename": kept.name,
            "purpose": kept.purpose,
            "status": "processed",
        }


def _new_batch(body: dict[str, Any], file_id: str) -> dict[str, Any]:
    return {
        "id": f"batch_{uuid.uuid4().hex}",
        "object": "batch",
        "endpoint": body.get("endpoint"),
        "completion_window": body.get("completion_window"),
        "input_file_id": file_id,
        "metadata": body.get("metadata"),
        "created_at": CREATED_AT,
        "expires_at": CREATED_AT + 24 * 3600,
        "status": "validating",
        "errors": None,
        "output_file_id": None,
        "error_file_id": None,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
    }


def _complaint(lines: list[Line], endpoint: object) -> str | None:
    names = [line.get("custom_id") for line in lines]
    if not lines:
        return "The input file is empty."
    if len(lines) > MOST_REQUESTS:
        return f"The input file has {len(lines)} requests, at most {MOST_REQUESTS} are allowed."
    if len(set(names)) < len(names):
        return "The custom_id of every request must be unique."
    if any(line.get("url") != endpoint or line.get("method") != "POST" for line in lines):
        return "Every request must be a POST to the batch's endpoint."
    return None


def _undone(line: Line, code: str) -> Line:
    message = "This request could not be executed before the batch ended."
    said = {"code": code, "message": message}
    return _line(line, None, said)


def _line(asked: Line, response: Line | None, said: Line | None) -> Line:
    name = f"batch_req_{uuid.uuid4().hex}"
    return {"id": name, "custom_id": asked["custom_id"], "response": response, "error": said}


def _shuffled(lines: list[Line]) -> Iterator[bytes]:
    """Yield lines in another order than they were asked in, as the provider does."""
    for line in sorted(lines, key=lambda line: line["id"]):
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _no_file(file_id: str) -> Answer:
    return error(404, None, f"No such File object: {file_id}")


def _no_batch(batch_id: str) -> Answer:
    return error(404, None, f"No batch found with id '{batch_id}'.")
