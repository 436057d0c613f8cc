"""The back end's video calls: videos out, heartbeats, packages or reasons in."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from threading import Lock
from typing import final

from typing_extensions import override

from academy_pipelines.contracts.videos import (
    VideoClaim,
    VideoCompletion,
    VideoFailure,
    VideoProgress,
    parse_video_claim,
)
from academy_pipelines.errors import AcademyError, MisconfiguredError
from academy_pipelines.resources.back_end import BackEnd, is_header_text

NO_CONTENT = 204
LOST_STATUSES = frozenset({404, 409, 410})
"""Answers to a heartbeat that mean: this video is not yours, or not there any more."""


class VideoApi(ABC):
    """Where videos are claimed and what became of them is told."""

    @abstractmethod
    def claim(self) -> VideoClaim | None:
        """Take the next video; None when none waits.

        Raises:
            UnavailableError: the back end did not answer, or asked us to come back later.
            ContractError: it answered something else than a video.
        """

    @abstractmethod
    def beat(self, video_id: int, progress: VideoProgress) -> bool:
        """Tell that a video is still worked on; False when the claim is lost: stop, and tell nothing more.

        Raises:
            UnavailableError: the back end did not answer; the claim may still be ours.
            ContractError: it refused the call.
        """

    @abstractmethod
    def complete(self, video_id: int, message: VideoCompletion) -> None:
        """Tell where a package lies. Telling it again is harmless.

        Raises:
            UnavailableError: the back end did not answer, or asked us to come back later; tell it again.
            ContractError: it refused, with its reason.
        """

    @abstractmethod
    def fail(self, video_id: int, message: VideoFailure) -> None:
        """Tell why there is no package; raises as `complete` does. Telling it again is harmless."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections; the gateway is not used afterwards."""


@final
class HttpVideoApi(VideoApi):
    """The video calls over HTTP; threads may share it.

    Args:
        base_url: root of the back end, without path.
        prefix: where the video routes are mounted, such as /api/v1/internal/video-worker.
        worker_token: sent as X-Worker-Token; masked in every message.
        worker_id: sent as X-Worker-Id: the name under which videos are claimed.
        timeout_s: longest wait for the connection, and for each part of the answer.
    """

    def __init__(
        self, base_url: str, prefix: str, worker_token: str, worker_id: str, *, timeout_s: float = 10.0
    ) -> None:
        if not (worker_id and is_header_text(worker_id)):
            raise MisconfiguredError(f"WORKER_ID={worker_id!r} has characters that no HTTP header carries; use ASCII")
        self._prefix = f"/{prefix.strip('/')}"
        self._back_end = BackEnd(
            base_url,
            worker_token,
            not_found_remedy="check API_BASE_URL and VIDEO_API_PREFIX",
            headers={"X-Worker-Id": worker_id},
            timeout_s=timeout_s,
        )

    @override
    def claim(self) -> VideoClaim | None:
        response = self._back_end.ask("GET", f"{self._prefix}/next/")
        if response.status_code == NO_CONTENT:
            return None
        return parse_video_claim(self._back_end.json(response))

    @override
    def beat(self, video_id: int, progress: VideoProgress) -> bool:
        return self._post(video_id, "heartbeat", progress, also=LOST_STATUSES) not in LOST_STATUSES

    @override
    def complete(self, video_id: int, message: VideoCompletion) -> None:
        self._post(video_id, "complete", message)

    @override
    def fail(self, video_id: int, message: VideoFailure) -> None:
        self._post(video_id, "fail", message)

    @override
    def close(self) -> None:
        self._back_end.close()

    def _post(
        self,
        video_id: int,
        call: str,
        message: VideoProgress | VideoCompletion | VideoFailure,
        *,
        also: frozenset[int] = frozenset(),
    ) -> int:
        path = f"{self._prefix}/{video_id}/{call}/"
        return self._back_end.ask("POST", path, message.model_dump_json().encode(), also=also).status_code


@final
class MemoryVideoApi(VideoApi):
    """A back end in memory, for tests: hands out `videos` in order and keeps what it is told.

    `completed` and `failed` list every call, `beats` the progress by video. Videos in `lost` are somebody else's;
    whatever `outage` holds is raised by every call, what `refusals` holds for a video when its outcome is told.
    """

    def __init__(self, videos: Iterable[VideoClaim] = ()) -> None:
        self._lock = Lock()
        self._waiting = deque(videos)
        self.completed: list[tuple[int, VideoCompletion]] = []
        self.failed: list[tuple[int, VideoFailure]] = []
        self.beats: dict[int, list[VideoProgress]] = {}
        self.lost: set[int] = set()
        self.outage: AcademyError | None = None
        self.refusals: dict[int, AcademyError] = {}

    def add(self, video: VideoClaim) -> None:
        """Append a video to those waiting."""
        with self._lock:
            self._waiting.append(video)

    @override
    def claim(self) -> VideoClaim | None:
        self._may_raise()
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    @override
    def beat(self, video_id: int, progress: VideoProgress) -> bool:
        self._may_raise()
        with self._lock:
            self.beats.setdefault(video_id, []).append(progress)
        return video_id not in self.lost

    @override
    def complete(self, video_id: int, message: VideoCompletion) -> None:
        self._may_raise(video_id)
        with self._lock:
            self.completed.append((video_id, message))

    @override
    def fail(self, video_id: int, message: VideoFailure) -> None:
        self._may_raise(video_id)
        with self._lock:
            self.failed.append((video_id, message))

    @override
    def close(self) -> None:
        """Nothing is open."""

    def _may_raise(self, video_id: int | None = None) -> None:
        problem = self.outage or (self.refusals.get(video_id) if video_id is not None else None)
        if problem:
            raise problem
