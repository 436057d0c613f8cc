"""Neighbours to talk to: an HTTP server that answers whatever a test says, and a Redis server."""

import logging
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import boto3
import pytest
from moto.server import ThreadedMotoServer
from typing_extensions import override

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Loopback:
    """A server on 127.0.0.1; `answers` are by path without query, everything else is 404."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    connections: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"http://{self.host}"

    def serve(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """Answer with a whole message; `headers` are written with underscores. Returns the URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.serve_raw(path, _message(status, body, {"Content-Length": str(len(body)), **named}))

    def serve_raw(self, path: str, *pieces: bytes | float, hangs_up: bool = False) -> str:
        """Answer with these bytes; a number waits that many seconds. Returns the URL."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.close_connection = hangs_up
            for piece in pieces:
                if isinstance(piece, bytes):
                    handler.wfile.write(piece)
                else:
                    Event().wait(piece)

        self.answers[path] = answer
        return f"{self.base_url}{path}"


def _message(status: int, body: bytes, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64
    block_on_close = True

    @override
    def handle_error(self, request, client_address):
        """A client that hangs up is what some tests want."""


@contextmanager
def _served() -> Iterator[Loopback]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        @override
        def setup(self) -> None:
            super().setup()
            loopback.connections += 1

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            loopback.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
            path = self.path.partition("?")[0]
            with suppress(ConnectionError):
                loopback.answers.get(path, _missing)(self)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Tests speak for themselves."""

    server = _Server(("127.0.0.1", 0), Handler)
    loopback = Loopback(server.server_port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _missing(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(_message(404, b"nothing here", {"Content-Length": "12"}))


@pytest.fixture
def loopback():
    with _served() as server:
        yield server


@pytest.fixture
def dead_url():
    """An address of this machine where nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """A server that speaks S3."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(s3_url: str) -> str:
    name = f"academy-{uuid.uuid4().hex}"
    client = boto3.client(
        "s3", endpoint_url=s3_url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_bucket(Bucket=name)
    return name
