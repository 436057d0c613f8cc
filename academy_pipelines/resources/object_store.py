"""Where artefacts live: bytes under keys such as `submissions/7/41/scan`, on this disk or in S3/R2.

Putting is atomic: a reader sees the old bytes or the new ones. Putting the same key again replaces it.
"""

import uuid
from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath

from typing_extensions import override

from academy_pipelines.errors import AcademyError, UnavailableError


class ObjectNotFoundError(AcademyError):
    """Nothing is stored under the key."""

    code = "object_not_found"


class ObjectStore(ABC):
    """A flat space of keys; a key is a relative path with forward slashes."""

    @abstractmethod
    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Store `data` under `key`.

        Raises:
            UnavailableError: the store did not answer.
        """

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Return what is stored under `key`.

        Raises:
            ObjectNotFoundError: nothing is.
            UnavailableError: the store did not answer.
        """

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether something is stored under `key`."""

    @abstractmethod
    def delete_prefix(self, prefix: str) -> int:
        """Delete every key that begins with the folder `prefix`; returns how many there were."""

    @abstractmethod
    def location(self, key: str) -> str:
        """Return where a person finds the object: a path or an s3:// address, never a signed link."""


def checked_key(key: str) -> str:
    """Return `key` if it is a clean relative path; anything else is a mistake in our code."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or ".." in parts or key != "/".join(parts) or "\0" in key:
        message = f"{key!r} is not a clean relative key"
        raise ValueError(message)
    return key


class MemoryObjectStore(ObjectStore):
    """The fake: a dict."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    @override
    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        self.objects[checked_key(key)] = data

    @override
    def get(self, key: str) -> bytes:
        if checked_key(key) not in self.objects:
            raise ObjectNotFoundError(f"nothing is stored under {key}")
        return self.objects[key]

    @override
    def exists(self, key: str) -> bool:
        return checked_key(key) in self.objects

    @override
    def delete_prefix(self, prefix: str) -> int:
        folder = f"{checked_key(prefix)}/"
        doomed = [key for key in self.objects if key.startswith(folder)]
        for key in doomed:
            del self.objects[key]
        return len(doomed)

    @override
    def location(self, key: str) -> str:
        return f"memory://{checked_key(key)}"


class LocalObjectStore(ObjectStore):
    """A folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @override
    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        path = self._path(key)
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        try:
            try:
                part.write_bytes(data)
            except FileNotFoundError:
                part.parent.mkdir(parents=True, exist_ok=True)
                part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            raise UnavailableError(f"{path} cannot be written: {error.strerror}; free disk space?") from error

    @override
    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise ObjectNotFoundError(f"nothing is stored under {key}") from error
        except OSError as error:
            raise UnavailableError(f"{self._path(key)} cannot be read: {error.strerror}") from error

    @override
    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    @override
    def delete_prefix(self, prefix: str) -> int:
        folder = self._path(prefix)
        files = [path for path in folder.rglob("*") if path.is_file()]
        for path in files:
            path.unlink(missing_ok=True)
        for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
            path.rmdir()
        if folder.is_dir():
            folder.rmdir()
        return len(files)

    @override
    def location(self, key: str) -> str:
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)
