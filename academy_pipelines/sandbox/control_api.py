"""What the sandbox offers beyond a real back end: see everything, offer jobs, switch faults on and off."""

import base64
import binascii
import json
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.sandbox.faults import FaultInjector, faults_from
from academy_pipelines.sandbox.jobs import Job, NewJob
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.requests import body_of, detail, refusal, refused_fields
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.validation import RefusedBodyError, is_int, json_object
from academy_pipelines.sandbox.video_api import as_json as video_as_json


class ControlApi:
    """Endpoints below `/api/sandbox`, never subject to faults; whatever changes something needs the token."""

    def __init__(self, store: SandboxStore, options: SandboxOptions, injector: FaultInjector) -> None:
        self._store = store
        self._options = options
        self._injector = injector

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/healthz", self.health, methods=["GET"]),
            Route("/api/sandbox/jobs", self.jobs, methods=["GET"]),
            Route("/api/sandbox/jobs", self.offer, methods=["POST"]),
            Route("/api/sandbox/jobs/{job_id}", self.job, methods=["GET"]),
            Route("/api/sandbox/videos", self.videos, methods=["GET"]),
            Route("/api/sandbox/faults", self.show_faults, methods=["GET"]),
            Route("/api/sandbox/faults", self.set_faults, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """Say that the academy is open."""
        return JSONResponse({"ok": True})

    async def jobs(self, request: Request) -> Response:
        """List jobs (optionally `?state=`), with the latest result of each when asked with `?results=1`."""
        listed = self._store.jobs.page(request.query_params.get("state", ""))
        if request.query_params.get("results") == "1":
            jobs = [{**as_json(job), "result": self._latest(job)} for job in listed]
        else:
            jobs = [as_json(job) for job in listed]
        return JSONResponse({"counts": self._store.jobs.counts(), "jobs": jobs})

    async def job(self, request: Request) -> Response:
        """Tell everything about one job, every accepted result included."""
        job = self._store.jobs.get(request.path_params["job_id"])
        if job is None:
            return detail(404, "there is no such job")
        results = [
            {"received_at": result.received_at, "body": json.loads(result.body)}
            for result in self._store.jobs.results(job.id)
        ]
        return JSONResponse({**as_json(job), "accepted": results})

    async def videos(self, _request: Request) -> Response:
        """List videos."""
        return JSONResponse({"videos": [video_as_json(video) for video in self._store.videos.all()]})

    async def offer(self, request: Request) -> Response:
        """Offer a job: {"type", "payload"?, "source_id"?, "name"?, "truth"?, "file_name"? with "file_base64"}."""
        refused = refusal(request, self._options.token)
        if refused:
            return refused
        raw = await body_of(request)
        if raw is None:
            return detail(413, "the file is too long for this call; use `academy sandbox enqueue`")
        try:
            new = self._new_job(json_object(raw))
        except RefusedBodyError as error:
            return refused_fields(error.reasons)
        return JSONResponse(as_json(self._store.jobs.offer(new)), status_code=201)

    async def show_faults(self, _request: Request) -> Response:
        """Tell which faults are on and how often each happened."""
        return JSONResponse({"faults": asdict(self._injector.faults), "happened": dict(self._injector.happened)})

    async def set_faults(self, request: Request) -> Response:
        """Exchange the faults: {"error_rate": 0.1, ...}; whatever is not named is switched off."""
        refused = refusal(request, self._options.token)
        if refused:
            return refused
        try:
            self._injector.faults = faults_from(json_object(await body_of(request) or b"{}"))
        except (RefusedBodyError, MisconfiguredError) as error:
            return detail(400, str(error))
        return await self.show_faults(request)

    def _latest(self, job: Job) -> object:
        results = self._store.jobs.results(job.id)
        return json.loads(results[-1].body) if results else None

    def _new_job(self, fields: dict[str, Any]) -> NewJob:
        _check_offer(fields)
        file = None
        if "file_base64" in fields:
            name = str(fields.get("file_name") or "file")
            file = self._store.files.keep(_decoded(fields["file_base64"]), name)
        return NewJob(
            type=fields["type"],
            payload=fields.get("payload") or {},
            file=file,
            source_id=fields.get("source_id"),
            name=str(fields.get("name") or ""),
            truth=fields.get("truth"),
        )


def as_json(job: Job) -> dict[str, object]:
    """Return what `/api/sandbox/jobs` tells about a job."""
    return {
        "id": job.id,
        "source_id": job.source_id,
        "type": job.type,
        "name": job.name,
        "state": job.state,
        "claims": job.attempt,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "results": job.results,
        "regrades": max(job.results - 1, 0),
        "duplicate_posts": job.duplicate_posts,
        "error": job.error,
        "expect": json.loads(job.truth).get("expect", "done") if job.truth else "done",
        "summary": json.loads(job.summary) if job.summary else None,
        "created_at": job.created_at,
        "claimed_at": job.claimed_at,
        "lease_expires_at": job.lease_expires_at,
        "answered_at": job.answered_at,
    }


def _check_offer(fields: dict[str, Any]) -> None:
    reasons: dict[str, str] = {}
    if not isinstance(fields.get("type"), str):
        reasons["type"] = "must be a text"
    if not isinstance(fields.get("payload"), (dict, type(None))):
        reasons["payload"] = "must be an object"
    if not isinstance(fields.get("truth"), (dict, type(None))):
        reasons["truth"] = "must be an object"
    source_id = fields.get("source_id")
    if source_id is not None and not is_int(source_id):
        reasons["source_id"] = "must be an integer"
    if reasons:
        raise RefusedBodyError(reasons)


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise RefusedBodyError({"file_base64": f"is no base64: {error}"}) from error
