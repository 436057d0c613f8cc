"""Pictures of sheets for the person's page: a thumbnail, and the sheet with its reading drawn on it."""

import json
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from academy_pipelines.errors import UnreadableImageError
from academy_pipelines.imaging import encode_jpeg
from academy_pipelines.pages.file import pages_of
from academy_pipelines.pages.pdf import is_pdf
from academy_pipelines.sandbox.file_pages import result_of
from academy_pipelines.sandbox.jobs import Job
from academy_pipelines.sandbox.overlays import draw_result
from academy_pipelines.sandbox.region_overlays import draw_regions, holds_regions
from academy_pipelines.sandbox.reviews import review_page
from academy_pipelines.sandbox.store import SandboxStore

THUMBNAIL_WIDTH_PX = 240
OVERLAY_SUFFIXES = (".jpg", ".jpeg")


class Pictures:
    """Makes and finds the pictures of jobs; `artefacts` is a folder that is only read."""

    def __init__(self, store: SandboxStore, artefacts: Path | None) -> None:
        self._store = store
        self._artefacts = artefacts.resolve() if artefacts else None

    def thumbnail(self, job: Job) -> bytes | None:
        """Return a JPEG `THUMBNAIL_WIDTH_PX` wide, or None when the job's file is no picture."""
        path = self._file(job)
        return _thumbnail(path) if path else None

    def page_count(self, job: Job) -> int:
        """Return how many pages the job's file has, 0 when it is nothing with pages."""
        path = self._file(job)
        return _page_count(path) if path else 0

    def overlay(self, job: Job, page: int = 1) -> bytes | None:
        """Return a page's sheet with its latest result: the picture that the result names, or one drawn now.

        A job without a result shows its picture alone; None when its file has no such page, or it is damaged.
        """
        results = self._store.jobs.results(job.id)
        body = results[-1].body if results else "{}"
        if self._artefacts is not None:
            delivered = artefact_path(self._artefacts, _overlay_key(body, page))
            if delivered is not None:
                return delivered.read_bytes()
        path = self._file(job)
        return _drawn(path, job.payload, body, page) if path else None

    def review(self, job: Job) -> str | None:
        """Return the review page of the latest result's doubtful rows, None when they cannot be shown."""
        results, path = self._store.jobs.results(job.id), self._file(job)
        if not results or path is None:
            return None
        result = json.loads(results[-1].body).get("result")
        return review_page(path.read_bytes(), json.loads(job.payload), result, job.source_id, job.name)

    def _file(self, job: Job) -> Path | None:
        if job.file_id is None or job.file_name is None:
            return None
        file = self._store.files.find(job.file_id, job.file_name)
        return file.path if file and file.path.is_file() else None


def artefact_path(root: Path, key: str | None) -> Path | None:
    """Return the JPEG that `key` names below `root` (a resolved path); None when it is elsewhere or not there."""
    if not key or "\0" in key:
        return None
    path = (root / key).resolve()
    is_ours = path.is_relative_to(root) and path.suffix.lower() in OVERLAY_SUFFIXES
    return path if is_ours and path.is_file() else None


def _overlay_key(body: str, page: int) -> str | None:
    result = result_of(json.loads(body).get("result"), page)
    artifacts = result.get("artifacts") if result is not None else None
    key = artifacts.get("overlay_key") if isinstance(artifacts, dict) else None
    return key if isinstance(key, str) else None


@lru_cache(maxsize=64)
def _drawn(path: Path, payload: str, body: str, page: int) -> bytes | None:
    result = json.loads(body).get("result")
    try:
        pages = pages_of(path.read_bytes())
        if page > len(pages):
            return None
        picture = pages[page - 1].decode()
    except UnreadableImageError:
        return None
    if holds_regions(result):
        return draw_regions(picture, pages[page - 1].full_size_px, result, page)
    return draw_result(picture, json.loads(payload), result_of(result, page))


@lru_cache(maxsize=512)
def _page_count(path: Path) -> int:
    try:
        return len(pages_of(path.read_bytes()))
    except UnreadableImageError:
        return 0


@lru_cache(maxsize=512)
def _thumbnail(path: Path) -> bytes | None:
    data = path.read_bytes()
    try:
        first = next(page for page in pages_of(data) if not page.is_broken)
        coloured = None if is_pdf(data) else cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_4)
        small = first.decode() if coloured is None else coloured
    except UnreadableImageError:
        return None
    height_px = max(round(small.shape[0] * THUMBNAIL_WIDTH_PX / small.shape[1]), 1)
    resized = cv2.resize(small, (THUMBNAIL_WIDTH_PX, height_px), interpolation=cv2.INTER_AREA)
    return encode_jpeg(resized.astype(np.uint8, copy=False))
