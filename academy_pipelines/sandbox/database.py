"""The sandbox's memory: one SQLite file that survives restarts and is shared between processes."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

BUSY_TIMEOUT_S = 10.0
"""How long a writer waits for another process (such as `academy sandbox enqueue`) to finish its transaction."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY, media_type TEXT NOT NULL, size_bytes INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, source_id INTEGER NOT NULL,
    name TEXT NOT NULL, payload TEXT NOT NULL, file_id TEXT, file_name TEXT, truth TEXT,
    state TEXT NOT NULL DEFAULT 'waiting', attempt INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL,
    available_at REAL, created_at REAL NOT NULL, claimed_at REAL, lease_expires_at REAL, answered_at REAL,
    results INTEGER NOT NULL DEFAULT 0, duplicate_posts INTEGER NOT NULL DEFAULT 0,
    error TEXT, summary TEXT
);
CREATE INDEX IF NOT EXISTS jobs_available ON jobs (available_at, seq) WHERE available_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_source ON jobs (source_id);
CREATE TABLE IF NOT EXISTS results (
    seq INTEGER PRIMARY KEY, job_seq INTEGER NOT NULL REFERENCES jobs, status TEXT NOT NULL, body TEXT NOT NULL,
    body_hash TEXT NOT NULL, received_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS results_job ON results (job_seq);
CREATE TABLE IF NOT EXISTS videos (
    video_id INTEGER PRIMARY KEY, name TEXT NOT NULL, source_url TEXT, file_id TEXT, file_name TEXT,
    state TEXT NOT NULL DEFAULT 'waiting', attempt INTEGER NOT NULL DEFAULT 0,
    available_at REAL, created_at REAL NOT NULL, claimed_at REAL, lease_expires_at REAL, answered_at REAL,
    worker_id TEXT, heartbeats INTEGER NOT NULL DEFAULT 0, heartbeat_at REAL, progress TEXT,
    results INTEGER NOT NULL DEFAULT 0, duplicate_posts INTEGER NOT NULL DEFAULT 0,
    body TEXT, hls_path TEXT, duration_s INTEGER, reason TEXT
);
CREATE INDEX IF NOT EXISTS videos_available ON videos (available_at, video_id) WHERE available_at IS NOT NULL;
"""
"""`available_at` is when a row may be handed out next: its creation, then the end of each lease, NULL once answered."""

ADDED_COLUMNS = {"progress": "ALTER TABLE videos ADD COLUMN progress TEXT"}
"""What the videos of an older state folder lack."""


class Database:
    """One connection, usable from every thread of this process; a lock makes its users take turns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)
        known = {row["name"] for row in self._connection.execute("PRAGMA table_info(videos)")}
        for statement in (ADDED_COLUMNS[name] for name in ADDED_COLUMNS.keys() - known):
            self._connection.execute(statement)

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection, None, None]:
        """Yield the connection inside one transaction: committed at the end, rolled back by any error."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, *parameters: object) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchone()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
