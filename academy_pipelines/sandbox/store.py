"""Everything one sandbox academy knows, in one folder."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from academy_pipelines.sandbox.database import Database
from academy_pipelines.sandbox.files import FileShelf
from academy_pipelines.sandbox.jobs import JobBook
from academy_pipelines.sandbox.videos import VideoBook


class SandboxStore:
    """The academy's jobs, videos and files under `folder` (made when missing).

    Any number of processes may open the same folder. A context manager: leaving it closes the store.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = clock
        self._database = Database(folder / "academy.sqlite3")
        self.files = FileShelf(self._database, folder / "files", clock)
        self.jobs = JobBook(self._database, clock)
        self.videos = VideoBook(self._database, clock)

    def is_empty(self) -> bool:
        """Whether nothing was ever offered."""
        return not self.jobs.page(limit=1) and not self.videos.all()

    def close(self) -> None:
        """Close the store's files."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
