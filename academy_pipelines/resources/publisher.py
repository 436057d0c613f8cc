"""Publish packages: many files at once, each proved, the door last; and find, copy and withdraw what was published.

Uploads of small files wait for the store's answer and not for the line, so that four of them take one place.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import final

from academy_pipelines.errors import UnavailableError
from academy_pipelines.resources.media_store import MediaStore, stamp_of
from academy_pipelines.resources.object_store import ObjectNotFoundError
from academy_pipelines.video.delivery import (
    MANIFEST,
    FileStamp,
    Manifest,
    build_folder,
    differences,
    headers_of,
    upload_waves,
)
from academy_pipelines.video.package import MASTER

SMALL_BYTES = 2 * 1024 * 1024
SMALL_PER_PLACE = 4

WATCH_S = 0.5
"""Between two looks at whether the work is still wanted."""

NAMED_DIFFERENCES = 3
"""How many of a folder's differences a message names."""

Watch = Callable[[int], None]
"""Is called with the bytes that are up so far, from the caller's thread; whatever it raises stops the upload."""


def unwatched(_bytes: int) -> None:
    """Watch nothing."""


def connections_for(places: int) -> int:
    """Return how many uploads are under way at most."""
    return places * (SMALL_PER_PLACE + 1)


@final
class Publisher:
    """Packages below `prefix` of a store.

    Args:
        store: where they lie.
        prefix: key prefix of all videos.
        places: large uploads at once.
    """

    def __init__(self, store: MediaStore, prefix: str, places: int) -> None:
        self._store = store
        self._prefix = prefix
        self._places = places

    def key(self, video_id: int, build: str, name: str = MASTER) -> str:
        """Return the key of a build's file."""
        return f"{build_folder(self._prefix, video_id, build)}/{name}"

    def location(self, video_id: int, build: str, name: str = MASTER) -> str:
        """Return where a person finds a build's file."""
        return self._store.location(self.key(video_id, build, name))

    def manifest_of(self, package: Path, build: str, facts: dict[str, object]) -> Manifest:
        """Return what a finished package in a folder of this machine consists of; reads every file."""
        paths = {path.relative_to(package).as_posix(): path for path in package.rglob("*") if path.is_file()}
        return Manifest(build, {name: stamp_of(path) for name, path in paths.items()}, facts)

    def find(self, video_id: int, build: str) -> Manifest | None:
        """Return a build's manifest if all of it is in the store, as it was published; None otherwise.

        Raises:
            UnavailableError: the store did not answer.
        """
        try:
            manifest = Manifest.from_json(self._store.get(self.key(video_id, build, MANIFEST)))
        except (ObjectNotFoundError, ValueError):
            return None
        found = self._store.listing(build_folder(self._prefix, video_id, build))
        found.pop(MANIFEST, None)
        return None if differences(manifest.files, found) else manifest

    def publish(self, video_id: int, manifest: Manifest, package: Path, watch: Watch = unwatched) -> None:
        """Put a package where players find it. What is there already, from an earlier try, is not sent again.

        Raises:
            UnavailableError: the store did not answer, or holds something else than was sent.
        """
        with TemporaryDirectory() as scratch:
            sources = {name: package / name for name in manifest.files}
            sources[MANIFEST] = Path(scratch) / MANIFEST
            sources[MANIFEST].write_bytes(manifest.to_json())
            expected = {**manifest.files, MANIFEST: stamp_of(sources[MANIFEST])}

            def put(name: str) -> None:
                key = self.key(video_id, manifest.build, name)
                self._store.put_file(key, sources[name], expected[name], headers_of(name))

            self._fill(build_folder(self._prefix, video_id, manifest.build), expected, put, watch)

    def adopt(self, video_id: int, build: str, holder_id: int, watch: Watch = unwatched) -> Manifest | None:
        """Give a video the build that another video of the same source has, without encoding or sending anything.

        Returns None if that build is not there, or not whole, any more.

        Raises:
            UnavailableError: the store did not answer.
        """
        manifest = self.find(holder_id, build)
        if manifest is None:
            return None
        expected = dict(self._store.listing(build_folder(self._prefix, holder_id, build)))

        def copy(name: str) -> None:
            source = self.key(holder_id, build, name)
            self._store.copy(source, self.key(video_id, build, name), headers_of(name))

        self._fill(build_folder(self._prefix, video_id, build), expected, copy, watch)
        return manifest

    def withdraw(self, video_id: int, build: str) -> int:
        """Delete a build, its door first; returns how many files there were.

        Raises:
            UnavailableError: the store did not answer.
        """
        folder = build_folder(self._prefix, video_id, build)
        names = self._store.listing(folder)
        for wave in reversed(upload_waves(names)):
            self._store.delete(folder, wave)
        return len(names)

    def _fill(self, folder: str, expected: dict[str, FileStamp], put: Callable[[str], None], watch: Watch) -> None:
        there = self._store.listing(folder)
        wrong = [name for name in there if there[name] != expected.get(name)]
        if wrong:
            self._store.delete(folder, wrong)
        up_bytes = 0

        def told(more_bytes: int) -> None:
            nonlocal up_bytes
            up_bytes += more_bytes
            watch(up_bytes)

        for wave in upload_waves(expected):
            if wave == [MASTER]:
                self._refuse_unless_whole(folder, {name: expected[name] for name in expected if name != MASTER})
            missing = {name: expected[name].size_bytes for name in wave if there.get(name) != expected[name]}
            told(sum(expected[name].size_bytes for name in wave if name not in missing))
            with self._pools() as pools:
                _each(pools, missing, put, told)

    def _refuse_unless_whole(self, folder: str, expected: dict[str, FileStamp]) -> None:
        found = self._store.listing(folder)
        found.pop(MASTER, None)
        problems = differences(expected, found)
        if problems:
            named = "; ".join(problems[:NAMED_DIFFERENCES])
            raise UnavailableError(f"{len(problems)} files of {folder} are not as they were sent: {named}")

    @contextmanager
    def _pools(self) -> Generator[tuple[ThreadPoolExecutor, ThreadPoolExecutor]]:
        """Yield the pools of small and of large uploads; an error leaves no upload behind that has not begun."""
        small, large = ThreadPoolExecutor(self._places * SMALL_PER_PLACE), ThreadPoolExecutor(self._places)
        try:
            yield small, large
        finally:
            for pool in (small, large):
                pool.shutdown(cancel_futures=True)


def _each(
    pools: tuple[ThreadPoolExecutor, ThreadPoolExecutor],
    sizes: dict[str, int],
    put: Callable[[str], None],
    told: Callable[[int], None],
) -> None:
    """Put every file; the large ones begin first, because they take longest."""
    small, large = pools
    order: Sequence[str] = sorted(sizes, key=lambda name: -sizes[name])
    under_way: dict[Future[None], int] = {
        (small if sizes[name] < SMALL_BYTES else large).submit(put, name): sizes[name] for name in order
    }
    while under_way:
        done, _ = wait(under_way, timeout=WATCH_S, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        told(sum(under_way.pop(future) for future in done))
