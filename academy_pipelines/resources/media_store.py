"""Where packages are published: files with headers under keys, and what the store itself says it holds.

Like `object_store`, for what browsers and CDNs fetch: every file carries its type and cache rule, is compared with
its checksum when it is put, and can be listed with size and checksum afterwards.
"""

import contextlib
import hashlib
import shutil
import threading
import uuid
from abc import ABC, abstractmethod
from pathlib import Path
from typing import final

from typing_extensions import override

from academy_pipelines.errors import UnavailableError
from academy_pipelines.resources.object_store import ObjectNotFoundError, checked_key
from academy_pipelines.video.delivery import FileStamp, ObjectHeaders


class MediaStore(ABC):
    """A flat space of keys with forward slashes; methods may be called from many threads."""

    @abstractmethod
    def put_file(self, key: str, path: Path, stamp: FileStamp, headers: ObjectHeaders) -> None:
        """Store a file, replacing what was there, and prove that it arrived.

        Raises:
            UnavailableError: the store did not answer, or holds something else than `stamp` says.
        """

    @abstractmethod
    def get(self, key: str) -> bytes:
        """Return what is stored under `key`.

        Raises:
            ObjectNotFoundError: nothing is.
            UnavailableError: the store did not answer.
        """

    @abstractmethod
    def copy(self, source: str, target: str, headers: ObjectHeaders) -> None:
        """Store under `target` what is stored under `source`, without moving it through this machine.

        Raises:
            ObjectNotFoundError: nothing is stored under `source`.
            UnavailableError: the store did not answer.
        """

    @abstractmethod
    def listing(self, folder: str) -> dict[str, FileStamp]:
        """Return every file below a folder, by its path from there, as the store has it.

        Raises:
            UnavailableError: the store did not answer.
        """

    @abstractmethod
    def delete(self, folder: str, names: list[str]) -> None:
        """Delete these files below a folder; what is not there is none the worse.

        Raises:
            UnavailableError: the store did not answer.
        """

    @abstractmethod
    def location(self, key: str) -> str:
        """Return where a person finds the file: a path or an s3:// address, never a signed link."""


def stamp_of(path: Path) -> FileStamp:
    """Return a file's size and MD5."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        return FileStamp(file.tell(), digest.hexdigest())


def refuse_difference(where: str, expected: FileStamp, found: FileStamp) -> None:
    """Raise UnavailableError unless the store holds what was sent; sending it again may help."""
    if found != expected:
        raise UnavailableError(
            f"{where} was stored with {found.size_bytes} bytes and MD5 {found.md5} "
            f"instead of {expected.size_bytes} and {expected.md5}; it is sent again"
        )


@final
class MemoryMediaStore(MediaStore):
    """The fake: a dict of bytes and headers. Whatever `outage` holds is raised by every call."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, ObjectHeaders]] = {}
        self.outage: Exception | None = None
        self._lock = threading.Lock()

    @override
    def put_file(self, key: str, path: Path, stamp: FileStamp, headers: ObjectHeaders) -> None:
        self._may_raise()
        data = path.read_bytes()
        refuse_difference(self.location(key), stamp, _stamp(data))
        with self._lock:
            self.objects[checked_key(key)] = (data, headers)

    @override
    def get(self, key: str) -> bytes:
        self._may_raise()
        if checked_key(key) not in self.objects:
            raise ObjectNotFoundError(f"nothing is stored under {key}")
        return self.objects[key][0]

    @override
    def copy(self, source: str, target: str, headers: ObjectHeaders) -> None:
        data = self.get(source)
        with self._lock:
            self.objects[checked_key(target)] = (data, headers)

    @override
    def listing(self, folder: str) -> dict[str, FileStamp]:
        self._may_raise()
        start = f"{checked_key(folder)}/"
        with self._lock:
            return {
                key.removeprefix(start): _stamp(data)
                for key, (data, _) in self.objects.items()
                if key.startswith(start)
            }

    @override
    def delete(self, folder: str, names: list[str]) -> None:
        self._may_raise()
        with self._lock:
            for name in names:
                self.objects.pop(checked_key(f"{folder}/{name}"), None)

    @override
    def location(self, key: str) -> str:
        return f"memory://{checked_key(key)}"

    def _may_raise(self) -> None:
        if self.outage:
            raise self.outage


def _stamp(data: bytes) -> FileStamp:
    return FileStamp(len(data), hashlib.md5(data, usedforsecurity=False).hexdigest())


@final
class FolderMediaStore(MediaStore):
    """A folder of this machine. It keeps no headers: whoever serves it derives them from the names."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @override
    def put_file(self, key: str, path: Path, stamp: FileStamp, headers: ObjectHeaders) -> None:
        refuse_difference(str(self._path(key)), stamp, self._appear(key, path))

    @override
    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise ObjectNotFoundError(f"nothing is stored under {key}") from error
        except OSError as error:
            raise UnavailableError(f"{self._path(key)} cannot be read: {error.strerror}") from error

    @override
    def copy(self, source: str, target: str, headers: ObjectHeaders) -> None:
        if not self._path(source).is_file():
            raise ObjectNotFoundError(f"nothing is stored under {source}")
        self._appear(target, self._path(source))

    @override
    def listing(self, folder: str) -> dict[str, FileStamp]:
        top = self._path(folder)
        try:
            return {path.relative_to(top).as_posix(): stamp_of(path) for path in _whole_files(top)}
        except OSError as error:
            raise UnavailableError(f"{top} cannot be read: {error.strerror}") from error

    @override
    def delete(self, folder: str, names: list[str]) -> None:
        top = self._path(folder)
        try:
            for name in names:
                self._path(f"{folder}/{name}").unlink(missing_ok=True)
            if top.is_dir() and not _whole_files(top):
                shutil.rmtree(top)
        except OSError as error:
            raise UnavailableError(f"{top} cannot be emptied: {error.strerror}") from error

    @override
    def location(self, key: str) -> str:
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _appear(self, key: str, source: Path) -> FileStamp:
        """Copy a file to its place, where it appears whole or not at all; return what was written."""
        path = self._path(key)
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, part)
            stamp = stamp_of(part)
            part.replace(path)
        except OSError as error:
            raise UnavailableError(f"{path} cannot be written: {error.strerror}; free disk space?") from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        return stamp


def _whole_files(top: Path) -> list[Path]:
    return [path for path in top.rglob("*") if path.is_file() and not path.name.endswith(".part")]
