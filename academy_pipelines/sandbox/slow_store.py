"""A store that speaks enough of S3 to be published to, in a process of its own, and takes its time to answer.

As far away as a real one: every answer comes `latency_s` after its request. Nothing is checked but sizes and hashes.
"""

import asyncio
import hashlib
import multiprocessing
from collections.abc import Generator
from contextlib import contextmanager
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

START_TIMEOUT_S = 30.0


@contextmanager
def slow_store(latency_s: float) -> Generator[str]:
    """Run a store until the block ends; yields its endpoint. Any bucket exists."""
    context = multiprocessing.get_context("spawn")
    port = context.Queue()
    process = context.Process(target=_serve, args=(latency_s, port), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get(timeout=START_TIMEOUT_S)}"
    finally:
        process.terminate()
        process.join()


def _serve(latency_s: float, port: "multiprocessing.Queue[int]") -> None:
    import uvicorn  # noqa: PLC0415 - only in the store's own process

    from academy_pipelines.sandbox.server import listening_socket  # noqa: PLC0415

    listener = listening_socket("127.0.0.1", 0)
    port.put(listener.getsockname()[1])
    store = _Store(latency_s)
    app = Starlette(
        routes=[
            Route("/{bucket}", store.listing, methods=["GET"]),
            Route("/{bucket}/{key:path}", store.put, methods=["PUT"]),
        ]
    )
    uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", lifespan="off")).run(sockets=[listener])


class _Store:
    """Remembers of every object its size and hash."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._objects: dict[str, tuple[int, str]] = {}

    async def put(self, request: Request) -> Response:
        body = await request.body()
        await asyncio.sleep(self._latency_s)
        md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
        self._objects[request.path_params["key"]] = (len(body), md5)
        return Response(headers={"ETag": f'"{md5}"'})

    async def listing(self, request: Request) -> Response:
        await asyncio.sleep(self._latency_s)
        prefix = request.query_params.get("prefix", "")
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size><ETag>&quot;{md5}&quot;</ETag></Contents>"
            for key, (size, md5) in sorted(self._objects.items())
            if key.startswith(prefix)
        )
        text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', media_type="application/xml")
