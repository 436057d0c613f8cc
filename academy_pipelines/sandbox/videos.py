"""The academy's lecture videos: offered, leased while their worker's heart beats, completed or failed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal

from academy_pipelines.sandbox.database import Database
from academy_pipelines.sandbox.files import StoredFile

VideoOutcome = Literal["accepted", "duplicate", "replaced", "ignored"]


@dataclass(frozen=True, slots=True)
class Video:
    """One video as it stands; times are seconds since 1970, `progress` and `body` are JSON."""

    video_id: int
    name: str
    source_url: str | None
    file_id: str | None
    file_name: str | None
    state: str
    attempt: int
    created_at: float
    claimed_at: float | None
    lease_expires_at: float | None
    answered_at: float | None
    worker_id: str | None
    heartbeats: int
    heartbeat_at: float | None
    progress: str | None
    results: int
    duplicate_posts: int
    body: str | None
    hls_path: str | None
    duration_s: int | None
    reason: str | None

    @property
    def under_way(self) -> dict[str, Any] | None:
        """What the last heartbeat told, while the video is worked on."""
        return json.loads(self.progress) if self.progress and self.state == "claimed" else None


_COLUMNS = ", ".join(item.name for item in fields(Video))
_NEXT = f"SELECT {_COLUMNS} FROM videos WHERE available_at <= ? ORDER BY available_at, video_id LIMIT 1"  # noqa: S608 - constant
_ONE = f"SELECT {_COLUMNS} FROM videos WHERE video_id = ?"  # noqa: S608 - constant
_ALL = f"SELECT {_COLUMNS} FROM videos ORDER BY video_id"  # noqa: S608 - constant


class VideoBook:
    """All videos of one academy."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def offer(self, source: StoredFile | str, name: str = "", video_id: int | None = None) -> Video:
        """Add a video: a kept file, or an address (where "{sandbox}" stands for the server's own)."""
        now = self._clock()
        file = None if isinstance(source, str) else source
        url = source if isinstance(source, str) else None
        title = name or (file.name if file else str(url))
        with self._database.writing() as connection:
            cursor = connection.execute(
                "INSERT INTO videos (video_id, name, source_url, file_id, file_name, available_at, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (video_id, title, url, file and file.id, file and file.name, now, now),
            )
            return Video(**dict(connection.execute(_ONE, (cursor.lastrowid,)).fetchone()))

    def claim(self, worker_id: str, lease_s: float) -> Video | None:
        """Lease the video that has waited longest to `worker_id` for `lease_s` seconds; None when none waits."""
        now = self._clock()
        with self._database.writing() as connection:
            row = connection.execute(_NEXT, (now,)).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE videos SET state = 'claimed', attempt = attempt + 1, claimed_at = ?, worker_id = ?, "
                "lease_expires_at = ?, available_at = ? WHERE video_id = ?",
                (now, worker_id, now + lease_s, now + lease_s, row["video_id"]),
            )
            return Video(**dict(connection.execute(_ONE, (row["video_id"],)).fetchone()))

    def beat(self, video_id: int, worker_id: str, lease_s: float, progress: dict[str, Any] | None = None) -> bool:
        """Count a heartbeat, keep what it tells and renew the lease; False when another worker holds the video.

        A beat that overtakes its worker's own `complete` is counted and changes nothing.
        """
        now = self._clock()
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE videos SET heartbeats = heartbeats + 1, heartbeat_at = ?, progress = coalesce(?, progress), "
                "lease_expires_at = CASE WHEN state = 'claimed' THEN ? END, "
                "available_at = CASE WHEN state = 'claimed' THEN ? END "
                "WHERE video_id = ? AND worker_id = ?",
                (now, json.dumps(progress) if progress else None, now + lease_s, now + lease_s, video_id, worker_id),
            )
            return changed.rowcount == 1

    def complete(self, video_id: int, body: dict[str, Any]) -> VideoOutcome | None:
        """Take a (validated) completion; None when there is no such video."""
        values = {"state": "done", "hls_path": body["hls_path"], "duration_s": body["duration"], "reason": None}
        return self._close(video_id, body, values)

    def fail(self, video_id: int, body: dict[str, Any]) -> VideoOutcome | None:
        """Take a (validated) failure; one that arrives after a completion is ignored."""
        video = self.get(video_id)
        if video is not None and video.state == "done":
            return "ignored"
        return self._close(video_id, body, {"state": "failed", "reason": body["reason"]})

    def get(self, video_id: int) -> Video | None:
        """Return one video."""
        row = self._database.row(_ONE, video_id)
        return Video(**dict(row)) if row else None

    def all(self) -> list[Video]:
        """Return every video in the order of its number."""
        return [Video(**dict(row)) for row in self._database.rows(_ALL)]

    def _close(self, video_id: int, body: dict[str, Any], values: dict[str, Any]) -> VideoOutcome | None:
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        with self._database.writing() as connection:
            row = connection.execute(_ONE, (video_id,)).fetchone()
            if row is None:
                return None
            if row["state"] == values["state"] and row["body"] == text:
                connection.execute(
                    "UPDATE videos SET duplicate_posts = duplicate_posts + 1 WHERE video_id = ?", (video_id,)
                )
                return "duplicate"
            changes = {**values, "body": text, "answered_at": self._clock(), "results": row["results"] + 1}
            changes |= {"available_at": None, "lease_expires_at": None}
            assignments = ", ".join(f"{name} = ?" for name in changes)
            connection.execute(
                f"UPDATE videos SET {assignments} WHERE video_id = ?",  # noqa: S608 - names are ours
                (*changes.values(), video_id),
            )
        return "replaced" if row["results"] else "accepted"
