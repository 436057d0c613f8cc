"""What publishing promises: over a fake, a folder, and a real S3 server."""

import threading
from pathlib import Path

import boto3
import pytest

from academy_pipelines.errors import MisconfiguredError, UnavailableError
from academy_pipelines.resources import publisher as publishing
from academy_pipelines.resources.media_store import FolderMediaStore, MediaStore, MemoryMediaStore, stamp_of
from academy_pipelines.resources.media_store_s3 import S3MediaStore, open_media_store
from academy_pipelines.resources.object_store import ObjectNotFoundError
from academy_pipelines.resources.publisher import Publisher, connections_for
from academy_pipelines.resources.s3_calls import S3Access, s3_client
from academy_pipelines.video.delivery import FileStamp, Manifest, ObjectHeaders, headers_of

PREFIX = "media/hls/videos"
BUILD = "b" * 24
FACTS = {"duration": 3}
FILES = {
    "master.m3u8": b"#EXTM3U master",
    "thumbnail.jpg": b"jpeg",
    "storyboard.vtt": b"WEBVTT",
    "v1/index.m3u8": b"#EXTM3U v1",
    "v1/init.mp4": b"ftyp",
    **{f"v1/seg_{n:05d}.m4s": bytes([n]) * (n * 100 + 1) for n in range(6)},
}


@pytest.fixture(params=["memory", "folder", "s3", "s3 with a prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "memory":
        return MemoryMediaStore()
    if request.param == "folder":
        return open_media_store(str(tmp_path / "store"), S3Access(), 1)
    bucket, endpoint = request.getfixturevalue("bucket"), request.getfixturevalue("s3_url")
    prefix = "/some/prefix" if "prefix" in request.param else ""
    return open_media_store(f"s3://{bucket}{prefix}", S3Access(endpoint, "us-east-1", "key", "secret"), 8)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "package"


def publisher(store: MediaStore) -> Publisher:
    return Publisher(store, PREFIX, places=2)


def published(store: MediaStore, package: Path, video_id: int = 7) -> Manifest:
    manifest = publisher(store).manifest_of(package, BUILD, FACTS)
    publisher(store).publish(video_id, manifest, package)
    return manifest


def test_a_published_package_is_found_whole(store: MediaStore, package: Path):
    manifest = published(store, package)
    assert set(manifest.files) == set(FILES)
    assert publisher(store).find(7, BUILD) == manifest
    for name, data in FILES.items():
        assert store.get(f"{PREFIX}/7/{BUILD}/{name}") == data


def test_what_was_never_published_is_not_found(store: MediaStore, package: Path):
    published(store, package)
    assert publisher(store).find(8, BUILD) is None
    assert publisher(store).find(7, "other") is None


def test_a_package_that_lost_or_gained_or_changed_a_file_is_not_found(store: MediaStore, package: Path, tmp_path: Path):
    folder, stray = f"{PREFIX}/7/{BUILD}", tmp_path / "stray"
    stray.write_bytes(b"something else")
    headers = headers_of("a.m4s")
    for spoil in (
        lambda: store.delete(folder, ["v1/seg_00003.m4s"]),
        lambda: store.put_file(f"{folder}/v1/seg_00009.m4s", stray, stamp_of(stray), headers),
        lambda: store.put_file(f"{folder}/v1/seg_00002.m4s", stray, stamp_of(stray), headers),
        lambda: store.put_file(f"{folder}/build.json", stray, stamp_of(stray), headers),
    ):
        manifest = published(store, package)
        spoil()
        assert publisher(store).find(7, BUILD) is None
        publisher(store).publish(7, manifest, package)
        assert publisher(store).find(7, BUILD) == manifest


def test_leftovers_of_an_earlier_try_are_gone_after_the_next(store: MediaStore, package: Path):
    published(store, package)
    (package / "v1/seg_00005.m4s").unlink()
    manifest = published(store, package)
    assert publisher(store).find(7, BUILD) == manifest
    with pytest.raises(ObjectNotFoundError):
        store.get(f"{PREFIX}/7/{BUILD}/v1/seg_00005.m4s")


def test_another_video_adopts_a_build_without_sending_it(store: MediaStore, package: Path):
    manifest = published(store, package)
    assert publisher(store).adopt(9, BUILD, holder_id=7) == manifest
    assert publisher(store).find(9, BUILD) == manifest
    publisher(store).withdraw(7, BUILD)
    assert publisher(store).find(9, BUILD) == manifest
    assert publisher(store).adopt(8, BUILD, holder_id=7) is None


def test_a_withdrawn_build_is_gone_and_its_neighbours_stay(store: MediaStore, package: Path):
    published(store, package, 7)
    published(store, package, 77)
    assert publisher(store).withdraw(7, BUILD) == len(FILES) + 1
    assert store.listing(f"{PREFIX}/7/{BUILD}") == {}
    assert publisher(store).find(77, BUILD)
    assert publisher(store).withdraw(7, BUILD) == 0


def test_the_watch_is_told_how_much_is_up_and_may_stop_it(store: MediaStore, package: Path):
    manifest, told = publisher(store).manifest_of(package, BUILD, FACTS), list[int]()
    publisher(store).publish(7, manifest, package, told.append)
    assert told == sorted(told)
    assert told[-1] >= manifest.size_bytes

    class Stopped(Exception):  # noqa: N818
        pass

    def stop(_bytes: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        publisher(store).publish(8, manifest, package, stop)
    with pytest.raises(ObjectNotFoundError):
        store.get(f"{PREFIX}/8/{BUILD}/master.m3u8")


def ignore(_key: str) -> None:
    """Nothing happens before a file is put."""


class Watched(MediaStore):
    """A store in memory that remembers what happened, and may do it wrongly."""

    def __init__(self) -> None:
        self.inner = MemoryMediaStore()
        self.put: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.before_put = ignore
        self._lock = threading.Lock()

    def put_file(self, key: str, path: Path, stamp: FileStamp, headers: ObjectHeaders) -> None:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.before_put(key)
            self.inner.put_file(key, path, stamp, headers)
        finally:
            with self._lock:
                self.at_once -= 1
                self.put.append(key.removeprefix(f"{PREFIX}/7/{BUILD}/"))

    def get(self, key: str) -> bytes:
        return self.inner.get(key)

    def copy(self, source: str, target: str, headers: ObjectHeaders) -> None:
        self.inner.copy(source, target, headers)

    def listing(self, folder: str) -> dict[str, FileStamp]:
        return self.inner.listing(folder)

    def delete(self, folder: str, names: list[str]) -> None:
        self.inner.delete(folder, names)

    def location(self, key: str) -> str:
        return self.inner.location(key)


def test_segments_are_up_before_playlists_and_the_master_comes_last(package: Path):
    store = Watched()
    published(store, package)
    assert store.put[-2:] == ["build.json", "master.m3u8"]
    assert set(store.put[-4:-2]) == {"v1/index.m3u8", "storyboard.vtt"}


def test_small_files_go_up_four_to_a_place(package: Path):
    store, arrived = Watched(), threading.Barrier(6)
    store.before_put = lambda key: arrived.wait(timeout=20) if key.endswith(".m4s") else None
    published(store, package)
    assert 6 <= store.most_at_once <= 8


def test_large_files_take_a_place_each(package: Path, monkeypatch):
    monkeypatch.setattr(publishing, "SMALL_BYTES", 0)
    store = Watched()
    store.before_put = lambda _key: threading.Event().wait(0.01)
    published(store, package)
    assert store.most_at_once == 2
    assert connections_for(2) == 10


def test_what_is_up_already_is_not_sent_again(package: Path):
    store, failures = Watched(), iter([True])

    def once_down(key: str) -> None:
        if key.endswith("index.m3u8") and next(failures, False):
            raise UnavailableError("the store answered 503")

    store.before_put = once_down
    manifest = publisher(store).manifest_of(package, BUILD, FACTS)
    with pytest.raises(UnavailableError):
        publisher(store).publish(7, manifest, package)
    assert publisher(store).find(7, BUILD) is None
    store.put.clear()
    publisher(store).publish(7, manifest, package)
    assert not any(name.endswith(".m4s") for name in store.put)
    assert publisher(store).find(7, BUILD) == manifest


def test_a_failed_upload_leaves_no_master_and_starts_no_further_upload(package: Path):
    store = Watched()

    def down(key: str) -> None:
        raise UnavailableError("the store answered 503")

    store.before_put = down
    with pytest.raises(UnavailableError, match="503"):
        published(store, package)
    assert store.inner.objects == {}
    assert "master.m3u8" not in store.put


def test_a_store_that_lost_something_behind_our_back_gets_no_master(package: Path):
    store = Watched()

    def forgetful(key: str) -> None:
        if key.endswith("build.json"):
            store.inner.delete(f"{PREFIX}/7/{BUILD}", ["v1/seg_00001.m4s"])

    store.before_put = forgetful
    with pytest.raises(UnavailableError, match=r"seg_00001\.m4s is missing"):
        published(store, package)
    assert f"{PREFIX}/7/{BUILD}/master.m3u8" not in store.inner.objects


def test_a_file_that_changed_on_its_way_is_noticed(store: MediaStore, tmp_path: Path):
    path = tmp_path / "a.m4s"
    path.write_bytes(b"what was measured")
    stamp = stamp_of(path)
    path.write_bytes(b"what was then sent")
    with pytest.raises(UnavailableError, match=r"instead of|did not serve|did not answer"):
        store.put_file("a/a.m4s", path, FileStamp(18, stamp.md5), headers_of("a.m4s"))


def test_s3_keeps_types_and_cache_rules_and_copies_have_them_too(bucket: str, s3_url: str, package: Path):
    access = S3Access(s3_url, "us-east-1", "key", "secret")
    store = S3MediaStore(s3_client(access), bucket)
    published(store, package)
    publisher(store).adopt(9, BUILD, holder_id=7)
    client = boto3.client(
        "s3", endpoint_url=s3_url, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    )
    for video_id in (7, 9):
        for name in FILES:
            head = client.head_object(Bucket=bucket, Key=f"{PREFIX}/{video_id}/{BUILD}/{name}")
            assert ObjectHeaders(head["ContentType"], head["CacheControl"]) == headers_of(name)


def test_uploads_to_s3_carry_their_md5_and_no_checksum_that_r2_refuses(loopback, tmp_path: Path):
    path = tmp_path / "a.m4s"
    path.write_bytes(b"segment")
    stamp = stamp_of(path)
    loopback.serve("/bucket/v/a.m4s", b"", ETag=f'"{stamp.md5}"')
    store = S3MediaStore(s3_client(S3Access(loopback.base_url, "auto", "key", "secret")), "bucket")
    store.put_file("v/a.m4s", path, stamp, headers_of("a.m4s"))
    (asked,) = loopback.asked
    names = {name.lower() for name in asked.headers}
    assert asked.body == b"segment"
    assert "content-md5" in names
    assert not any("checksum" in name or name == "x-amz-trailer" for name in names)


def test_an_etag_that_is_not_the_files_md5_is_an_outage(loopback, tmp_path: Path):
    path = tmp_path / "a.m4s"
    path.write_bytes(b"segment")
    loopback.serve("/bucket/v/a.m4s", b"", ETag='"0123"')
    store = S3MediaStore(s3_client(S3Access(loopback.base_url, "auto", "key", "secret")), "bucket")
    with pytest.raises(UnavailableError, match="MD5 0123"):
        store.put_file("v/a.m4s", path, stamp_of(path), headers_of("a.m4s"))


def test_a_folder_that_cannot_be_written_is_an_outage_that_names_it(tmp_path: Path):
    (tmp_path / "store").write_text("a file where the folder should be")
    (tmp_path / "a.m4s").write_bytes(b"x")
    store = FolderMediaStore(tmp_path / "store")
    with pytest.raises(UnavailableError, match=str(tmp_path / "store")):
        store.put_file("a/a.m4s", tmp_path / "a.m4s", stamp_of(tmp_path / "a.m4s"), headers_of("a.m4s"))


@pytest.mark.parametrize("url", ["s3://", "gs://bucket", "https://bucket.example/x"])
def test_an_address_that_is_no_store_is_a_wrong_setting(url: str):
    with pytest.raises(MisconfiguredError, match="R2_BUCKET"):
        open_media_store(url, S3Access(), 1)
