"""Files of jobs: what every way of fetching them promises, and what the real one does on the wire."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from academy_pipelines.errors import FileUnavailableError, UnavailableError
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
    with closing(HttpDownloads(frozenset({loopback.host}))) as real:
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
    with closing(HttpDownloads(frozenset({loopback.host}), max_bytes=1000)) as downloads:
        yield downloads


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


def test_an_unpacked_body_is_asked_for(loopback, real):
    real.fetch(loopback.serve("/f", b"content"))
    assert loopback.asked[0].headers["Accept-Encoding"] == "identity"


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
