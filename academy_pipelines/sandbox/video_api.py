"""The video worker's side of the academy: claim, heartbeat, complete, fail."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.requests import (
    WORKER_HEADER,
    body_of,
    detail,
    file_address,
    own_address,
    refusal,
    refused_fields,
)
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.validation import (
    MAX_NUMBER,
    RefusedBodyError,
    completion_body,
    failure_body,
    json_object,
)
from academy_pipelines.sandbox.videos import Video, VideoOutcome

Check = Callable[[bytes], dict[str, Any]]
Take = Callable[[int, dict[str, Any]], VideoOutcome | None]


class VideoApi:
    """Endpoints below the video prefix."""

    def __init__(self, store: SandboxStore, options: SandboxOptions) -> None:
        self._store = store
        self._options = options

    def routes(self) -> list[Route]:
        """Return the routes under the chosen prefix."""
        prefix = "/" + self._options.video_prefix.strip("/")
        one = prefix + "/{video_id:int}"
        return [
            Route(f"{prefix}/next/", self.next_video, methods=["GET"]),
            Route(f"{one}/heartbeat/", self.heartbeat, methods=["POST"]),
            Route(f"{one}/complete/", self.complete, methods=["POST"]),
            Route(f"{one}/fail/", self.fail, methods=["POST"]),
        ]

    async def next_video(self, request: Request) -> Response:
        """Claim the next video; 204 when none waits."""
        refused = self._refusal(request)
        if refused:
            return refused
        video = self._store.videos.claim(request.headers[WORKER_HEADER], self._options.lease_s)
        if video is None:
            return Response(status_code=204)
        return JSONResponse(
            {
                "video_id": video.video_id,
                "source_url": self._source(video, own_address(request)),
                "title": video.name,
                "attempt": video.attempt,
            }
        )

    async def heartbeat(self, request: Request) -> Response:
        """Renew the lease and keep what the body tells, if there is one; 409 when another worker holds the video."""
        refused = self._refusal(request)
        if refused:
            return refused
        video_id, worker_id = request.path_params["video_id"], request.headers[WORKER_HEADER]
        raw = await body_of(request)
        try:
            progress = json_object(raw) if raw else None
        except RefusedBodyError as error:
            return refused_fields(error.reasons)
        if self._store.videos.get(video_id) is None:
            return detail(404, f"there is no video {video_id}")
        if not self._store.videos.beat(video_id, worker_id, self._options.lease_s, progress):
            return detail(409, f"video {video_id} is not claimed by {worker_id}")
        return JSONResponse({"ok": True})

    async def complete(self, request: Request) -> Response:
        """Take a finished video."""
        return await self._finish(request, completion_body, self._store.videos.complete)

    async def fail(self, request: Request) -> Response:
        """Take the reason why a video cannot be finished."""
        return await self._finish(request, failure_body, self._store.videos.fail)

    async def _finish(self, request: Request, check: Check, take: Take) -> Response:
        refused = self._refusal(request)
        if refused:
            return refused
        raw = await body_of(request)
        if raw is None:
            return detail(413, "the body is too long")
        try:
            body = check(raw)
        except RefusedBodyError as error:
            return refused_fields(error.reasons)
        outcome = take(request.path_params["video_id"], body)
        if outcome is None:
            return detail(404, f"there is no video {request.path_params['video_id']}")
        return JSONResponse({"ok": True, "outcome": outcome})

    def _source(self, video: Video, address: str) -> str:
        if video.file_id and video.file_name:
            file = (video.file_id, video.file_name)
            return file_address(self._store.files, file, address, self._options.url_ttl_s)
        return str(video.source_url).replace("{sandbox}", address)

    def _refusal(self, request: Request) -> Response | None:
        refused = refusal(request, self._options.token)
        if refused is None and not request.headers.get(WORKER_HEADER):
            return detail(400, f"send the header {WORKER_HEADER}")
        if request.path_params.get("video_id", 0) > MAX_NUMBER:
            return detail(404, "there is no such video")
        return refused


def as_json(video: Video) -> dict[str, object]:
    """Return what `/api/sandbox/videos` tells about a video."""
    return {
        "video_id": video.video_id,
        "name": video.name,
        "state": video.state,
        "attempt": video.attempt,
        "worker_id": video.worker_id,
        "heartbeats": video.heartbeats,
        "progress": json.loads(video.progress) if video.progress else None,
        "hls_path": video.hls_path,
        "duration": video.duration_s,
        "reason": video.reason,
        "results": video.results,
        "duplicate_posts": video.duplicate_posts,
        "body": json.loads(video.body) if video.body else None,
        "created_at": video.created_at,
        "claimed_at": video.claimed_at,
        "lease_expires_at": video.lease_expires_at,
        "answered_at": video.answered_at,
    }
