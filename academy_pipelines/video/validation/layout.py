"""What a package consists of, as its playlists say: every playlist parsed, every file accounted for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from academy_pipelines.errors import InvalidPlaylistError
from academy_pipelines.video.playlist_reader import parse_master, parse_media
from academy_pipelines.video.playlists import MasterPlaylist, MediaPlaylist, Resource
from academy_pipelines.video.validation.faults import Fault, FaultCode

MASTER_NAME = "master.m3u8"
SIDE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".vtt", ".json")
"""Of files beside a package that no playlist names: thumbnails, storyboards, notes."""


@dataclass(frozen=True, slots=True)
class PackageLayout:
    """The playlists that could be read, by path: variants and audio renditions in `media`, I-frames apart."""

    master: MasterPlaylist | None = None
    media: dict[str, MediaPlaylist] = field(default_factory=dict)
    iframes: dict[str, MediaPlaylist] = field(default_factory=dict)


def read_layout(sizes_bytes: Mapping[str, int], texts: Mapping[str, str]) -> tuple[PackageLayout, list[Fault]]:
    """Return what the playlists `texts` say, and what is wrong with the files that they name.

    `sizes_bytes` has every file of the folder, `texts` every playlist among them.
    """
    if MASTER_NAME not in texts:
        return PackageLayout(), [Fault(FaultCode.MISSING_MASTER, MASTER_NAME, "there is no such file")]
    try:
        master = parse_master(texts[MASTER_NAME], MASTER_NAME)
    except InvalidPlaylistError as error:
        return PackageLayout(), [Fault(FaultCode.MALFORMED_PLAYLIST, MASTER_NAME, str(error))]
    faults: list[Fault] = []
    if not master.variants:
        faults.append(Fault(FaultCode.EMPTY_PLAYLIST, MASTER_NAME, "it names no variant"))
    renditions = [rendition.path for rendition in master.renditions if rendition.path is not None]
    media_paths = [*(variant.path for variant in master.variants), *renditions]
    iframe_paths = [variant.path for variant in master.iframe_variants]
    layout = PackageLayout(master, _parsed(media_paths, texts, faults), _parsed(iframe_paths, texts, faults))
    faults.extend(_file_faults(layout, sizes_bytes))
    named = {MASTER_NAME, *media_paths, *iframe_paths, *(resource.path for resource, _ in _resources(layout))}
    faults.extend(
        Fault(FaultCode.UNREFERENCED_FILE, path, "no playlist names it")
        for path in sorted(sizes_bytes.keys() - named)
        if not path.endswith(SIDE_ENDINGS)
    )
    return layout, faults


def _parsed(paths: list[str], texts: Mapping[str, str], faults: list[Fault]) -> dict[str, MediaPlaylist]:
    parsed: dict[str, MediaPlaylist] = {}
    for path in dict.fromkeys(paths):
        if path not in texts:
            faults.append(Fault(FaultCode.MISSING_PLAYLIST, path, f"{MASTER_NAME} names it, but there is no such file"))
            continue
        try:
            playlist = parse_media(texts[path], path)
        except InvalidPlaylistError as error:
            faults.append(Fault(FaultCode.MALFORMED_PLAYLIST, path, str(error)))
            continue
        if playlist.segments:
            parsed[path] = playlist
        else:
            faults.append(Fault(FaultCode.EMPTY_PLAYLIST, path, "it names no segment"))
    return parsed


def _resources(layout: PackageLayout) -> Iterator[tuple[Resource, FaultCode]]:
    """Every file that a playlist names, each once, with the fault that its absence is."""
    seen: set[Resource] = set()
    for playlist in [*layout.media.values(), *layout.iframes.values()]:
        for segment in playlist.segments:
            wanted = [(segment.resource, FaultCode.MISSING_SEGMENT)]
            if segment.initialisation is not None:
                wanted.append((segment.initialisation, FaultCode.MISSING_INITIALISATION))
            for resource, code in wanted:
                if resource not in seen:
                    seen.add(resource)
                    yield resource, code


def _file_faults(layout: PackageLayout, sizes_bytes: Mapping[str, int]) -> Iterator[Fault]:
    told: set[str] = set()
    for resource, code_if_absent in _resources(layout):
        size = sizes_bytes.get(resource.path)
        end = resource.offset_bytes + (resource.length_bytes or 0)
        if size is None or size == 0:
            code = code_if_absent if size is None else FaultCode.EMPTY_FILE
            if resource.path not in told:
                yield Fault(code, resource.path, "there is no such file" if size is None else "it is empty")
            told.add(resource.path)
        elif end > size:
            message = f"a byte range ends at {end:,}, but the file has {size:,} bytes"
            yield Fault(FaultCode.SEGMENT_TRUNCATED, resource.path, message)
