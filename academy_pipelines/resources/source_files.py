"""Large files of jobs: fetched to this machine's disk, going on where a broken connection left off."""

import hashlib
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import final

import httpx
from typing_extensions import override

from academy_pipelines.errors import AcademyError, FileGoneError, FileUnavailableError, UnavailableError
from academy_pipelines.resources.downloads import MIB, opened
from academy_pipelines.resources.http_calls import BodyLimits, body_chunks, quoted, without_query
from academy_pipelines.resources.outbound import outbound_client

TOO_LARGE_REMEDY = "send a smaller file or raise ACADEMY_VIDEO_MAX_BYTES"

FREE_BYTES = 2 * 1024 * MIB
"""What has to be left on the disk beside a source, for what is made of it."""

PARTIAL = frozenset({HTTPStatus.PARTIAL_CONTENT.value, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE.value})

Watch = Callable[[int, int | None], None]
"""Is called with the bytes that are here and, if known, those there will be; whatever it raises stops the download."""


def unwatched(_here: int, _whole: int | None) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a download goes on after it broke off, and after which pauses: doubled each time, up to a ceiling."""

    retries: int = 6
    base_s: float = 0.5
    cap_s: float = 10.0

    def pause_s(self, failures: int) -> float:
        """Return the pause after so many failures."""
        return min(self.cap_s, self.base_s * 2 ** (failures - 1))


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here."""

    size_bytes: int
    sha256: str


class SourceFiles(ABC):
    """Where large files of jobs are fetched from."""

    @abstractmethod
    def fetch(self, url: str, path: Path, watch: Watch = unwatched) -> Fetched:
        """Put the file at an address at `path`, which appears complete or not at all.

        What came of it stays beside `path` when this fails, and the next call for the same path goes on from there if
        the server still has the same file.

        Raises:
            FileUnavailableError: gone, expired, too large, or at an address that we do not visit.
            UnavailableError: no answer, again and again, or no room on the disk.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections; the gateway is not used afterwards."""


@final
class HttpSourceFiles(SourceFiles):
    """Downloads over HTTP.

    Args:
        allowed_hosts: "host:port" pairs that may be on a private network.
        max_bytes: ceiling of one file, whatever its server announces.
        timeout_s: longest silence of a server.
        chunk_bytes: how much is gathered before it is written to the file.
        patience: how often a broken download goes on.
        sleep: how to pause.
    """

    def __init__(
        self,
        allowed_hosts: frozenset[str],
        *,
        max_bytes: int,
        timeout_s: float = 30.0,
        chunk_bytes: int = MIB,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = outbound_client(allowed_hosts, timeout_s)
        self._limits = BodyLimits(max_bytes, timeout_s, FileUnavailableError, TOO_LARGE_REMEDY)
        self._chunk_bytes = chunk_bytes
        self._patience = patience or Patience()
        self._sleep = sleep

    @override
    def fetch(self, url: str, path: Path, watch: Watch = unwatched) -> Fetched:
        part = _Part(path)
        failures = 0
        while True:
            try:
                self._go_on(url, part, watch)
                return part.complete()
            except OSError as error:
                message = f"cannot write {part.path}: {error.strerror}; is there room on the disk?"
                raise UnavailableError(message) from error
            except UnavailableError:
                failures += 1
                if failures > self._patience.retries:
                    raise
            watch(part.size_bytes, None)
            self._sleep(self._patience.pause_s(failures))

    @override
    def close(self) -> None:
        self._client.close()

    def _go_on(self, url: str, part: "_Part", watch: Watch) -> None:
        here = part.size_bytes if part.validator else 0
        headers = {"Range": f"bytes={here}-", "If-Range": part.validator or ""} if here else {}
        with opened(self._client, url, headers, also=PARTIAL if here else frozenset()) as response:
            if not _continues(response, here):
                here = 0
                if response.status_code in PARTIAL:
                    part.forget()
                    raise UnavailableError(f"{without_query(url)} changed while it was fetched; it is fetched anew")
            whole = _whole_bytes(response, here)
            _refuse_full_disk(part.path.parent, (whole or 0) - here)
            part.validator = _validator(response)
            with part.path.open("ab" if here else "wb", buffering=self._chunk_bytes) as file:
                for chunk in body_chunks(response, self._limits, before_bytes=here):
                    file.write(chunk)
                    here += len(chunk)
                    watch(here, whole)


@final
class _Part:
    """What has come of a file, beside its place, and by what the server tells whether it is still the same file."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(f"{target.name}.part")
        self._validator = target.with_name(f"{target.name}.etag")

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str | None:
        return self._validator.read_text() if self._validator.exists() else None

    @validator.setter
    def validator(self, value: str | None) -> None:
        if value is None:
            self._validator.unlink(missing_ok=True)
        else:
            self._validator.write_text(value)

    def forget(self) -> None:
        self.validator = None
        self.path.unlink(missing_ok=True)

    def complete(self) -> Fetched:
        fetched = fetched_file(self.path)
        self.path.replace(self._target)
        self.validator = None
        return fetched


def fetched_file(path: Path) -> Fetched:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Fetched(file.tell(), digest.hexdigest())


def _continues(response: httpx.Response, here: int) -> bool:
    start = response.headers.get("content-range", "").partition("-")[0].strip()
    return here > 0 and response.status_code == HTTPStatus.PARTIAL_CONTENT and start == f"bytes {here}"


def _whole_bytes(response: httpx.Response, here: int) -> int | None:
    announced = response.headers.get("content-length", "")
    return here + int(announced) if announced.isdecimal() else None


def _validator(response: httpx.Response) -> str | None:
    """Return what proves that a later answer continues this one (RFC 9110 13.1.5): a strong entity tag."""
    etag = response.headers.get("etag", "")
    return quoted(etag, len(etag)) if etag.startswith('"') and etag.isascii() else None


def _refuse_full_disk(folder: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if needed_bytes + FREE_BYTES > free_bytes:
        raise UnavailableError(
            f"{folder} has {free_bytes / MIB:.0f} MiB left, and the file takes {needed_bytes / MIB:.0f}; "
            "make room, or set VIDEO_WORKER_TEMP_DIR"
        )


@final
class MemorySourceFiles(SourceFiles):
    """Files in memory, for tests: what `files` holds for a URL is written, or raised if it is an error.

    Every other URL is gone. `fetched` lists the URLs asked for.
    """

    def __init__(self, files: Mapping[str, bytes | AcademyError]) -> None:
        self._files = files
        self.fetched: list[str] = []

    @override
    def fetch(self, url: str, path: Path, watch: Watch = unwatched) -> Fetched:
        self.fetched.append(url)
        content = self._files.get(url, FileGoneError(f"{without_query(url)} answered 404"))
        if isinstance(content, AcademyError):
            raise content
        path.write_bytes(content)
        watch(len(content), len(content))
        return fetched_file(path)

    @override
    def close(self) -> None:
        """Nothing is open."""
