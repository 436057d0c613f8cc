"""Reads an HLS package from a folder: its playlists here, its media in a child process that may be killed."""

import contextlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from academy_pipelines.errors import ToolError
from academy_pipelines.resources.hls_measuring.messages import MeasuringRequest, SourceFile, facts_from_json
from academy_pipelines.resources.programs.running import ProgramLimits, never, run_program
from academy_pipelines.video.playlists import MediaPlaylist, Resource
from academy_pipelines.video.validation.check import find_faults
from academy_pipelines.video.validation.facts import PackageFacts
from academy_pipelines.video.validation.faults import Fault
from academy_pipelines.video.validation.layout import read_layout
from academy_pipelines.video.validation.promises import PackagePromise

Follow = Callable[[float], None]

MOST_PLAYLIST_BYTES = 16 * 1024**2
"""A day of two-second segments has 3 MB."""
MEASURING = ProgramLimits(stall_s=600.0, memory_bytes=6 * 1024**3, file_bytes=1024**3)
"""It says nothing while it reads through the source, which takes long only where disks are slow."""


def ignore(_: float) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class MeasuringPolicy:
    """What the child may use, and how closely it looks: at so many pictures of the source, with so many threads."""

    limits: ProgramLimits = MEASURING
    threads: int = 2
    thumbnails: int = 6


def check_package(
    folder: Path,
    *,
    source: SourceFile | None = None,
    promise: PackagePromise | None = None,
    policy: MeasuringPolicy | None = None,
    follow: Follow = ignore,
    called_off: Callable[[], bool] = never,
) -> list[Fault]:
    """Return everything that is wrong with the HLS package in `folder`.

    `source` is the file that it was made from, `promise` what its plan said; what they would tell is not checked
    without them. `follow` hears how much has been measured, from 0 to 1.

    Raises:
        CalledOffError: `called_off` said so.
        ToolError: the media could not be measured: the child was killed by a limit, or failed.
    """
    sizes_bytes, texts = read_files(folder)
    layout, faults = read_layout(sizes_bytes, texts)
    chosen = policy or MeasuringPolicy()
    request = MeasuringRequest(
        folder=str(folder.resolve()),
        segments={path: present_segments(playlist, sizes_bytes) for path, playlist in layout.media.items()},
        source=source,
        thumbnails=chosen.thumbnails,
        threads=chosen.threads,
    )
    facts = _measure(request, chosen.limits, follow, called_off)
    return [*faults, *find_faults(layout, facts, promise)]


def read_files(folder: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Return the size of every file below `folder` and the text of every playlist, by relative path."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    sizes_bytes = {name: path.stat().st_size for name, path in files.items() if not path.is_symlink()}
    playlists = [name for name, size in sizes_bytes.items() if name.endswith(".m3u8") and size <= MOST_PLAYLIST_BYTES]
    return sizes_bytes, {name: files[name].read_text(errors="replace") for name in playlists}


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


def _measure(
    request: MeasuringRequest, limits: ProgramLimits, follow: Follow, called_off: Callable[[], bool]
) -> PackageFacts:
    def listen(line: str) -> bool:
        with contextlib.suppress(ValueError):
            follow(float(line))
        return True

    with tempfile.TemporaryDirectory(prefix="academy-measuring-") as name:
        asked, answered = Path(name) / "request.json", Path(name) / "facts.json"
        asked.write_bytes(request.to_json())
        argv = [sys.executable, "-m", "academy_pipelines.resources.hls_measuring", str(asked), str(answered)]
        end = run_program(argv, Path(name), limits, listen=listen, called_off=called_off)
        if end.code != 0:
            reason = "it was killed by a limit" if end.code < 0 else "\n".join(end.last_words)
            raise ToolError(f"the media of {request.folder} could not be measured: {reason}")
        try:
            return facts_from_json(answered.read_bytes())
        except ValueError as error:
            raise ToolError(f"the measuring of {request.folder} answered nonsense: {error}") from error
