"""The script over HTTP, for whoever runs in another process."""

import json
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from academy_pipelines.sandbox.language_model.script import CHAT, Reply, Script

SCRIPT = "/api/sandbox/language-model"

_REPLY = TypeAdapter(Reply)
_NAMES = frozenset(item.name for item in fields(Reply))


class ScriptApi:
    """`GET` lists the calls so far (without their keys), `POST` adds replies, `DELETE` forgets both."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(SCRIPT, self.show, methods=["GET"]),
            Route(SCRIPT, self.add, methods=["POST"]),
            Route(SCRIPT, self.clear, methods=["DELETE"]),
        ]

    async def show(self, request: Request) -> Response:
        """List the calls of `?path=`, chat completions by default."""
        asked = self._script.asked(request.query_params.get("path", CHAT))
        calls = [{"method": call.method, "body": call.body.decode("utf-8", "replace")} for call in asked]
        return JSONResponse({"calls": calls})

    async def add(self, request: Request) -> Response:
        """Take `{"path": ..., "replies": [{...}]}`, each reply with fields of `Reply`."""
        try:
            body = json.loads(await request.body())
            replies = [_reply(given) for given in body["replies"]]
            path = body.get("path", CHAT)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            detail = f'send {{"path": ..., "replies": [...]}}, each with {", ".join(sorted(_NAMES))} ({error})'
            return JSONResponse({"detail": detail}, 400)
        self._script.add(*replies, path=path)
        return JSONResponse({"added": len(replies)})

    async def clear(self, _request: Request) -> Response:
        """Forget replies and calls."""
        self._script.clear()
        return Response(status_code=204)


def _reply(given: dict[str, Any]) -> Reply:
    unknown = sorted(given.keys() - _NAMES)
    if unknown:
        raise ValueError(f"no reply has {', '.join(unknown)}")
    return _REPLY.validate_python({**given, "headers": tuple(given.get("headers", {}).items())})
