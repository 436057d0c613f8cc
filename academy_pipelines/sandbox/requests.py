"""What every endpoint does with a request before its own work: who asks, what is in the body, who am I."""

import hmac
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from academy_pipelines.sandbox.files import FileShelf
from academy_pipelines.sandbox.validation import MAX_BODY_BYTES

TOKEN_HEADER = "X-Worker-Token"  # noqa: S105 - the name of a header
WORKER_HEADER = "X-Worker-Id"


def refusal(request: Request, token: str) -> Response | None:
    """Return the answer to a worker without the right token (401 none, 403 wrong), or None when it may go on."""
    given = request.headers.get(TOKEN_HEADER)
    if not given:
        return detail(401, f"send the header {TOKEN_HEADER}")
    if not hmac.compare_digest(given.encode(), token.encode()):
        return detail(403, f"the header {TOKEN_HEADER} is not the academy's token")
    return None


def detail(status: int, message: str) -> Response:
    """Return a refusal in the form Django REST framework uses."""
    return JSONResponse({"detail": message}, status_code=status)


def refused_fields(reasons: dict[str, str]) -> Response:
    """Return 400 with every wrong field and its reason."""
    return JSONResponse({"detail": "the body is not acceptable", "errors": reasons}, status_code=400)


async def body_of(request: Request) -> bytes | None:
    """Return the request's body, or None when it is longer than `MAX_BODY_BYTES`."""
    pieces: list[bytes] = []
    size_bytes = 0
    async for piece in request.stream():
        size_bytes += len(piece)
        if size_bytes > MAX_BODY_BYTES:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def own_address(request: Request) -> str:
    """Return the server's base URL as this client knows it."""
    host = request.headers.get("host") or "127.0.0.1"
    return f"{request.url.scheme}://{host}"


def rendered(payload: str, address: str, download_url: str | None) -> str:
    """Return a stored payload's JSON with "{sandbox}" replaced by the server's address, and the file's URL added.

    Text goes into text, because parsing a template of 30 questions takes longer than the whole claim.
    """
    text = payload.replace("{sandbox}", json.dumps(address)[1:-1])
    if download_url is None:
        return text
    comma = "" if text == "{}" else ", "
    return f'{text[:-1]}{comma}"download_url": {json.dumps(download_url)}}}'


def file_address(files: FileShelf, file: tuple[str, str], address: str, ttl_s: float) -> str:
    """Return the signed URL of the file (id, name) for `ttl_s` seconds."""
    return address + files.signed_path(*file, ttl_s)
