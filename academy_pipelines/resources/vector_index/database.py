"""Connections to an index's database, and its errors in our words."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from academy_pipelines.errors import MisconfiguredError, UnavailableError

SQLITE_BUSY_TIMEOUT_S = 30.0
_WRITES = "academy_writes"


class IndexDatabase:
    """One connection pool; `reading` and `writing` are the only ways in."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the index is a file."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """One consistent view that makes nobody wait."""
        with _translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[sa.Connection]:
        """One atomic change; SQLite takes its write lock at the start."""
        with _translated(), self._engine.execution_options(**{_WRITES: True}).begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except (OperationalError, PoolTimeoutError) as error:
        raise UnavailableError(f"the vector index did not answer: {type(error).__name__}: {error}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise UnavailableError(f"the vector index's connection was lost: {type(error).__name__}") from error
        raise


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        message = "ACADEMY_VECTORS_URL is not a database URL; use sqlite:///path or postgresql://user:…@host/name"
        raise MisconfiguredError(message) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    if parsed.get_backend_name() != "postgresql":
        message = f"ACADEMY_VECTORS_URL has the scheme {parsed.drivername!r}; only sqlite and postgresql keep vectors"
        raise MisconfiguredError(message)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg2")
    return sa.create_engine(parsed, pool_pre_ping=True)


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise MisconfiguredError("ACADEMY_VECTORS_URL names no file; use sqlite:///path")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def misconfigured(remedy: str) -> Generator[None]:
    """Turn a database's refusal into `MisconfiguredError` with a remedy."""
    try:
        yield
    except DatabaseError as error:
        raise MisconfiguredError(f"the database refuses to be a vector index: {error.orig}; {remedy}") from error
