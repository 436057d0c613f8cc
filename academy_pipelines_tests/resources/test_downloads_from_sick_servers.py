"""Files of jobs from servers that are ill, slow or hostile."""

import gzip
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from academy_pipelines.errors import FileUnavailableError, UnavailableError
from academy_pipelines.resources.downloads import HttpDownloads


@pytest.fixture
def real(loopback):
    with closing(HttpDownloads(frozenset({loopback.host}), max_bytes=1000)) as downloads:
        yield downloads


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410, 451])
def test_these_statuses_mean_that_the_link_is_dead(loopback, real, status):
    url = loopback.serve("/f", b"", status)
    with pytest.raises(FileUnavailableError, match=f"answered {status}"):
        real.fetch(url)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_these_statuses_mean_later(loopback, real, status):
    url = loopback.serve("/f", b"", status)
    with pytest.raises(UnavailableError, match=f"answered {status}"):
        real.fetch(url)


def test_a_body_cut_short_is_not_taken_for_the_file(loopback, real):
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 100, hangs_up=True)
    with pytest.raises(UnavailableError):
        real.fetch(url)


def test_a_chunked_body_cut_short_is_not_taken_for_the_file(loopback, real):
    url = loopback.serve_raw(
        "/f", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", hangs_up=True
    )
    with pytest.raises(UnavailableError):
        real.fetch(url)


def test_a_file_cut_short_is_not_left_on_disk(loopback, real, tmp_path):
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 100, hangs_up=True)
    with pytest.raises(UnavailableError):
        real.fetch_to_file(url, tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_body_without_announced_length_stops_at_the_ceiling(loopback, real):
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1001, hangs_up=True)
    with pytest.raises(FileUnavailableError, match="ACADEMY_DOWNLOAD_MAX_BYTES"):
        real.fetch(url)


def test_an_announced_giant_is_refused(loopback, real):
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", hangs_up=True)
    with pytest.raises(FileUnavailableError, match="larger than 1000 bytes"):
        real.fetch(url)


def test_a_bomb_is_measured_unpacked(loopback, real):
    url = loopback.serve("/f", gzip.compress(b"0" * 100_000), Content_Encoding="gzip")
    with pytest.raises(FileUnavailableError, match="larger"):
        real.fetch(url)


def test_a_packed_file_is_unpacked(loopback, real):
    assert real.fetch(loopback.serve("/f", gzip.compress(b"0" * 900), Content_Encoding="gzip")) == b"0" * 900


def test_what_does_not_unpack_is_refused(loopback, real):
    with pytest.raises(FileUnavailableError, match="nonsense"):
        real.fetch(loopback.serve("/f", b"not packed at all", Content_Encoding="gzip"))


@pytest.fixture
def hasty(loopback):
    with closing(HttpDownloads(frozenset({loopback.host}), timeout_s=1.0)) as downloads:
        yield downloads


def test_a_silent_server_is_given_up(loopback, hasty):
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", 2.0, hangs_up=True)
    with pytest.raises(UnavailableError, match="Timeout"):
        hasty.fetch(url)


def test_a_server_that_sends_byte_by_byte_is_given_up(loopback, hasty):
    drops = [piece for _ in range(40) for piece in (b"x", 0.05)]
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *drops, hangs_up=True)
    with pytest.raises(UnavailableError, match="too slowly"):
        hasty.fetch(url)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_is_no_file(loopback, real, answer):
    with pytest.raises(UnavailableError):
        real.fetch(loopback.serve_raw("/f", answer, hangs_up=True))


def test_a_server_that_is_down_may_come_up(dead_url):
    with closing(HttpDownloads(frozenset({urlsplit(dead_url).netloc}))) as downloads, pytest.raises(UnavailableError):
        downloads.fetch(f"{dead_url}/f")


@pytest.mark.parametrize("kind", [httpx.ReadError, httpx.RemoteProtocolError, httpx.PoolTimeout, httpx.StreamClosed])
def test_an_exception_of_the_library_does_not_get_out(real, monkeypatch, kind):
    def fail(_self, _request):
        error = kind.__new__(kind)
        Exception.__init__(error, "text")
        raise error

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", fail)
    with pytest.raises(UnavailableError, match=kind.__name__):
        real.fetch("http://example.org/f")
