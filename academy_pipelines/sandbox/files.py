"""Files that jobs are about: kept by content, given out by signed URLs that expire."""

import hashlib
import hmac
import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from academy_pipelines.sandbox.database import Database

DEFAULT_URL_TTL_S = 900.0
"""Presigned URLs of real back ends live for minutes, not for the hours a queue may be long."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of the sandbox; `id` is the SHA-256 of its content in hex."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    path: Path


class FileShelf:
    """Keeps files under `folder` by the hash of their content, and signs addresses for them."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], float]) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        folder.mkdir(parents=True, exist_ok=True)
        self._secret = self._kept_secret()

    def keep(self, data: bytes, name: str) -> StoredFile:
        """Keep a copy of `data`; the same content is kept once whatever its names."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._folder / digest
        if not path.exists():
            part = path.with_suffix(f".{secrets.token_hex(4)}.part")
            part.write_bytes(data)
            part.replace(path)
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO files VALUES (?, ?, ?)", (digest, media_type, len(data)))
        return StoredFile(digest, Path(name).name, media_type, len(data), path)

    def find(self, file_id: str, name: str) -> StoredFile | None:
        """Return the file with this id under this name, or None."""
        row = self._database.row("SELECT media_type, size_bytes FROM files WHERE id = ?", file_id)
        if row is None:
            return None
        media_type = mimetypes.guess_type(name)[0] or row["media_type"]
        return StoredFile(file_id, name, media_type, row["size_bytes"], self._folder / file_id)

    def signed_path(self, file_id: str, name: str, ttl_s: float = DEFAULT_URL_TTL_S) -> str:
        """Return the path and query under which the server gives the file out for `ttl_s` seconds."""
        expires = int(self._clock() + ttl_s)
        return f"/files/{file_id}/{quote(name)}?expires={expires}&signature={self._signature(file_id, name, expires)}"

    def refusal(self, file_id: str, name: str, expires: str, signature: str) -> str | None:
        """Return why a signed address is not honoured, or None when it is."""
        if not expires.isascii() or not expires.isdigit():
            return "the address is not signed"
        if not hmac.compare_digest(signature.encode(), self._signature(file_id, name, int(expires)).encode()):
            return "the signature does not belong to this address"
        return "the address has expired" if self._clock() >= int(expires) else None

    def _signature(self, file_id: str, name: str, expires: int) -> str:
        return hmac.new(self._secret, f"{file_id}/{name}/{expires}".encode(), hashlib.sha256).hexdigest()

    def _kept_secret(self) -> bytes:
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO secrets VALUES ('urls', ?)", (secrets.token_hex(32),))
        row = self._database.row("SELECT value FROM secrets WHERE name = 'urls'")
        return bytes.fromhex(row["value"]) if row else b""
