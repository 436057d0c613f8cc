"""Where the parts of an encode are made: each in a folder of its own, with a note once it is whole."""

import hashlib
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

NOTE = "part.json"
FRAMES = "frames"
REFUSED = "refused"
BEGUN = "begun"
MAKING = ".making"
"""Ending of the folder of a part that is not whole."""


@dataclass(frozen=True, slots=True)
class PartNote:
    """What a part was made of (source and settings, by their hashes), its pictures, and the hash of each file."""

    made_of: str
    frames: int
    warning: str = ""
    sha256: dict[str, str] | None = None


_NOTE = TypeAdapter(PartNote)


@dataclass(frozen=True, slots=True)
class PartFolders:
    """The folders of parts made of `made_of`."""

    root: Path
    made_of: str

    def path(self, name: str) -> Path:
        """Return the folder of a part that is whole."""
        return self.root / name

    @property
    def is_refused(self) -> bool:
        """Whether the video cannot be made of chunks."""
        return (self.root / REFUSED).exists()

    def refuse(self, reason: str) -> None:
        """Note for everybody that the video cannot be made of chunks."""
        (self.root / REFUSED).write_text(reason)

    def begin(self, name: str) -> Path:
        """Return an empty folder to make a part in; whatever was left of an attempt is gone."""
        for left in (self.path(name), self._making(name)):
            shutil.rmtree(left, ignore_errors=True)
        folder = self._making(name)
        folder.mkdir(parents=True)
        with suppress(FileExistsError):
            (self.root / BEGUN).touch(exist_ok=False)
        return folder

    @property
    def begun_at(self) -> float:
        """When the first part was begun, in seconds of the epoch; now, if none was."""
        mark = self.root / BEGUN
        return mark.stat().st_mtime if mark.exists() else time.time()

    def finish(self, name: str, note: PartNote) -> None:
        """A part is whole."""
        folder = self._making(name)
        (folder / FRAMES).unlink(missing_ok=True)
        whole = replace(note, sha256=_hashes(folder))
        (folder / NOTE).write_bytes(_NOTE.dump_json(whole))
        folder.rename(self.path(name))

    def note(self, name: str) -> PartNote | None:
        """Return the note of a part that is whole; None when it is not, or was made of something else."""
        try:
            note = _NOTE.validate_json((self.path(name) / NOTE).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return note if note.made_of == self.made_of else None

    def is_intact(self, name: str) -> bool:
        """Whether a part is whole, and its files are as they were written."""
        note = self.note(name)
        return note is not None and note.sha256 == _hashes(self.path(name))

    def note_frames(self, name: str, frames: int) -> None:
        """Note how many frames of a part that is being made are encoded."""
        (self._making(name) / FRAMES).write_text(str(frames))

    def frames(self, name: str) -> int:
        """Return how many frames of a part are encoded."""
        note = self.note(name)
        if note is not None:
            return note.frames
        try:
            return int((self._making(name) / FRAMES).read_text() or "0")
        except FileNotFoundError:
            return 0

    def _making(self, name: str) -> Path:
        return self.root / f"{name}{MAKING}"


def _hashes(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != NOTE]
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
