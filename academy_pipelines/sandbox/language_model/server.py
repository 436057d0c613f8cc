"""The model's HTTP API as a Starlette application, and how to run it inside a test."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from academy_pipelines.sandbox.language_model.answers import Answer, error, missing_model, scripted_error
from academy_pipelines.sandbox.language_model.batches import Batches
from academy_pipelines.sandbox.language_model.completions import complete
from academy_pipelines.sandbox.language_model.control import ScriptApi
from academy_pipelines.sandbox.language_model.embeddings import embed
from academy_pipelines.sandbox.language_model.script import (
    BATCHES,
    CHAT,
    EMBEDDINGS,
    FILES,
    MODELS,
    Asked,
    ModelOptions,
    Reply,
    Script,
)
from academy_pipelines.sandbox.server import academy_server, listening_socket, served

SHUTDOWN_DATES = {"gpt-4.1-mini": "2027-01-14"}
"""When a model ends, as its provider has announced; from the list of deprecations in OpenAI's documentation."""

Endpoint = Callable[[Request], Awaitable[Response]]


class LanguageModelApi:
    """Endpoints below `/v1`."""

    def __init__(self, options: ModelOptions, script: Script) -> None:
        self._options = options
        self._script = script
        self._batches = Batches(options, self._call_of_batch)

    def routes(self) -> list[Route]:
        """Return the routes."""
        table: list[tuple[str, str, Endpoint]] = [
            (CHAT, "POST", self.chat),
            (EMBEDDINGS, "POST", self.embeddings),
            (MODELS, "GET", self.models),
            (MODELS + "/{model:path}", "GET", self.model),
            (FILES, "POST", self.upload),
            (FILES + "/{file_id}", "GET", self.file),
            (FILES + "/{file_id}", "DELETE", self.delete_file),
            (FILES + "/{file_id}/content", "GET", self.content),
            (BATCHES, "POST", self.create_batch),
            (BATCHES + "/{batch_id}", "GET", self.batch),
            (BATCHES + "/{batch_id}/cancel", "POST", self.cancel_batch),
        ]
        return [Route(path, self._guarded(endpoint), methods=[method]) for path, method, endpoint in table]

    async def chat(self, request: Request) -> Response:
        """Complete a chat."""
        body = await request.json()
        reply = self._script.next(CHAT)
        return await _given(reply) or _json(complete(body, self._options, reply))

    async def embeddings(self, request: Request) -> Response:
        """Embed texts."""
        body = await request.json()
        return _json(embed(body, self._options))

    async def models(self, _request: Request) -> Response:
        """List the models."""
        return JSONResponse({"object": "list", "data": [_model(name) for name in self._options.models]})

    async def model(self, request: Request) -> Response:
        """Describe one model."""
        name = request.path_params["model"]
        return JSONResponse(_model(name)) if name in self._options.models else _json(missing_model(name))

    async def upload(self, request: Request) -> Response:
        """Take a file."""
        parts = _form(request.headers.get("content-type", ""), await request.body())
        if "file" not in parts:
            return _json(error(400, None, "'file' is a required property"))
        return _json(self._batches.upload(parts["file"], "input.jsonl", parts.get("purpose", b"").decode()))

    async def file(self, request: Request) -> Response:
        """Describe a file."""
        return _json(self._batches.file(request.path_params["file_id"]))

    async def delete_file(self, request: Request) -> Response:
        """Forget a file."""
        return _json(self._batches.delete(request.path_params["file_id"]))

    async def content(self, request: Request) -> Response:
        """Give a file back."""
        content = self._batches.content(request.path_params["file_id"])
        if content is None:
            return _json(error(404, None, "No such File object"))
        return Response(content, media_type="application/octet-stream")

    async def create_batch(self, request: Request) -> Response:
        """Take a batch."""
        return _json(self._batches.create(await request.json()))

    async def batch(self, request: Request) -> Response:
        """Tell how far a batch is."""
        return _json(self._batches.look(request.path_params["batch_id"]))

    async def cancel_batch(self, request: Request) -> Response:
        """Stop a batch."""
        return _json(self._batches.cancel(request.path_params["batch_id"]))

    def _call_of_batch(self, url: str, body: dict[str, Any]) -> Answer:
        return (
            embed(body, self._options) if url == EMBEDDINGS else complete(body, self._options, self._script.next(url))
        )

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        """Keep the call, look at its key, and let a scripted reply come first where the endpoint has no own use."""

        async def guarded(request: Request) -> Response:
            path, header = request.url.path, request.headers.get("authorization", "")
            self._script.note(Asked(request.method, path, header, await request.body()))
            if self._options.api_key not in {None, header.removeprefix("Bearer ")}:
                shown = f"Incorrect API key provided: {header.removeprefix('Bearer ')[:4]}***."
                return _json(error(401, "invalid_api_key", shown))
            reply = None if path == CHAT else self._script.next(path)
            scripted = await _given(reply)
            if scripted is None and reply is not None and reply.status >= 400:  # noqa: PLR2004 - HTTP's errors
                scripted = _json(scripted_error(reply))
            try:
                return scripted or await endpoint(request)
            except json.JSONDecodeError as problem:
                return _json(error(400, None, f"We could not parse the JSON body of your request: {problem}"))

        return guarded


def create_language_model(options: ModelOptions, script: Script) -> Starlette:
    """Return the API, with its script, as an application of its own."""
    return Starlette(routes=[*LanguageModelApi(options, script).routes(), *ScriptApi(script).routes()])


@dataclass(frozen=True, slots=True)
class RunningLanguageModel:
    """A model that answers at `base_url`, as a client's `base_url` wants it."""

    base_url: str
    script: Script
    options: ModelOptions


@contextlib.contextmanager
def running_language_model(options: ModelOptions | None = None, port: int = 0) -> Generator[RunningLanguageModel]:
    """Run the API in a thread on 127.0.0.1 until the block ends; `port` 0 takes a free one.

    Raises:
        UnavailableError: the port is taken, or the server does not start.
    """
    chosen, script = options or ModelOptions(), Script()
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listening_socket("127.0.0.1", port))
        stack.enter_context(served(academy_server(create_language_model(chosen, script)), listener))
        yield RunningLanguageModel(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", script, chosen)


async def _given(reply: Reply | None) -> Response | None:
    """Wait as told, and return the reply's raw body or the hanging up; None when the endpoint is to answer."""
    if reply is None:
        return None
    await asyncio.sleep(reply.wait_s)
    if reply.hangs_up:
        return _HangUp()
    return None if reply.raw is None else Response(reply.raw, reply.status, dict(reply.headers), reply.media_type)


class _HangUp(Response):
    """Closes the connection instead of answering."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass


def _json(answer: Answer) -> Response:
    return JSONResponse(answer.body, answer.status, answer.headers)


def _model(name: str) -> dict[str, Any]:
    shutdown = SHUTDOWN_DATES.get(name)
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "sandbox", "shutdown_date": shutdown}


def _form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Return the fields of a multipart form (RFC 7578) whose names are plain."""
    _, _, boundary = content_type.partition("boundary=")
    fields: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary.strip('"').encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        _, _, named = head.partition(b'name="')
        fields[named.partition(b'"')[0].decode()] = content.removesuffix(b"\r\n")
    return fields
