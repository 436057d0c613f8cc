"""Files of jobs."""

import gzip
import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest

from academy_pipelines.errors import FileUnavailableError, UnavailableError
from academy_pipelines.resources import downloads as module
from academy_pipelines.resources.downloads import HttpDownloads, MemoryDownloads
from academy_pipelines.sandbox.faults import Faults
from academy_pipelines.sandbox.server import running_sandbox

CONTENT = bytes(range(256)) * 400
QUERY = "?X-Amz-Signature=s3cret"


@pytest.fixture(params=["memory", "http"])
def shop(request, loopback):
    """Downloads with one file, one that is gone, one whose server is ill; (downloads, base URL)."""
    base = loopback.base_url
    if request.param == "memory":
        fake = MemoryDownloads(
            {
                f"{base}/file{QUERY}": CONTENT,
                f"{base}/ill{QUERY}": UnavailableError("ill"),
            }
        )
        with closing(fake):
            yield fake, base
        return
    loopback.serve("/file", CONTENT)
    loopback.serve("/ill", b"", 503)
    with closing(HttpDownloads(frozenset({loopback.host}), timeout_s=5.0)) as real:
        yield real, base


def test_a_file_comes_byte_for_byte(shop):
    downloads, base = shop
    assert downloads.fetch(f"{base}/file{QUERY}") == CONTENT


def test_a_file_that_is_gone_cannot_be_had_later(shop):
    downloads, base = shop
    with pytest.raises(FileUnavailableError, match="ask the back end for a new one") as refusal:
        downloads.fetch(f"{base}/gone{QUERY}")
    assert "s3cret" not in str(refusal.value)


def test_an_ill_server_may_recover(shop):
    downloads, base = shop
    with pytest.raises(UnavailableError):
        downloads.fetch(f"{base}/ill{QUERY}")


def test_a_file_on_disk_is_complete_and_alone(shop, tmp_path):
    downloads, base = shop
    downloads.fetch_to_file(f"{base}/file{QUERY}", tmp_path / "video.mp4")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("video.mp4", CONTENT)]


@pytest.mark.parametrize("name", ["gone", "ill"])
def test_a_failed_download_leaves_the_folder_as_it_was(shop, tmp_path, name):
    downloads, base = shop
    (tmp_path / "video.mp4").write_bytes(b"before")
    with pytest.raises((FileUnavailableError, UnavailableError)):
        downloads.fetch_to_file(f"{base}/{name}{QUERY}", tmp_path / "video.mp4")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("video.mp4", b"before")]


def test_a_folder_that_is_missing_is_said_so(shop, tmp_path):
    downloads, base = shop
    with pytest.raises(UnavailableError, match="cannot write"):
        downloads.fetch_to_file(f"{base}/file{QUERY}", tmp_path / "missing" / "video.mp4")


@pytest.fixture
def real(loopback):
    with closing(HttpDownloads(frozenset({loopback.host}), max_bytes=1000, timeout_s=0.5)) as downloads:
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


def test_a_silent_server_is_given_up(loopback, real):
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", 1.0, hangs_up=True)
    with pytest.raises(UnavailableError, match="ReadTimeout"):
        real.fetch(url)


def test_a_server_that_sends_byte_by_byte_is_given_up(loopback, real):
    drops = [piece for _ in range(30) for piece in (b"x", 0.05)]
    url = loopback.serve_raw("/f", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *drops, hangs_up=True)
    with pytest.raises(UnavailableError, match="too slowly"):
        real.fetch(url)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_is_no_file(loopback, real, answer):
    with pytest.raises(UnavailableError):
        real.fetch(loopback.serve_raw("/f", answer, hangs_up=True))


def test_a_server_that_is_down_may_come_up(dead_url):
    with closing(HttpDownloads(frozenset({urlsplit(dead_url).netloc}))) as downloads, pytest.raises(UnavailableError):
        downloads.fetch(f"{dead_url}/f")


def test_a_redirect_is_followed(loopback, real):
    loopback.serve("/file", b"content")
    url = loopback.serve("/f", b"", 302, Location="/file?sig=2")
    assert real.fetch(url) == b"content"
    assert [asked.path for asked in loopback.asked] == ["/f", "/file?sig=2"]


def test_five_redirects_are_followed_and_a_sixth_is_not(loopback, real):
    loopback.serve("/0", b"content")
    for hop in range(1, 7):
        loopback.serve(f"/{hop}", b"", 307, Location=f"/{hop - 1}")
    assert real.fetch(f"{loopback.base_url}/5") == b"content"
    with pytest.raises(FileUnavailableError, match="more than 5 redirects"):
        real.fetch(f"{loopback.base_url}/6")


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/x",
        "http://localhost:1/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://10.0.0.1/x",
        "http://0x7f.1/x",
        "https://192.168.0.1/x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "http://user:pass@example.org/x",
    ],
)
def test_a_redirect_does_not_lead_where_the_job_may_not_go(loopback, real, target):
    url = loopback.serve("/f", b"", 302, Location=target)
    with pytest.raises(FileUnavailableError):
        real.fetch(url)
    assert len(loopback.asked) == 1


def test_a_redirect_to_nonsense_is_no_file(loopback, real):
    url = loopback.serve("/f", b"", 302, Location="http://[broken/")
    with pytest.raises((FileUnavailableError, UnavailableError)):
        real.fetch(url)


def test_a_host_of_this_machine_that_is_not_named_is_refused(loopback):
    with closing(HttpDownloads(frozenset())) as downloads, pytest.raises(FileUnavailableError, match=loopback.host):
        downloads.fetch(loopback.serve("/f", b"content"))
    assert loopback.connections == 0


def test_the_socket_goes_to_the_judged_address_and_the_request_to_the_name(loopback, monkeypatch):
    real_lookup, names = socket.getaddrinfo, []

    def lookup(host, port, *args, **kwargs):
        names.append(host)
        return real_lookup("127.0.0.1" if host == "files.example" else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    loopback.serve("/f", b"content")
    host = f"files.example:{loopback.port}"
    with closing(HttpDownloads(frozenset({host}))) as downloads:
        assert downloads.fetch(f"http://{host}/f") == b"content"
    assert loopback.asked[0].headers["Host"] == host
    assert names.count("files.example") == 1


def test_tls_is_spoken_with_the_name(monkeypatch):
    hello = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                hello.extend(connection.recv(4096))

        thread = Thread(target=answer)
        thread.start()
        with closing(HttpDownloads(frozenset({f"localhost:{port}"}))) as downloads, pytest.raises(UnavailableError):
            downloads.fetch(f"https://localhost:{port}/f")
        thread.join()
    assert b"localhost" in hello


def test_a_proxy_of_the_environment_is_not_asked(loopback, real, monkeypatch, dead_url):
    monkeypatch.setenv("HTTP_PROXY", dead_url)
    with closing(HttpDownloads(frozenset({loopback.host}))) as downloads:
        assert downloads.fetch(loopback.serve("/f", b"content")) == b"content"


def test_cookies_are_not_kept(loopback, real):
    url = loopback.serve("/f", b"content", Set_Cookie="session=s3cret; Path=/")
    real.fetch(url)
    real.fetch(url)
    assert not any("Cookie" in asked.headers for asked in loopback.asked)


def test_files_of_one_host_share_a_connection(loopback, real):
    for _ in range(3):
        real.fetch(loopback.serve("/f", b"content"))
    assert loopback.connections == 1


def test_many_threads_get_the_right_files(loopback, real):
    urls = [loopback.serve(f"/{number}", hashlib.sha256(b"%d" % number).digest()) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(real.fetch, urls))
    assert found == [hashlib.sha256(b"%d" % number).digest() for number in range(40)]


@pytest.mark.parametrize("kind", [httpx.ReadError, httpx.RemoteProtocolError, httpx.PoolTimeout, httpx.StreamClosed])
def test_an_exception_of_the_library_does_not_get_out(real, monkeypatch, kind):
    def fail(_self, _request):
        error = kind.__new__(kind)
        Exception.__init__(error, "text")
        raise error

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", fail)
    with pytest.raises(UnavailableError, match=kind.__name__):
        real.fetch("http://example.org/f")


def test_a_signed_address_of_the_academy_works_until_it_expires(tmp_path):
    with running_sandbox(tmp_path / "academy") as academy:
        host = academy.base_url.removeprefix("http://")
        file = academy.store.files.keep(CONTENT, "답안.png")
        fresh = academy.base_url + academy.store.files.signed_path(file.id, file.name)
        stale = academy.base_url + academy.store.files.signed_path(file.id, file.name, -60)
        with closing(HttpDownloads(frozenset({host}))) as downloads:
            assert downloads.fetch(fresh) == CONTENT
            with pytest.raises(FileUnavailableError, match="answered 403"):
                downloads.fetch(stale)


@pytest.mark.parametrize("fault", ["error_rate", "drop_rate", "lost_answer_rate", "truncate_rate"])
def test_an_academy_on_a_bad_day_is_unavailable(tmp_path, fault):
    with running_sandbox(tmp_path / "academy", faults=Faults(**{fault: 1.0})) as academy:
        file = academy.store.files.keep(CONTENT, "scan.png")
        url = academy.base_url + academy.store.files.signed_path(file.id, file.name)
        with (
            closing(HttpDownloads(frozenset({academy.base_url.removeprefix("http://")}))) as downloads,
            pytest.raises(UnavailableError),
        ):
            downloads.fetch(url)


def test_the_ceiling_of_redirects_is_the_documented_one():
    assert module.MAX_HOPS == 5
