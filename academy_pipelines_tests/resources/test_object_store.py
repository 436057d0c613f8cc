"""What every object store promises: in memory, in a folder, and in S3 over real HTTP."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academy_pipelines.errors import MisconfiguredError, UnavailableError
from academy_pipelines.resources import s3_calls
from academy_pipelines.resources.object_store import (
    LocalObjectStore,
    MemoryObjectStore,
    ObjectNotFoundError,
    ObjectStore,
    checked_key,
)
from academy_pipelines.resources.object_store_s3 import S3ObjectStore, open_store

PARTS = st.text(st.characters(categories=["L", "N"], include_characters="-_.%~ "), min_size=1, max_size=12)
KEYS = st.lists(PARTS.filter(lambda part: part.strip(".")), min_size=1, max_size=4).map("/".join)


def opened(url: str, endpoint: str) -> ObjectStore:
    return open_store(url, endpoint_url=endpoint, region="us-east-1", access_key="key", secret_key="secret")


@pytest.fixture(params=["memory", "folder", "s3", "s3 with a prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "memory":
        return MemoryObjectStore()
    if request.param == "folder":
        return open_store(str(tmp_path / "store"))
    bucket, endpoint = request.getfixturevalue("bucket"), request.getfixturevalue("s3_url")
    return opened(f"s3://{bucket}" + ("/some/prefix/" if "prefix" in request.param else ""), endpoint)


def test_what_is_put_is_got(store: ObjectStore):
    store.put("submissions/7/41/scan", b"\x00\xffbytes", "image/jpeg")
    assert store.get("submissions/7/41/scan") == b"\x00\xffbytes"
    assert store.exists("submissions/7/41/scan")


def test_nothing_is_something_too(store: ObjectStore):
    store.put("a/empty", b"")
    assert store.get("a/empty") == b""
    assert store.exists("a/empty")


def test_putting_again_replaces(store: ObjectStore):
    store.put("a/b", b"a longer text")
    store.put("a/b", b"new")
    assert store.get("a/b") == b"new"


def test_what_was_never_put_is_not_found(store: ObjectStore):
    store.put("a/b", b"there")
    for key in ("a/c", "nowhere", "a/b/c", "a"):
        with pytest.raises(ObjectNotFoundError, match=key):
            store.get(key)
        assert not store.exists(key)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=KEYS, data=st.binary(max_size=100))
def test_any_clean_key_holds_any_bytes(store: ObjectStore, key: str, data: bytes):
    folder = uuid.uuid4().hex
    store.put(f"{folder}/{key}", data)
    assert store.get(f"{folder}/{key}") == data
    assert store.delete_prefix(folder) == 1
    assert not store.exists(f"{folder}/{key}")


def test_a_folder_is_deleted_with_all_that_is_in_it_and_nothing_else(store: ObjectStore):
    for key in ("s/7/1/scan", "s/7/1/deep/er", "s/7/2/scan", "s/77/1/scan", "s/7.txt"):
        store.put(key, b"x")
    assert store.delete_prefix("s/7") == 3
    assert not any(store.exists(key) for key in ("s/7/1/scan", "s/7/1/deep/er", "s/7/2/scan"))
    assert store.exists("s/77/1/scan")
    assert store.exists("s/7.txt")
    assert store.delete_prefix("s/7") == 0


def test_more_keys_than_one_call_takes_are_deleted(store: ObjectStore, monkeypatch):
    monkeypatch.setattr(s3_calls, "DELETE_AT_ONCE", 3)
    for number in range(8):
        store.put(f"many/{number}", b"x")
    assert store.delete_prefix("many") == 8
    assert store.delete_prefix("many") == 0


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a/./b", ".", "..", "a\0b"])
def test_a_key_that_is_no_clean_relative_path_is_refused_by_every_method(store: ObjectStore, key: str):
    calls = (lambda: store.put(key, b""), lambda: store.get(key), lambda: store.exists(key))
    for call in (*calls, lambda: store.delete_prefix(key), lambda: store.location(key)):
        with pytest.raises(ValueError, match="clean relative key"):
            call()


def test_a_location_names_the_key_and_is_no_signed_link(store: ObjectStore):
    store.put("a/b.jpg", b"x")
    location = store.location("a/b.jpg")
    assert location.endswith("a/b.jpg")
    assert "?" not in location
    assert "secret" not in location


def test_threads_share_a_store(store: ObjectStore):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.put(f"t/{n % 5}", str(n % 5).encode() * 1000), range(40)))
        assert list(pool.map(lambda n: store.get(f"t/{n}"), range(5))) == [str(n).encode() * 1000 for n in range(5)]
    assert store.delete_prefix("t") == 5


def test_a_reader_never_sees_half_a_file(tmp_path: Path):
    store = LocalObjectStore(tmp_path)
    wholes = [bytes([n]) * 200_000 for n in range(4)]
    store.put("a/b", wholes[0])
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(lambda: [store.put("a/b", wholes[n % 4]) for n in range(40)])
        while not writing.done():
            assert store.get("a/b") in wholes
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_a_folder_that_cannot_be_written_is_an_outage_that_names_it(tmp_path: Path):
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match=str(tmp_path / "store")):
        LocalObjectStore(tmp_path / "store").put("a/b", b"x")


def test_the_content_type_is_kept(bucket: str, s3_url: str):
    opened(f"s3://{bucket}/p", s3_url).put("a.jpg", b"x", "image/jpeg")
    client = boto3.client(
        "s3", endpoint_url=s3_url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    assert client.head_object(Bucket=bucket, Key="p/a.jpg")["ContentType"] == "image/jpeg"


def test_a_bucket_that_does_not_exist_is_a_wrong_setting(s3_url: str):
    store = opened("s3://no-such-bucket", s3_url)
    for call in (lambda: store.put("a", b""), lambda: store.delete_prefix("a")):
        with pytest.raises(MisconfiguredError, match=r"STORE_URL.*R2_"):
            call()


def test_a_server_that_does_not_answer_is_an_outage(dead_url: str):
    client = boto3.client(
        "s3",
        endpoint_url=dead_url,
        region_name="auto",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=1),
    )
    store = S3ObjectStore(client, "bucket")
    calls = (lambda: store.put("a", b""), lambda: store.get("a"), lambda: store.exists("a"))
    for call in (*calls, lambda: store.delete_prefix("a")):
        with pytest.raises(UnavailableError, match="s3://bucket/a"):
            call()


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_is_ill_is_an_outage(loopback, status: int):
    loopback.serve("/bucket/a", b"<Error><Code>SlowDown</Code></Error>", status)
    client = boto3.client(
        "s3",
        endpoint_url=loopback.base_url,
        region_name="auto",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(UnavailableError):
        S3ObjectStore(client, "bucket").get("a")


@pytest.mark.parametrize("url", ["s3://", "gs://bucket", "https://bucket.example/x", "s3:/bucket"])
def test_an_address_that_is_no_store_is_a_wrong_setting(url: str):
    with pytest.raises(MisconfiguredError, match=f"STORE_URL='{url}'"):
        open_store(url)


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_folder_may_be_named_as_a_path_or_a_file_address(tmp_path: Path, form: str):
    open_store(form.format(tmp_path)).put("a/b", b"x")
    assert (tmp_path / "a/b").read_bytes() == b"x"


@given(st.text(max_size=40))
def test_a_checked_key_never_leaves_its_folder(key: str):
    try:
        clean = checked_key(key)
    except ValueError:
        return
    assert (Path("/root") / clean).resolve().is_relative_to("/root")
    assert Path("/root") / clean != Path("/root")
