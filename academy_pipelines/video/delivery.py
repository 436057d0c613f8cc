"""How a finished package lies in the bucket: keys, names of builds, types, cache rules, and what goes up when.

A build is one encode of one source: another source or other settings make another build in a folder of its own, so
that what browsers and CDNs keep for a year never changes under them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Self

from academy_pipelines.video.package import MASTER

BUILD_ID_CHARS = 24
"""Hexadecimal digits: 96 bits, so that no two builds of one academy ever share a name."""

MANIFEST = "build.json"

IMMUTABLE = "public, max-age=31536000, immutable"
FOR_A_WEEK = "public, max-age=604800"
NO_CACHE = "no-cache"

TYPES = {
    ".m3u8": ("application/vnd.apple.mpegurl", NO_CACHE),
    ".ts": ("video/MP2T", IMMUTABLE),
    ".m4s": ("video/iso.segment", IMMUTABLE),
    ".mp4": ("video/mp4", IMMUTABLE),
    ".aac": ("audio/aac", IMMUTABLE),
    ".vtt": ("text/vtt", FOR_A_WEEK),
    ".jpg": ("image/jpeg", FOR_A_WEEK),
    ".jpeg": ("image/jpeg", FOR_A_WEEK),
    ".png": ("image/png", FOR_A_WEEK),
    ".webp": ("image/webp", FOR_A_WEEK),
    ".json": ("application/json", NO_CACHE),
}
"""Content type and Cache-Control by the ending of a name; Apple HLS Authoring Specification 10.4 for the types."""


@dataclass(frozen=True, slots=True)
class ObjectHeaders:
    """What a public object says of itself."""

    content_type: str
    cache_control: str


def headers_of(name: str) -> ObjectHeaders:
    """Return the headers of a file of a package.

    Raises:
        ValueError: no file of a package ends so, which is a mistake in our code.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending not in TYPES:
        raise ValueError(f"{name!r} has no place in a package; known endings: {' '.join(sorted(TYPES))}")
    return ObjectHeaders(*TYPES[ending])


def build_id(source_sha256: str, settings_hash: str) -> str:
    """Return the name of the build that these settings make of this source."""
    return hashlib.sha256(f"{source_sha256}\n{settings_hash}".encode()).hexdigest()[:BUILD_ID_CHARS]


def video_folder(prefix: str, video_id: int) -> str:
    """Return the key prefix of all builds of a video."""
    return "/".join(filter(None, [prefix.strip("/"), str(video_id)]))


def build_folder(prefix: str, video_id: int, build: str) -> str:
    """Return the key prefix of one build."""
    return f"{video_folder(prefix, video_id)}/{build}"


def upload_waves(names: Iterable[str]) -> list[list[str]]:
    """Return the files of a package in the order in which they may become visible: one wave after the other.

    What a file refers to is there before it: segments and pictures, then playlists, the manifest, the master.
    """
    waves: list[list[str]] = [[], [], [], []]
    for name in sorted(names):
        waves[_wave(name)].append(name)
    return [wave for wave in waves if wave]


def _wave(name: str) -> int:
    if name == MASTER:
        return 3
    if name == MANIFEST:
        return 2
    return 1 if name.endswith((".m3u8", ".vtt")) else 0


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What one file of a package must be: its size and MD5, which is also the ETag that S3 and R2 give it."""

    size_bytes: int
    md5: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A package's contents as they were published, kept beside them: whoever finds it can tell whether all is there.

    `facts` is what the back end is told about the package, without the paths.
    """

    build: str
    files: Mapping[str, FileStamp]
    facts: Mapping[str, Any]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(stamp.size_bytes for stamp in self.files.values())

    def to_json(self) -> bytes:
        """Return the manifest's text."""
        files = {name: asdict(stamp) for name, stamp in sorted(self.files.items())}
        return json.dumps({"build": self.build, "files": files, "facts": dict(self.facts)}, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a manifest's text.

        Raises:
            ValueError: it is none.
        """
        try:
            parsed = json.loads(text)
            files = {str(name): FileStamp(**stamp) for name, stamp in parsed["files"].items()}
            return cls(str(parsed["build"]), files, dict(parsed["facts"]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{text[:60]!r} is no manifest of a build") from error


def differences(expected: Mapping[str, FileStamp], found: Mapping[str, FileStamp]) -> list[str]:
    """Return in words how what is stored differs from what should be; nothing when all is well."""
    missing = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    foreign = [f"{name} does not belong there" for name in sorted(found.keys() - expected.keys())]
    wrong = [
        f"{name} has {found[name].size_bytes} bytes, MD5 {found[name].md5}, "
        f"instead of {expected[name].size_bytes}, {expected[name].md5}"
        for name in sorted(expected.keys() & found.keys())
        if found[name] != expected[name]
    ]
    return missing + wrong + foreign
