"""The person's side of the academy: what was asked, what came back, and the picture of every sheet."""

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from academy_pipelines.sandbox.faults import FaultInjector
from academy_pipelines.sandbox.file_pages import first_read
from academy_pipelines.sandbox.jobs import Job
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.pictures import Pictures
from academy_pipelines.sandbox.player import PublishedVideos
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.views import clock_time, job_detail, job_row, page_links, partition_url, span, video_row

ROWS_PER_PAGE = 50
STATES = ("waiting", "claimed", "done", "failed")

_REVIEW_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
"""The page itself carries what a browser may do with it."""

_PICTURE_HEADERS = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}


class Pages:
    """The list of jobs at `/`, one page a job, their pictures."""

    def __init__(self, store: SandboxStore, options: SandboxOptions, injector: FaultInjector) -> None:
        self._store = store
        self._options = options
        self._injector = injector
        self._pictures = Pictures(store, options.artefacts)
        self._published = PublishedVideos(store, options.artefacts)
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"clock": clock_time, "span": span}

    def routes(self) -> list[Route]:
        """Return the routes; functions that are not `async` run in threads, beside the workers' calls."""
        return [
            Route("/", self.overview, methods=["GET"]),
            Route("/jobs/{job_id}", self.detail, methods=["GET"]),
            Route("/jobs/{job_id}/thumbnail.jpg", self.thumbnail, methods=["GET"]),
            Route("/jobs/{job_id}/overlay.jpg", self.overlay, methods=["GET"]),
            Route("/jobs/{job_id}/review.html", self.review, methods=["GET"]),
            Route("/videos/{video_id:int}", self.video, methods=["GET"]),
            *self._published.routes(),
        ]

    def overview(self, request: Request) -> Response:
        """Show counts and a page of jobs; `?state=` and `?page=` choose them."""
        state = request.query_params.get("state", "")
        state = state if state in STATES else ""
        page = _page_number(request.query_params.get("page", "1"))
        counts = self._store.jobs.counts()
        total = counts[state] if state else counts["jobs"]
        jobs = self._store.jobs.page(state, ROWS_PER_PAGE, (page - 1) * ROWS_PER_PAGE)
        return self._answer(
            request,
            "overview.html",
            {
                "counts": counts,
                "jobs": [{**job_row(job), "has_picture": self._has_picture(job)} for job in jobs],
                "videos": [video_row(video) for video in self._store.videos.all()],
                "state": state,
                "states": STATES,
                "page": page,
                "pages": max(-(-total // ROWS_PER_PAGE), 1),
                "faults": self._injector.faults.active,
                "happened": dict(self._injector.happened),
            },
        )

    def detail(self, request: Request) -> Response:
        """Show one job: its sheet, its answers, what was sent and what came back; `?page=` chooses one of several."""
        job = self._store.jobs.get(request.path_params["job_id"])
        if job is None:
            return HTMLResponse(self._environment.get_template("missing.html").render(nonce=""), status_code=404)
        results = self._store.jobs.results(job.id)
        latest = json.loads(results[-1].body).get("result") if results else None
        asked = request.query_params.get("page", "")
        page = _page_number(asked) if asked else first_read(latest)
        view = job_detail(job, results, self._options.dagster_url, page)
        view["has_picture"] = self._has_picture(job)
        view["pages"] = page_links(latest, self._pictures.page_count(job), page)
        return self._answer(request, "job.html", view)

    def thumbnail(self, request: Request) -> Response:
        """Give out the small picture of a job's file; 404 when it is no picture."""
        job = self._store.jobs.get(request.path_params["job_id"])
        return _picture(self._pictures.thumbnail(job) if job else None)

    def overlay(self, request: Request) -> Response:
        """Give out a sheet with what was read drawn on it, of the file's `?page=`; 404 when it cannot be shown."""
        job = self._store.jobs.get(request.path_params["job_id"])
        page = _page_number(request.query_params.get("page", "1"))
        return _picture(self._pictures.overlay(job, page) if job else None)

    def review(self, request: Request) -> Response:
        """Give out the page on which a person puts a result's doubtful rows right; 404 when they cannot be shown."""
        job = self._store.jobs.get(request.path_params["job_id"])
        page = self._pictures.review(job) if job else None
        if page is None:
            return HTMLResponse(self._environment.get_template("missing.html").render(nonce=""), status_code=404)
        return HTMLResponse(page, headers=_REVIEW_HEADERS)

    def video(self, request: Request) -> Response:
        """Show one video: a player for what was published, and how it came about."""
        video = self._store.videos.get(request.path_params["video_id"])
        if video is None:
            return HTMLResponse(self._environment.get_template("missing.html").render(nonce=""), status_code=404)
        partition = partition_url(self._options.dagster_url, video.video_id, "video_result")
        return self._answer(
            request, "video.html", {**video_row(video), **self._published.view(video), "partition_url": partition}
        )

    def _has_picture(self, job: Job) -> bool:
        return self._pictures.thumbnail(job) is not None

    def _answer(self, request: Request, template: str, view: dict[str, Any]) -> Response:
        nonce = secrets.token_urlsafe(12)
        view |= {"dagster_url": self._options.dagster_url, "asked": request.url.path}
        text = self._environment.get_template(template).render(**view, nonce=nonce)
        tag = hashlib.sha256(text.replace(nonce, "").encode()).hexdigest()[:24]
        if request.headers.get("if-none-match") == f'"{tag}"':
            return Response(status_code=304, headers={"ETag": f'"{tag}"'})
        return HTMLResponse(text, headers={"ETag": f'"{tag}"', "Cache-Control": "no-cache", **_page_policy(nonce)})


def _page_policy(nonce: str) -> dict[str, str]:
    sources = f"default-src 'none'; img-src 'self'; media-src blob:; connect-src 'self'; style-src 'nonce-{nonce}'"
    return {
        "Content-Security-Policy": f"{sources}; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def _picture(data: bytes | None) -> Response:
    if data is None:
        return Response(status_code=404)
    return Response(data, media_type="image/jpeg", headers=_PICTURE_HEADERS)


def _page_number(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004 - digits
