"""Files of jobs: presigned GET URLs, fetched with a ceiling and only from addresses that may be visited."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast, final

import httpx
from typing_extensions import override

from academy_pipelines.errors import AcademyError, FileGoneError, FileUnavailableError, UnavailableError
from academy_pipelines.resources.addresses import vetted_form
from academy_pipelines.resources.http_calls import BodyLimits, body_chunks, is_transient, translated, without_query
from academy_pipelines.resources.outbound import outbound_client

MAX_HOPS = 5
"""Redirects followed before an address counts as a circle."""

TOO_LARGE_REMEDY = "send a smaller file or raise ACADEMY_DOWNLOAD_MAX_BYTES"

MIB = 1024 * 1024


class Downloads(ABC):
    """Where files of jobs are fetched from."""

    @abstractmethod
    def fetch(self, url: str) -> bytes:
        """Return the file at an address.

        Raises:
            FileUnavailableError: gone, expired, too large, or at an address that we do not visit.
            UnavailableError: no answer, a cut or trickling answer, or "come back later".
        """

    @abstractmethod
    def fetch_to_file(self, url: str, path: Path) -> None:
        """Write the file at an address to `path`, which appears complete or not at all.

        Raises:
            FileUnavailableError: gone, expired, too large, or at an address that we do not visit.
            UnavailableError: as for `fetch`, or `path` cannot be written.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections; the gateway is not used afterwards."""


@final
class HttpDownloads(Downloads):
    """Downloads over HTTP, on one keep-alive client that threads may share.

    Args:
        allowed_hosts: "host:port" pairs that may be on a private network.
        max_bytes: ceiling of one file, whatever its server announces.
        timeout_s: longest silence of a server.
        chunk_bytes: how much is gathered before it is written to a file.
    """

    def __init__(
        self,
        allowed_hosts: frozenset[str],
        max_bytes: int = 64 * MIB,
        timeout_s: float = 30.0,
        chunk_bytes: int = MIB,
    ) -> None:
        self._client = outbound_client(allowed_hosts, timeout_s)
        self._limits = BodyLimits(max_bytes, timeout_s, FileUnavailableError, TOO_LARGE_REMEDY)
        self._chunk_bytes = chunk_bytes

    @override
    def fetch(self, url: str) -> bytes:
        with self._opened(url) as chunks:
            return b"".join(chunks)

    @override
    def fetch_to_file(self, url: str, path: Path) -> None:
        with self._opened(url) as chunks, _appearing(path, self._chunk_bytes) as file:
            file.writelines(chunks)

    @override
    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _opened(self, url: str) -> Generator[Iterator[bytes]]:
        with opened(self._client, url) as response:
            yield body_chunks(response, self._limits)


@contextmanager
def opened(
    client: httpx.Client, url: str, headers: Mapping[str, str] | None = None, also: frozenset[int] = frozenset()
) -> Generator[httpx.Response]:
    """Open the body at the end of the redirects; what goes wrong is translated as long as it is read.

    The status is 200 or one of `also`.

    Raises:
        FileUnavailableError: gone, expired, or at an address that we do not visit.
        UnavailableError: no answer, a cut answer, or "come back later".
    """
    for _ in range(MAX_HOPS + 1):
        vetted_form(url)
        with (
            translated(without_query(url), FileUnavailableError),
            client.stream("GET", url, headers=headers) as response,
        ):
            if not response.has_redirect_location:
                _refuse(response, also)
                yield response
                return
            url = str(response.url.join(response.headers["location"]))
    raise FileUnavailableError(f"{without_query(url)}: more than {MAX_HOPS} redirects; ask for a direct link")


@final
class MemoryDownloads(Downloads):
    """Files in memory, for tests: what `files` holds for a URL is returned, or raised if it is an error.

    Every other URL is gone. `fetched` lists the URLs asked for.
    """

    def __init__(self, files: Mapping[str, bytes | AcademyError]) -> None:
        self._files = files
        self.fetched: list[str] = []

    @override
    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        match self._files.get(url):
            case None:
                raise FileGoneError(_gone(url, HTTPStatus.NOT_FOUND))
            case bytes(content):
                return content
            case error:
                raise error

    @override
    def fetch_to_file(self, url: str, path: Path) -> None:
        content = self.fetch(url)
        with _appearing(path, MIB) as file:
            file.write(content)

    @override
    def close(self) -> None:
        """Nothing is open."""


def _refuse(response: httpx.Response, also: frozenset[int]) -> None:
    status, url = response.status_code, str(response.url)
    if is_transient(status):
        raise UnavailableError(f"{without_query(url)} answered {status}")
    if status != HTTPStatus.OK and status not in also:
        raise FileGoneError(_gone(url, status))


def _gone(url: str, status: int) -> str:
    return (
        f"{without_query(url)} answered {status}: the link has expired or the file was removed; "
        "ask the back end for a new one"
    )


@contextmanager
def _appearing(path: Path, buffer_bytes: int) -> Generator[BinaryIO]:
    """Open a `.part` file beside `path` that takes its place at the end, or vanishes on an error."""
    part: Path | None = None
    try:
        with NamedTemporaryFile(
            dir=path.parent, prefix=f"{path.name}.", suffix=".part", buffering=buffer_bytes, delete=False
        ) as file:
            part = Path(file.name)
            yield cast("BinaryIO", file)
        part.replace(path)
    except OSError as error:
        raise UnavailableError(f"cannot write {path}: {error.strerror}; is there room on the disk?") from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
