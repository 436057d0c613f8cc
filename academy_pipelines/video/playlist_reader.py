"""HLS playlists read strictly (RFC 8216).

A tag that is not read here is skipped, as a player would; a line that breaks the grammar of one that is, is an error.
"""

import posixpath
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from academy_pipelines.errors import InvalidPlaylistError
from academy_pipelines.video.playlists import MasterPlaylist, MediaPlaylist, Rendition, Resource, Segment, Variant

_ATTRIBUTES = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]+)(?:,|$)')
_BYTE_RANGE = re.compile(r"(\d+)(?:@(\d+))?")


def parse_master(text: str, path: str) -> MasterPlaylist:
    """Return the master playlist `text` of the file `path`.

    Raises:
        InvalidPlaylistError: it is not one, breaks the grammar, or points outside its package.
    """
    lines = _lines(text, path)
    variants: list[Variant] = []
    iframe_variants: list[Variant] = []
    renditions: list[Rendition] = []
    awaited: dict[str, str] | None = None
    for line in lines:
        name, _, value = line.partition(":")
        if name == "#EXT-X-STREAM-INF":
            awaited = _attributes(value, path)
        elif name == "#EXT-X-I-FRAME-STREAM-INF":
            attributes = _attributes(value, path)
            iframe_variants.append(_variant(attributes, _required(attributes, "URI", path), path))
        elif name == "#EXT-X-MEDIA":
            renditions.append(_rendition(_attributes(value, path), path))
        elif not line.startswith("#"):
            if awaited is None:
                raise InvalidPlaylistError(f"{path} has {line!r} without an EXT-X-STREAM-INF before it")
            variants.append(_variant(awaited, line, path))
            awaited = None
    if awaited is not None:
        raise InvalidPlaylistError(f"{path} ends where an EXT-X-STREAM-INF wants its URI")
    version, independent = _version(lines, path), "#EXT-X-INDEPENDENT-SEGMENTS" in lines
    return MasterPlaylist(path, version, independent, tuple(variants), tuple(iframe_variants), tuple(renditions))


def parse_media(text: str, path: str) -> MediaPlaylist:
    """Return the media playlist `text` of the file `path`.

    Raises:
        InvalidPlaylistError: it is not one, breaks the grammar, or points outside its package.
    """
    lines = _lines(text, path)
    reader = _SegmentReader(path)
    for line in lines:
        reader.read(line)
    if reader.duration_s is not None:
        raise InvalidPlaylistError(f"{path} ends where an EXTINF wants its URI")
    target = _value(lines, "#EXT-X-TARGETDURATION")
    return MediaPlaylist(
        path,
        version=_version(lines, path),
        target_duration_s=None if target is None else _whole(target, "EXT-X-TARGETDURATION", path),
        ended="#EXT-X-ENDLIST" in lines,
        independent_segments="#EXT-X-INDEPENDENT-SEGMENTS" in lines,
        iframes_only="#EXT-X-I-FRAMES-ONLY" in lines,
        segments=tuple(reader.segments),
    )


@dataclass(slots=True)
class _SegmentReader:
    """Collects segments line by line; what a tag says is kept until the URI that it belongs to."""

    path: str
    segments: list[Segment] = field(default_factory=list)
    duration_s: float | None = None
    byte_range: tuple[int, int | None] | None = None
    initialisation: Resource | None = None
    discontinuity: bool = False

    def read(self, line: str) -> None:
        name, _, value = line.partition(":")
        if name == "#EXTINF":
            self.duration_s = _seconds(value.partition(",")[0], self.path)
        elif name == "#EXT-X-BYTERANGE":
            self.byte_range = _byte_range(value, self.path)
        elif name == "#EXT-X-MAP":
            self.initialisation = self._map(_attributes(value, self.path))
        elif line == "#EXT-X-DISCONTINUITY":
            self.discontinuity = True
        elif not line.startswith("#"):
            self._take(line)

    def _map(self, attributes: dict[str, str]) -> Resource:
        path = _inside(_required(attributes, "URI", self.path), self.path)
        if "BYTERANGE" not in attributes:
            return Resource(path)
        length, offset = _byte_range(attributes["BYTERANGE"], self.path)
        return Resource(path, offset or 0, length)

    def _take(self, uri: str) -> None:
        if self.duration_s is None:
            raise InvalidPlaylistError(f"{self.path} has {uri!r} without an EXTINF before it")
        resource = self._resource(_inside(uri, self.path))
        self.segments.append(Segment(resource, self.duration_s, self.initialisation, self.discontinuity))
        self.duration_s, self.byte_range, self.discontinuity = None, None, False

    def _resource(self, path: str) -> Resource:
        if self.byte_range is None:
            return Resource(path)
        length, offset = self.byte_range
        if offset is not None:
            return Resource(path, offset, length)
        before = self.segments[-1].resource if self.segments else None
        if before is None or before.path != path or before.length_bytes is None:
            raise InvalidPlaylistError(f"{self.path} has a byte range of {path} that continues nothing")
        return Resource(path, before.offset_bytes + before.length_bytes, length)


def _lines(text: str, path: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    if not lines or lines[0] != "#EXTM3U":
        raise InvalidPlaylistError(f"{path} is no playlist: it begins with {text[:20]!r} instead of #EXTM3U")
    return [line for line in lines if line]


def _value(lines: list[str], tag: str) -> str | None:
    return next((line.partition(":")[2] for line in lines if line.partition(":")[0] == tag), None)


def _version(lines: list[str], path: str) -> int:
    value = _value(lines, "#EXT-X-VERSION")
    return 1 if value is None else _whole(value, "EXT-X-VERSION", path)


def _attributes(text: str, path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    for match in _ATTRIBUTES.finditer(text):
        if match.start() != position:
            break
        found[match[1]] = match[2].strip('"')
        position = match.end()
    if position != len(text):
        raise InvalidPlaylistError(f"{path} has an attribute list that cannot be read: {text!r}")
    return found


def _required(attributes: dict[str, str], name: str, path: str) -> str:
    if name not in attributes:
        raise InvalidPlaylistError(f"{path} has a tag without its {name}: {attributes}")
    return attributes[name]


def _variant(attributes: dict[str, str], uri: str, path: str) -> Variant:
    codecs = tuple(part.strip() for part in attributes.get("CODECS", "").split(",") if part.strip())
    rate = attributes.get("FRAME-RATE")
    return Variant(
        path=_inside(uri, path),
        bandwidth=_optional_whole(attributes, "BANDWIDTH", path),
        average_bandwidth=_optional_whole(attributes, "AVERAGE-BANDWIDTH", path),
        codecs=codecs,
        resolution=_resolution(attributes.get("RESOLUTION"), path),
        frame_rate=None if rate is None else _seconds(rate, path),
        audio_group=attributes.get("AUDIO"),
    )


def _rendition(attributes: dict[str, str], path: str) -> Rendition:
    uri = attributes.get("URI")
    kind, group = _required(attributes, "TYPE", path), _required(attributes, "GROUP-ID", path)
    return Rendition(kind, group, None if uri is None else _inside(uri, path))


def _resolution(text: str | None, path: str) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise InvalidPlaylistError(f"{path} has the resolution {text!r}")
    return int(match[1]), int(match[2])


def _optional_whole(attributes: dict[str, str], name: str, path: str) -> int | None:
    return _whole(attributes[name], name, path) if name in attributes else None


def _whole(text: str, name: str, path: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise InvalidPlaylistError(f"{path} has {name} {text!r}, which is no whole number")
    return int(text)


def _seconds(text: str, path: str) -> float:
    if not re.fullmatch(r"\d{1,12}(\.\d{1,18})?", text):
        raise InvalidPlaylistError(f"{path} has the number {text!r}")
    return float(text)


def _byte_range(text: str, path: str) -> tuple[int, int | None]:
    match = _BYTE_RANGE.fullmatch(text)
    if match is None:
        raise InvalidPlaylistError(f"{path} has the byte range {text!r}")
    return int(match[1]), None if match[2] is None else int(match[2])


def _inside(uri: str, playlist: str) -> str:
    """Return the path in the package that `uri` names in `playlist`."""
    parts = urlsplit(uri)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(playlist), unquote(parts.path)))
    if parts.scheme or parts.netloc or path.startswith(("/", "..")) or "\0" in path:
        raise InvalidPlaylistError(f"{playlist} points outside its package: {uri!r}")
    return path
