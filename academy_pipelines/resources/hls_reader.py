"""Reads an HLS package from a folder: its playlists here, its media in a child process that may be killed."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from academy_pipelines.errors import ToolError
from academy_pipelines.resources.hls_measuring.messages import MeasuringRequest, SourceFile, facts_from_json
from academy_pipelines.video.playlists import MediaPlaylist, Resource
from academy_pipelines.video.validation.check import find_faults
from academy_pipelines.video.validation.facts import PackageFacts
from academy_pipelines.video.validation.faults import Fault
from academy_pipelines.video.validation.layout import PackageLayout, read_layout
from academy_pipelines.video.validation.promises import PackagePromise

MOST_PLAYLIST_BYTES = 16 * 1024**2
"""A day of two-second segments has 3 MB."""
LAST_WORDS_BYTES = 2000
INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "OPENBLAS_CORETYPE")
"""Environment that the child gets: what it needs to start, and no secret."""


@dataclass(frozen=True, slots=True)
class MeasuringLimits:
    """How much a child may use, and how closely it looks at the source."""

    timeout_s: float = 3600.0
    cpu_s: int = 7200
    memory_bytes: int = 6 * 1024**3
    threads: int = 2
    thumbnails: int = 6


def check_package(
    folder: Path,
    *,
    source: SourceFile | None = None,
    promise: PackagePromise | None = None,
    limits: MeasuringLimits | None = None,
) -> list[Fault]:
    """Return everything that is wrong with the HLS package in `folder`.

    `source` is the file that it was made from, `promise` what its plan said; what they would tell is not checked
    without them.

    Raises:
        ToolError: the media could not be measured: the child was killed by a limit, or failed.
    """
    sizes_bytes, texts = read_files(folder)
    layout, faults = read_layout(sizes_bytes, texts)
    facts = measure(folder, layout, sizes_bytes, source, limits or MeasuringLimits())
    return [*faults, *find_faults(layout, facts, promise)]


def read_files(folder: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Return the size of every file below `folder` and the text of every playlist, by relative path."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    sizes_bytes = {name: path.stat().st_size for name, path in files.items() if not path.is_symlink()}
    playlists = [name for name, size in sizes_bytes.items() if name.endswith(".m3u8") and size <= MOST_PLAYLIST_BYTES]
    return sizes_bytes, {name: files[name].read_text(errors="replace") for name in playlists}


def measure(
    folder: Path, layout: PackageLayout, sizes_bytes: dict[str, int], source: SourceFile | None, limits: MeasuringLimits
) -> PackageFacts:
    """Return the facts of the package that `layout` describes.

    Raises:
        ToolError: the child was killed by a limit, or failed.
    """
    request = MeasuringRequest(
        folder=str(folder.resolve()),
        segments={path: present_segments(playlist, sizes_bytes) for path, playlist in layout.media.items()},
        source=source,
        thumbnails=limits.thumbnails,
        threads=limits.threads,
        cpu_s=limits.cpu_s,
        memory_bytes=limits.memory_bytes,
    )
    try:
        return facts_from_json(_run(request.to_json(), limits.timeout_s))
    except ValueError as error:
        raise ToolError(f"the measuring of {folder} answered nonsense: {error}") from error


def present_segments(
    playlist: MediaPlaylist, sizes_bytes: dict[str, int]
) -> list[tuple[Resource, Resource | None] | None]:
    """The segments that exist, and None for the others."""
    return [
        (segment.resource, segment.initialisation)
        if all(sizes_bytes.get(one.path) for one in (segment.resource, segment.initialisation) if one is not None)
        else None
        for segment in playlist.segments
    ]


def _run(request: bytes, timeout_s: float) -> bytes:
    argv = [sys.executable, "-m", "academy_pipelines.resources.hls_measuring"]
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            argv, input=request, capture_output=True, timeout=timeout_s, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"the media could not be measured within {timeout_s:g} s") from error
    if done.returncode != 0:
        words = done.stderr[-LAST_WORDS_BYTES:].decode(errors="replace").strip()
        raise ToolError(f"measuring the media ended with {done.returncode}: {words}")
    return done.stdout
