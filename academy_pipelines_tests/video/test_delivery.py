"""How a package lies in the bucket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.video.delivery import (
    FileStamp,
    Manifest,
    build_folder,
    build_id,
    differences,
    headers_of,
    upload_waves,
    video_folder,
)

NAMES = st.sampled_from(
    ["master.m3u8", "build.json", "v1/index.m3u8", "v1/iframes.m3u8", "v1/init.mp4", "storyboard.vtt", "thumbnail.jpg"]
) | st.integers(0, 400).map("v2/seg_{:05d}.m4s".format)
STAMPS = st.builds(FileStamp, st.integers(0, 10**10), st.text("0123456789abcdef", min_size=32, max_size=32))
FILES = st.dictionaries(NAMES, STAMPS, max_size=30)


@pytest.mark.parametrize(
    ("name", "content_type", "cache_control"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl", "no-cache"),
        ("v1/index.m3u8", "application/vnd.apple.mpegurl", "no-cache"),
        ("v1/seg_00001.m4s", "video/iso.segment", "public, max-age=31536000, immutable"),
        ("v1/init.mp4", "video/mp4", "public, max-age=31536000, immutable"),
        ("v1/index0.ts", "video/MP2T", "public, max-age=31536000, immutable"),
        ("thumbnail.jpg", "image/jpeg", "public, max-age=604800"),
        ("storyboard.vtt", "text/vtt", "public, max-age=604800"),
    ],
)
def test_every_kind_of_file_has_its_type_and_cache_rule(name: str, content_type: str, cache_control: str):
    assert headers_of(name).content_type == content_type
    assert headers_of(name).cache_control == cache_control


def test_a_file_that_belongs_in_no_package_is_refused():
    with pytest.raises(ValueError, match=r"notes\.txt"):
        headers_of("notes.txt")


@given(st.text(), st.text(), st.text(), st.text())
def test_a_build_is_named_by_its_source_and_its_settings(source: str, settings: str, source_2: str, settings_2: str):
    same = (source, settings) == (source_2, settings_2)
    assert (build_id(source, settings) == build_id(source_2, settings_2)) == same


@pytest.mark.parametrize("prefix", ["media/hls/videos", "/media/hls/videos/"])
def test_a_build_lies_below_its_video(prefix: str):
    assert build_folder(prefix, 7, "abc") == "media/hls/videos/7/abc"
    assert video_folder("", 7) == "7"


@given(st.lists(NAMES, unique=True))
def test_what_a_file_refers_to_is_up_before_it(names: list[str]):
    order = [name for wave in upload_waves(names) for name in wave]
    assert sorted(order) == sorted(names)
    place = {name: number for number, wave in enumerate(upload_waves(names)) for name in wave}
    for name in names:
        if name == "master.m3u8":
            assert all(place[other] < place[name] for other in names if other != name)
        if name.endswith("index.m3u8"):
            assert all(place[other] < place[name] for other in names if other.endswith((".m4s", ".mp4")))


@given(FILES, st.dictionaries(st.text(min_size=1), st.integers() | st.text(), max_size=5))
def test_a_manifest_is_read_as_it_was_written(files: dict[str, FileStamp], facts: dict[str, object]):
    manifest = Manifest("abc", files, facts)
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert manifest.size_bytes == sum(stamp.size_bytes for stamp in files.values())


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"<html>", b"{}", b'{"build": "a", "files": {"x": 7}, "facts": {}}', b"\xff"]
)
def test_what_is_no_manifest_is_refused(text: bytes):
    with pytest.raises(ValueError, match="no manifest"):
        Manifest.from_json(text)


@given(FILES, FILES)
def test_no_difference_means_that_both_sides_are_the_same(expected: dict[str, FileStamp], found: dict[str, FileStamp]):
    assert (differences(expected, found) == []) == (expected == found)
    named = " ".join(differences(expected, found))
    assert all(name in named for name in expected.keys() ^ found.keys())
