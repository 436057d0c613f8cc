"""Playlists are read as they are written, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.errors import InvalidPlaylistError
from academy_pipelines.video.playlist_reader import parse_master, parse_media
from academy_pipelines.video.playlists import Resource

LINES = st.sampled_from(
    [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-VERSION:x",
        "#EXTINF:4.0,",
        "#EXTINF:,",
        "#EXT-X-BYTERANGE:10@5",
        "#EXT-X-BYTERANGE:10",
        '#EXT-X-MAP:URI="init.mp4"',
        '#EXT-X-MAP:URI="init.mp4',
        "#EXT-X-STREAM-INF:BANDWIDTH=1",
        "#EXT-X-STREAM-INF:BANDWIDTH",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"',
        "a.m4s",
        "../a.m4s",
        "http://elsewhere/a.m4s",
        "#EXT-X-ENDLIST",
        "# a comment",
    ]
)


def media(*lines: str) -> str:
    return "\n".join(["#EXTM3U", *lines])


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,8}\.m4s", fullmatch=True), st.integers(1, 10**7)), max_size=20))
def test_segments_are_read_in_order_with_their_durations(segments: list[tuple[str, int]]):
    lines = [line for name, micros in segments for line in (f"#EXTINF:{micros / 1e6:.6f},title", name)]
    read = parse_media(media("#EXT-X-TARGETDURATION:11", *lines, "#EXT-X-ENDLIST"), "v1/index.m3u8").segments
    assert [one.resource.path for one in read] == [f"v1/{name}" for name, _ in segments]
    assert [one.duration_s for one in read] == pytest.approx([micros / 1e6 for _, micros in segments])


@given(st.text() | st.lists(LINES).map("\n".join) | st.lists(LINES).map(lambda lines: media(*lines)))
def test_anything_is_a_playlist_or_refused_as_none(text: str):
    for parse in (parse_master, parse_media):
        try:
            parse(text, "index.m3u8")
        except InvalidPlaylistError:
            continue


@pytest.mark.parametrize("uri", ["../../x.m4s", "/etc/passwd", "https://x.example/a.m4s", "//x/a", "%2e%2e/%2e%2e/x"])
def test_a_playlist_cannot_point_outside_its_package(uri: str):
    with pytest.raises(InvalidPlaylistError, match="outside"):
        parse_media(media("#EXTINF:4,", uri), "v1/index.m3u8")


def test_byte_ranges_go_on_where_the_one_before_ended():
    lines = ["#EXTINF:4,", "#EXT-X-BYTERANGE:10@100", "a.mp4", "#EXTINF:4,", "#EXT-X-BYTERANGE:20", "a.mp4"]
    read = parse_media(media(*lines), "index.m3u8").segments
    assert [one.resource for one in read] == [Resource("a.mp4", 100, 10), Resource("a.mp4", 110, 20)]
    with pytest.raises(InvalidPlaylistError, match="continues nothing"):
        parse_media(media("#EXTINF:4,", "#EXT-X-BYTERANGE:20", "a.mp4"), "index.m3u8")


def test_a_master_says_what_a_player_may_choose_from():
    text = media(
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="Sound, loud",URI="audio/index.m3u8"',
        '#EXT-X-STREAM-INF:BANDWIDTH=90,AVERAGE-BANDWIDTH=80,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=16x9,AUDIO="s"',
        "v1/index.m3u8",
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9,URI="v1/iframes.m3u8"',
    )
    master = parse_master(text, "master.m3u8")
    (variant,) = master.variants
    assert (variant.path, variant.bandwidth, variant.average_bandwidth) == ("v1/index.m3u8", 90, 80)
    assert (variant.codecs, variant.resolution, variant.audio_group) == (("avc1.64001f", "mp4a.40.2"), (16, 9), "s")
    assert [one.path for one in master.renditions] == ["audio/index.m3u8"]
    assert [one.path for one in master.iframe_variants] == ["v1/iframes.m3u8"]
    assert master.independent_segments
