"""A page a video: a player for what was published, with its storyboard, and the published files themselves.

The player is hls.js 1.7.4 (`static/hls.min.js`, Apache License 2.0, `static/hls.LICENSE.txt`), kept here because the
sandbox works without a network.
"""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.videos import Video
from academy_pipelines.video.delivery import MASTER, headers_of
from academy_pipelines.video.package import STORYBOARD, THUMBNAIL

STATIC = Path(__file__).parent / "static"
LIBRARY = "hls.min.js"
_LIBRARY_HEADERS = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}


class PublishedVideos:
    """Gives out the files of finished videos from the folder that they were published to."""

    def __init__(self, store: SandboxStore, published: Path | None) -> None:
        self._store = store
        self._published = published

    def routes(self) -> list[Route]:
        """Return the routes of files; the page itself is one of `Pages`."""
        return [
            Route("/videos/{video_id:int}/hls/{path:path}", self.file, methods=["GET", "HEAD"]),
            Route(f"/static/{LIBRARY}", self.library, methods=["GET"]),
        ]

    def file(self, request: Request) -> Response:
        """Give out one file of a video's package, or a range of its bytes; 404 for anything else."""
        video = self._store.videos.get(request.path_params["video_id"])
        path = self._path(video, request.path_params["path"]) if video is not None else None
        if path is None:
            return Response(status_code=404)
        try:
            headers = headers_of(path.name)
        except ValueError:
            return Response(status_code=404)
        cached = {"Cache-Control": headers.cache_control, "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type=headers.content_type, headers=cached)

    def library(self, _: Request) -> Response:
        """Give out hls.js."""
        return FileResponse(STATIC / LIBRARY, media_type="text/javascript", headers=_LIBRARY_HEADERS)

    def view(self, video: Video) -> dict[str, Any]:
        """Return what the page of `video` shows of its files: their addresses, None where there is no such file."""
        files = f"/videos/{video.video_id}/hls/"
        names = {"master": MASTER, "poster": THUMBNAIL, "storyboard": STORYBOARD}
        return {key: files + name if self._path(video, name) else None for key, name in names.items()}

    def _path(self, video: Video | None, name: str) -> Path | None:
        if video is None or video.hls_path is None or self._published is None:
            return None
        folder = (self._published / video.hls_path).parent.resolve()
        path = (folder / name).resolve()
        inside = folder.is_relative_to(self._published.resolve()) and path.is_relative_to(folder)
        return path if inside and path.is_file() else None
