"""HLS playlists as text (RFC 8216); `playlist_reader` reads them."""

from collections.abc import Iterator

from academy_pipelines.video.playlists import MasterPlaylist, MediaPlaylist, Rendition, Resource, Segment, Variant


def write_media(playlist: MediaPlaylist) -> str:
    """Return the text of an on-demand media playlist."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{playlist.version}",
        f"#EXT-X-TARGETDURATION:{playlist.target_duration_s}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        *(["#EXT-X-INDEPENDENT-SEGMENTS"] if playlist.independent_segments else []),
        *(["#EXT-X-I-FRAMES-ONLY"] if playlist.iframes_only else []),
        *_segment_lines(playlist),
        *(["#EXT-X-ENDLIST"] if playlist.ended else []),
    ]
    return "\n".join(lines) + "\n"


def write_master(playlist: MasterPlaylist) -> str:
    """Return the text of a master playlist."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{playlist.version}",
        *(["#EXT-X-INDEPENDENT-SEGMENTS"] if playlist.independent_segments else []),
        *(f"#EXT-X-MEDIA:{_rendition(rendition)}" for rendition in playlist.renditions),
        *(line for variant in playlist.variants for line in (f"#EXT-X-STREAM-INF:{_variant(variant)}", variant.path)),
        *(f'#EXT-X-I-FRAME-STREAM-INF:{_described(one)},URI="{one.path}"' for one in playlist.iframe_variants),
    ]
    return "\n".join(lines) + "\n"


def _segment_lines(playlist: MediaPlaylist) -> Iterator[str]:
    folder = playlist.path.rpartition("/")[0]
    initialisation: Resource | None = None
    for segment in playlist.segments:
        if segment.initialisation is not None and segment.initialisation != initialisation:
            initialisation = segment.initialisation
            yield f'#EXT-X-MAP:URI="{_uri(initialisation, folder)}"{_map_range(initialisation)}'
        yield from _lines_of(segment, folder)


def _lines_of(segment: Segment, folder: str) -> Iterator[str]:
    if segment.discontinuity:
        yield "#EXT-X-DISCONTINUITY"
    yield f"#EXTINF:{segment.duration_s:.6f},"
    if segment.resource.length_bytes is not None:
        yield f"#EXT-X-BYTERANGE:{segment.resource.length_bytes}@{segment.resource.offset_bytes}"
    yield _uri(segment.resource, folder)


def _uri(resource: Resource, folder: str) -> str:
    return resource.path.removeprefix(f"{folder}/") if folder else resource.path


def _map_range(resource: Resource) -> str:
    if resource.length_bytes is None:
        return ""
    return f',BYTERANGE="{resource.length_bytes}@{resource.offset_bytes}"'


def _rendition(rendition: Rendition) -> str:
    uri = "" if rendition.path is None else f',URI="{rendition.path}"'
    name = f'NAME="{rendition.group}",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2"'
    return f'TYPE={rendition.kind},GROUP-ID="{rendition.group}",{name}{uri}'


def _variant(variant: Variant) -> str:
    sound = "" if variant.audio_group is None else f',AUDIO="{variant.audio_group}"'
    rate = "" if variant.frame_rate is None else f",FRAME-RATE={variant.frame_rate:.3f}"
    return f"{_described(variant)}{rate},CLOSED-CAPTIONS=NONE{sound}"


def _described(variant: Variant) -> str:
    width, height = variant.resolution or (0, 0)
    return (
        f"BANDWIDTH={variant.bandwidth},AVERAGE-BANDWIDTH={variant.average_bandwidth},"
        f'CODECS="{",".join(variant.codecs)}",RESOLUTION={width}x{height},VIDEO-RANGE=SDR'
    )
