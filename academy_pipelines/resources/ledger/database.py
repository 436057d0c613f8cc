"""Open the ledger's database: connection options, locking and migrations.

SQLite runs in WAL mode with `synchronous=NORMAL`: a commit survives the death of any process. A power cut
may take back the last commits but never damages the file; the back end's own lease then hands those jobs out again.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from academy_pipelines.contracts.json_text import json_text, read_json
from academy_pipelines.errors import MisconfiguredError, UnavailableError

SQLITE_BUSY_TIMEOUT_MS = 30_000
HEAD_REVISION = "0004"
MIGRATION_LOCK = 0x61636164
"""Key of PostgreSQL's advisory lock, so that two starting processes migrate one after the other."""


IN_CHUNKS_OF = 500
"""Values of one SQL IN list; SQLite allows 32,766 variables in a statement, and short lists stay readable."""


class Database:
    """One connection pool; `transaction` is the only way in, and maps the library's errors."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._migrate()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the default, single-host deployment."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Generator[sa.Connection]:
        """One atomic change; SQLite takes its write lock at the start, so reads inside are never stale.

        Raises:
            UnavailableError: the database did not answer, or stayed locked too long.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OperationalError, PoolTimeoutError) as error:
            raise UnavailableError(f"the ledger did not answer: {error.__class__.__name__}: {error}") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise UnavailableError(f"the ledger's connection was lost: {error.__class__.__name__}") from error
            raise

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _migrate(self) -> None:
        if self._revision() == HEAD_REVISION:
            return
        from alembic import command  # noqa: PLC0415 - only a new or old database needs alembic
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.transaction() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def _revision(self) -> str | None:
        with self.transaction() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        message = "LEDGER_URL is not a database URL; use sqlite:///path or postgresql+psycopg2://user:…@host/name"
        raise MisconfiguredError(message) from error
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg2")
    return sa.create_engine(parsed, pool_pre_ping=True, json_serializer=json_text, json_deserializer=read_json)


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_MS / 1000},
        json_serializer=json_text,
        json_deserializer=read_json,
    )

    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def chunks(values: Iterable[str]) -> list[list[str]]:
    """Return the values in lists short enough for one statement."""
    everything = list(values)
    return [everything[start : start + IN_CHUNKS_OF] for start in range(0, len(everything), IN_CHUNKS_OF)]


def _configure_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
