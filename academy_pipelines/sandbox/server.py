"""The academy as a server: its application, and how to run it here or inside a test."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from academy_pipelines.errors import UnavailableError
from academy_pipelines.sandbox.control_api import ControlApi
from academy_pipelines.sandbox.faults import FaultInjector, Faults, FaultyConnection
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.pages import Pages
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.video_api import VideoApi
from academy_pipelines.sandbox.worker_api import WorkerApi

KEEP_ALIVE_S = 75
"""As long as nginx keeps idle connections, so that a worker's pooled ones rarely die under it."""

START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 2


def create_app(store: SandboxStore, options: SandboxOptions, injector: FaultInjector) -> ASGIApp:
    """Return the whole academy; faults happen to workers' calls and files, never to pages or `/api/sandbox`."""
    routes = [
        *WorkerApi(store, options).routes(),
        *VideoApi(store, options).routes(),
        *ControlApi(store, options, injector).routes(),
        *Pages(store, options, injector).routes(),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    prefixes = ("/api/v1/", "/files/", "/" + options.video_prefix.strip("/") + "/")
    return FaultyConnection(app, injector, prefixes)


class _HangableProtocol(HttpToolsProtocol):
    """HTTP/1.1 that lets the application close the connection without an answer."""

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport  # pyright: ignore[reportTypedDictNotRequiredAccess] - set above


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port` (0 takes a free one); early callers wait for the server.

    Raises:
        UnavailableError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise UnavailableError(f"cannot listen on {host}:{port} ({error}); choose another port") from error
    return listener


def academy_server(app: ASGIApp) -> uvicorn.Server:
    """Return a server that is not running yet; `run(sockets=[...])` serves until it is told to stop."""
    config = uvicorn.Config(
        app,
        http=_HangableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )
    return uvicorn.Server(config)


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """An academy that is open: where it is, what it knows, how it misbehaves."""

    base_url: str
    store: SandboxStore
    options: SandboxOptions
    injector: FaultInjector


@contextlib.contextmanager
def running_sandbox(
    store: SandboxStore | Path,
    options: SandboxOptions | None = None,
    faults: Faults | None = None,
    port: int = 0,
) -> Generator[RunningSandbox, None, None]:
    """Run an academy in a thread on 127.0.0.1 until the block ends.

    A folder instead of a store opens one and closes it at the end. `port` 0 takes a free one.

    Raises:
        UnavailableError: the port is taken, or the server does not start within `START_TIMEOUT_S` seconds.
    """
    chosen, injector = options or SandboxOptions(), FaultInjector(faults)
    with contextlib.ExitStack() as stack:
        kept = store if isinstance(store, SandboxStore) else stack.enter_context(SandboxStore(store))
        listener = stack.enter_context(listening_socket("127.0.0.1", port))
        server = academy_server(create_app(kept, chosen, injector))
        stack.enter_context(served(server, listener))
        yield RunningSandbox(f"http://127.0.0.1:{listener.getsockname()[1]}", kept, chosen, injector)


@contextlib.contextmanager
def served(server: uvicorn.Server, listener: socket.socket) -> Generator[None, None, None]:
    """Run a server in a thread until the block ends.

    Raises:
        UnavailableError: it does not start within `START_TIMEOUT_S` seconds.
    """
    thread = threading.Thread(target=_serve, args=(server, listener), name="sandbox-academy", daemon=True)
    thread.start()
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise UnavailableError("the sandbox academy did not start; see its log on stderr")
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_TIMEOUT_S + START_TIMEOUT_S)


def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        server.run(sockets=[listener])
