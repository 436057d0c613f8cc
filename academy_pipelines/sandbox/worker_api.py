"""The AI worker's side of the academy: claim a job, send its result, ask for template meta, get files."""

import json

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from academy_pipelines.omr.objective import QUESTION_COUNTS, objective_template, template_meta
from academy_pipelines.sandbox.files import StoredFile
from academy_pipelines.sandbox.jobs import Job
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.requests import (
    TOKEN_HEADER,
    body_of,
    detail,
    file_address,
    own_address,
    refusal,
    refused_fields,
    rendered,
)
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.validation import RefusedBodyError, result_body

READ_AT_ONCE_BYTES = 8 * 1024 * 1024
"""Smaller files are read without leaving the event loop: a thread costs more than a cached read."""

FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=300",
}
"""Whatever a file claims to be, a browser does not run it."""


class WorkerApi:
    """Endpoints below `/api/v1` for AI jobs, and `/files`."""

    def __init__(self, store: SandboxStore, options: SandboxOptions) -> None:
        self._store = store
        self._options = options

    def routes(self) -> list[Route]:
        """Return the routes, busiest first."""
        return [
            Route("/api/v1/internal/ai/job/next/", self.next_job, methods=["GET"]),
            Route("/api/v1/internal/ai/job/result/", self.take_result, methods=["POST"]),
            Route("/files/{file_id}/{name}", self.file, methods=["GET"]),
            Route("/api/v1/assets/omr/objective/meta/", self.meta, methods=["GET"]),
        ]

    async def next_job(self, request: Request) -> Response:
        """Claim the next job."""
        refused = refusal(request, self._options.token)
        if refused:
            return refused
        job = self._store.jobs.claim(self._options.lease_s, twice=bool(request.scope.get("duplicate")))
        message = self._message(job, own_address(request)) if job else '{"job": null}'
        return Response(message, media_type="application/json")

    async def take_result(self, request: Request) -> Response:
        """Take the result of a job."""
        refused = refusal(request, self._options.token)
        if refused:
            return refused
        raw = await body_of(request)
        if raw is None:
            return detail(413, "the result is too long")
        try:
            body = result_body(raw)
        except RefusedBodyError as error:
            return refused_fields(error.reasons)
        outcome = self._store.jobs.answer(body)
        if outcome is None:
            return detail(404, f"there is no submission {body['submission_id']}")
        return JSONResponse({"ok": True, "outcome": outcome})

    async def meta(self, request: Request) -> Response:
        """Tell where things are printed on the academy's own sheets."""
        if not self._may_read_meta(request):
            return detail(401, f"send a Cookie, a Bearer token or {TOKEN_HEADER}")
        count = request.query_params.get("question_count", "")
        if count not in {str(known) for known in QUESTION_COUNTS}:
            return detail(400, "question_count must be 10, 20 or 30")
        return JSONResponse(template_meta(objective_template(int(count)), f"objective_{count}"))

    async def file(self, request: Request) -> Response:
        """Give out a file at a signed address."""
        file_id, name = request.path_params["file_id"], request.path_params["name"]
        query = request.query_params
        reason = self._store.files.refusal(file_id, name, query.get("expires", ""), query.get("signature", ""))
        if reason:
            return detail(403, reason)
        file = self._store.files.find(file_id, name)
        if file is None or not file.path.is_file():
            return detail(404, "the file is gone")
        return file_answer(file)

    def _message(self, job: Job, address: str) -> str:
        url = None
        if job.file_id and job.file_name:
            url = file_address(self._store.files, (job.file_id, job.file_name), address, self._options.url_ttl_s)
        head = {
            "id": job.id,
            "type": job.type,
            "source_id": str(job.source_id),
            "attempt": job.attempt,
            "max_attempts": job.max_attempts,
        }
        return f'{{"job": {json.dumps(head)[:-1]}, "payload": {rendered(job.payload, address, url)}}}}}'

    def _may_read_meta(self, request: Request) -> bool:
        if request.headers.get(TOKEN_HEADER):
            return refusal(request, self._options.token) is None
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        return bool(request.headers.get("cookie") or (scheme.lower() == "bearer" and bearer.strip()))


def file_answer(file: StoredFile) -> Response:
    """Return a kept file; long ones in pieces and by range."""
    if file.size_bytes <= READ_AT_ONCE_BYTES:
        return Response(file.path.read_bytes(), media_type=file.media_type, headers=FILE_HEADERS)
    return FileResponse(file.path, media_type=file.media_type, headers=FILE_HEADERS)
