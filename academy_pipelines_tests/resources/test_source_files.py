"""Large downloads: they go on where they broke off, and never mix two versions of a file."""

import hashlib
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from academy_pipelines.errors import CalledOffError, FileUnavailableError, UnavailableError
from academy_pipelines.resources import source_files
from academy_pipelines.resources.source_files import HttpSourceFiles, MemorySourceFiles, Patience

CONTENT = bytes(range(256)) * 400


class FlakyFile:
    """Serves a file by range; hangs up after `cuts` bytes of each answer in turn, then serves to the end."""

    def __init__(self, content: bytes = CONTENT, etag: str | None = '"one"', cuts: tuple[int, ...] = ()) -> None:
        self.content, self.etag, self.cuts = content, etag, list(cuts)
        self.ranges: list[str | None] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.ranges.append(asked)
        start = 0
        if asked and handler.headers.get("If-Range") == self.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start > len(self.content):
            self._head(handler, 416, 0, None)
            return
        self._head(handler, 206 if start else 200, len(self.content) - start, start)
        body = self.content[start:]
        cut = self.cuts.pop(0) if self.cuts else None
        handler.wfile.write(body[:cut])
        handler.close_connection = cut is not None

    def _head(self, handler: BaseHTTPRequestHandler, status: int, length: int, start: int | None) -> None:
        handler.send_response_only(status)
        handler.send_header("Content-Length", str(length))
        if self.etag:
            handler.send_header("ETag", self.etag)
        if status == 206:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        handler.end_headers()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def files(loopback, pauses):
    allowed = frozenset({loopback.host})
    patience = Patience(retries=3, base_s=0.5, cap_s=1.5)
    with closing(HttpSourceFiles(allowed, max_bytes=200_000, patience=patience, sleep=pauses.append)) as opened:
        yield opened


def served(loopback, file: FlakyFile) -> str:
    loopback.answers["/v.mp4"] = file
    return f"{loopback.base_url}/v.mp4?signature=secret"


def test_a_file_is_fetched_whole_with_its_hash(loopback, files, tmp_path: Path):
    seen: list[tuple[int, int | None]] = []
    fetched = files.fetch(served(loopback, FlakyFile()), tmp_path / "source", lambda *told: seen.append(told))
    assert (tmp_path / "source").read_bytes() == CONTENT
    assert (fetched.size_bytes, fetched.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_broken_download_goes_on_where_it_left_off(loopback, files, tmp_path: Path, pauses):
    file = FlakyFile(cuts=(30_000, 40_000))
    files.fetch(served(loopback, file), tmp_path / "source")
    assert (tmp_path / "source").read_bytes() == CONTENT
    assert file.ranges == [None, "bytes=30000-", "bytes=70000-"]
    assert pauses == [0.5, 1.0]


def test_what_came_stays_for_the_next_call_when_patience_is_over(loopback, files, tmp_path: Path, pauses):
    file = FlakyFile(cuts=(10_000,) * 4)
    url = served(loopback, file)
    with pytest.raises(UnavailableError):
        files.fetch(url, tmp_path / "source")
    assert pauses == [0.5, 1.0, 1.5]
    assert not (tmp_path / "source").exists()
    files.fetch(url.replace("secret", "fresh"), tmp_path / "source")
    assert (tmp_path / "source").read_bytes() == CONTENT
    assert file.ranges[-1] == "bytes=40000-"


def test_a_file_that_changed_in_between_is_fetched_anew(loopback, files, tmp_path: Path):
    file, newer = FlakyFile(cuts=(30_000,)), FlakyFile(CONTENT[::-1], '"two"')
    url = served(loopback, file)

    def first_then_newer(handler: BaseHTTPRequestHandler) -> None:
        (newer if file.ranges else file)(handler)

    loopback.answers["/v.mp4"] = first_then_newer
    files.fetch(url, tmp_path / "source")
    assert (tmp_path / "source").read_bytes() == CONTENT[::-1]


def test_a_file_that_shrank_although_its_tag_stayed_is_fetched_anew(loopback, files, tmp_path: Path):
    file = FlakyFile(cuts=(30_000,))
    url = served(loopback, file)
    (tmp_path / "source.part").write_bytes(b"x" * 150_000)
    (tmp_path / "source.etag").write_text('"one"')
    file.cuts.clear()
    files.fetch(url, tmp_path / "source")
    assert (tmp_path / "source").read_bytes() == CONTENT


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_proof_that_it_is_the_same_file_a_download_starts_over(loopback, files, tmp_path: Path, etag):
    file = FlakyFile(etag=etag, cuts=(30_000,))
    files.fetch(served(loopback, file), tmp_path / "source")
    assert file.ranges == [None, None]
    assert (tmp_path / "source").read_bytes() == CONTENT


def test_a_file_that_is_gone_is_not_asked_for_again(loopback, files, tmp_path: Path, pauses):
    with pytest.raises(FileUnavailableError) as caught:
        files.fetch(f"{loopback.base_url}/gone.mp4?signature=secret", tmp_path / "source")
    assert pauses == []
    assert "secret" not in str(caught.value)


def test_a_file_larger_than_allowed_is_refused_also_when_it_comes_in_pieces(loopback, files, tmp_path: Path):
    with pytest.raises(FileUnavailableError, match=r"larger than 200000.*ACADEMY_VIDEO_MAX_BYTES"):
        files.fetch(served(loopback, FlakyFile(b"x" * 200_001)), tmp_path / "source")
    (tmp_path / "other.part").write_bytes(b"x" * 150_000)
    (tmp_path / "other.etag").write_text('"one"')
    with pytest.raises(FileUnavailableError, match="larger than 200000"):
        files.fetch(served(loopback, FlakyFile(b"x" * 250_000)), tmp_path / "other")


def test_the_watch_may_stop_a_download(loopback, files, tmp_path: Path):
    def stop(_here: int, _whole: int | None) -> None:
        raise CalledOffError("the claim is lost")

    with pytest.raises(CalledOffError):
        files.fetch(served(loopback, FlakyFile()), tmp_path / "source", stop)
    assert not (tmp_path / "source").exists()


def test_a_full_disk_is_an_outage_that_says_what_to_do(loopback, files, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(source_files, "FREE_BYTES", 2**62)
    with pytest.raises(UnavailableError, match="VIDEO_WORKER_TEMP_DIR"):
        files.fetch(served(loopback, FlakyFile()), tmp_path / "source")


def test_a_folder_that_is_gone_is_an_outage(loopback, files, tmp_path: Path):
    with pytest.raises(UnavailableError):
        files.fetch(served(loopback, FlakyFile()), tmp_path / "nowhere" / "source")


def test_an_address_inside_is_not_visited(files, tmp_path: Path):
    with pytest.raises(FileUnavailableError, match="not a public address"):
        files.fetch("http://169.254.169.254/latest/meta-data", tmp_path / "source")


def test_the_fake_does_as_it_is_told(tmp_path: Path):
    fake = MemorySourceFiles({"https://a/": b"abc", "https://b/": UnavailableError("503")})
    assert fake.fetch("https://a/", tmp_path / "a").sha256 == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(UnavailableError):
        fake.fetch("https://b/", tmp_path / "b")
    with pytest.raises(FileUnavailableError):
        fake.fetch("https://c/?signature=x", tmp_path / "c")
    assert len(fake.fetched) == 3
