"""Files of jobs: where a redirect, a name or a proxy may lead us."""

import socket
from contextlib import closing
from threading import Thread

import pytest

from academy_pipelines.errors import FileUnavailableError, UnavailableError
from academy_pipelines.resources.downloads import HttpDownloads


@pytest.fixture
def real(loopback):
    with closing(HttpDownloads(frozenset({loopback.host}), max_bytes=1000)) as downloads:
        yield downloads


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
    monkeypatch.setenv("NO_PROXY", "")
    with closing(HttpDownloads(frozenset({loopback.host}))) as downloads:
        assert downloads.fetch(loopback.serve("/f", b"content")) == b"content"
