"""The academy's AI jobs: offered, leased to one worker at a time, answered."""

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from academy_pipelines.sandbox.database import Database
from academy_pipelines.sandbox.files import StoredFile
from academy_pipelines.sandbox.summaries import summarise

DEFAULT_LEASE_S = 600.0
MAX_ATTEMPTS = 5
"""How often a job is handed out before the academy gives it up."""

FIRST_SOURCE_ID = 1001

JobState = Literal["waiting", "claimed", "done", "failed"]
Outcome = Literal["accepted", "duplicate", "regraded"]

GIVEN_UP = "abandoned: handed out {attempts} times, never answered"


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a person offers: `payload` may hold "{sandbox}" wherever the server's own address belongs.

    `truth` is what the result should say, for the person's page; no worker ever sees it.
    `source_id` is the submission; None takes the next free number.
    """

    type: str
    payload: dict[str, Any] = field(default_factory=dict[str, Any])
    file: StoredFile | None = None
    source_id: int | None = None
    name: str = ""
    truth: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it stands; times are seconds since 1970, `summary` and `truth` are JSON."""

    seq: int
    id: str
    type: str
    source_id: int
    name: str
    payload: str
    file_id: str | None
    file_name: str | None
    truth: str | None
    state: JobState
    attempt: int
    max_attempts: int
    created_at: float
    claimed_at: float | None
    lease_expires_at: float | None
    answered_at: float | None
    results: int
    duplicate_posts: int
    error: str | None
    summary: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """One accepted answer to a job."""

    status: str
    body: str
    received_at: float


_COLUMNS = ", ".join(item.name for item in fields(Job))
_NEXT = f"SELECT {_COLUMNS} FROM jobs WHERE available_at <= ? ORDER BY available_at, seq LIMIT 1"  # noqa: S608 - constant
_ONE = f"SELECT {_COLUMNS} FROM jobs WHERE id = ?"  # noqa: S608 - constant
_PAGE = f"SELECT {_COLUMNS} FROM jobs WHERE ? IN ('', state) ORDER BY seq LIMIT ? OFFSET ?"  # noqa: S608 - constant
_ANSWERED = (
    f"SELECT {_COLUMNS} FROM jobs WHERE source_id = ? "  # noqa: S608 - constant
    "ORDER BY state = 'claimed' DESC, CASE WHEN state = 'claimed' THEN seq ELSE -seq END LIMIT 1"
)


class JobBook:
    """All jobs of one academy."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def offer(self, new: NewJob) -> Job:
        """Add a job that waits to be claimed."""
        job_id, now = str(uuid.uuid4()), self._clock()
        file = new.file
        payload = {name: value for name, value in new.payload.items() if file is None or name != "download_url"}
        with self._database.writing() as connection:
            source_id = _next_source_id(connection) if new.source_id is None else new.source_id
            connection.execute(
                "INSERT INTO jobs (id, type, source_id, name, payload, file_id, file_name, truth, max_attempts, "
                "available_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(job_id, new.type, source_id, new.name or (file.name if file else new.type)),
                    *(json.dumps(payload, ensure_ascii=False), file and file.id, file and file.name),
                    *(new.truth and json.dumps(new.truth, ensure_ascii=False), MAX_ATTEMPTS, now, now),
                ),
            )
            return _job(connection.execute(_ONE, (job_id,)).fetchone())

    def claim(self, lease_s: float = DEFAULT_LEASE_S, *, twice: bool = False) -> Job | None:
        """Hand out the job that has waited longest, in one transaction; None when none waits.

        A job not answered within `lease_s` seconds waits again, until it was handed out
        `max_attempts` times. `twice` leaves a job's first delivery open, so that the next claim gets it too.
        """
        now = self._clock()
        with self._database.writing() as connection:
            while row := connection.execute(_NEXT, (now,)).fetchone():
                if row["attempt"] < row["max_attempts"]:
                    return _lease(connection, row, now, lease_s, twice=twice)
                connection.execute(
                    "UPDATE jobs SET state = 'failed', available_at = NULL, lease_expires_at = NULL, error = ? "
                    "WHERE seq = ?",
                    (GIVEN_UP.format(attempts=row["attempt"]), row["seq"]),
                )
        return None

    def answer(self, body: dict[str, Any]) -> Outcome | None:
        """Take a (validated) result; None when no job has this submission.

        The same result again only counts as a duplicate; a different one is kept as a re-grade.
        """
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self._database.writing() as connection:
            row = connection.execute(_ANSWERED, (body["submission_id"],)).fetchone()
            if row is None:
                return None
            if _latest_hash(connection, row["seq"]) == digest:
                connection.execute("UPDATE jobs SET duplicate_posts = duplicate_posts + 1 WHERE seq = ?", (row["seq"],))
                return "duplicate"
            self._keep(connection, row, body, (text, digest))
        return "regraded" if row["results"] else "accepted"

    def get(self, job_id: str) -> Job | None:
        """Return one job."""
        row = self._database.row(_ONE, job_id)
        return _job(row) if row else None

    def page(self, state: str = "", limit: int = -1, offset: int = 0) -> list[Job]:
        """Return jobs in the order they were offered; `state` "" means all, `limit` -1 means no limit."""
        return [_job(row) for row in self._database.rows(_PAGE, state, limit, offset)]

    def results(self, job_id: str) -> list[Result]:
        """Return every different result of a job, oldest first."""
        sql = (
            "SELECT r.status, r.body, r.received_at FROM results r JOIN jobs j ON j.seq = r.job_seq "
            "WHERE j.id = ? ORDER BY r.seq"
        )
        return [Result(**dict(row)) for row in self._database.rows(sql, job_id)]

    def counts(self) -> dict[str, int]:
        """Return how many jobs are in each state, and how many claims, results and duplicate posts there were."""
        row = self._database.row(
            "SELECT coalesce(sum(state = 'waiting'), 0) waiting, coalesce(sum(state = 'claimed'), 0) claimed, "
            "coalesce(sum(state = 'done'), 0) done, coalesce(sum(state = 'failed'), 0) failed, count(*) jobs, "
            "coalesce(sum(attempt), 0) claims, coalesce(sum(results), 0) results, "
            "coalesce(sum(max(results - 1, 0)), 0) regrades, coalesce(sum(duplicate_posts), 0) duplicate_posts, "
            "coalesce(sum(json_extract(summary, '$.flagged')), 0) flagged FROM jobs",
        )
        return dict(row) if row else {}

    def _keep(
        self, connection: sqlite3.Connection, row: sqlite3.Row, body: dict[str, Any], canonical: tuple[str, str]
    ) -> None:
        now, status = self._clock(), str(body["status"])
        connection.execute(
            "INSERT INTO results (job_seq, status, body, body_hash, received_at) VALUES (?, ?, ?, ?, ?)",
            (row["seq"], status, *canonical, now),
        )
        truth = json.loads(row["truth"]) if row["truth"] else None
        summary = json.dumps(summarise(row["type"], body["result"], truth), ensure_ascii=False)
        connection.execute(
            "UPDATE jobs SET state = ?, available_at = NULL, lease_expires_at = NULL, answered_at = ?, "
            "results = results + 1, error = ?, summary = ? WHERE seq = ?",
            (status, now, body["error"], summary, row["seq"]),
        )


def _lease(connection: sqlite3.Connection, row: sqlite3.Row, now: float, lease_s: float, *, twice: bool) -> Job:
    until = now + lease_s
    available = row["created_at"] if twice and row["attempt"] == 0 else until
    connection.execute(
        "UPDATE jobs SET state = 'claimed', attempt = attempt + 1, claimed_at = ?, lease_expires_at = ?, "
        "available_at = ? WHERE seq = ?",
        (now, until, available, row["seq"]),
    )
    changed: dict[str, Any] = {
        "state": "claimed",
        "attempt": row["attempt"] + 1,
        "claimed_at": now,
        "lease_expires_at": until,
    }
    return Job(**{**dict(row), **changed})


def _latest_hash(connection: sqlite3.Connection, job_seq: int) -> str | None:
    sql = "SELECT body_hash FROM results WHERE job_seq = ? ORDER BY seq DESC LIMIT 1"
    row = connection.execute(sql, (job_seq,)).fetchone()
    return row["body_hash"] if row else None


def _next_source_id(connection: sqlite3.Connection) -> int:
    last = connection.execute("SELECT max(source_id) FROM jobs").fetchone()[0]
    return FIRST_SOURCE_ID if last is None else max(int(last) + 1, FIRST_SOURCE_ID)


def _job(row: sqlite3.Row) -> Job:
    return Job(**dict(row))
