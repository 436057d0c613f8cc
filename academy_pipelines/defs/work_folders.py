"""What the steps of a video leave in its work folder: the source, typed notes, the package."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from academy_pipelines.video.ladder import EncodePlan
from academy_pipelines.video.media import Media
from academy_pipelines.video.package import HlsPackage

Note = TypeVar("Note", Media, EncodePlan, HlsPackage)

NOTES: dict[type[Media | EncodePlan | HlsPackage], str] = {
    Media: "media.json",
    EncodePlan: "plan.json",
    HlsPackage: "package.json",
}
SETTINGS = "settings"
SOURCE_HASH = "source.sha256"


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """One video's folder on this machine, for one choice of settings."""

    path: Path

    @property
    def source(self) -> Path:
        """The file that was sent, under this name whatever it was called."""
        return self.path / "source"

    @property
    def parts(self) -> Path:
        """What the encoder writes, until it has become the package."""
        return self.path / "parts"

    @property
    def encoded(self) -> Path:
        """The parts of a long video put together, until they have become the package."""
        return self.path / "encoded"

    @property
    def package(self) -> Path:
        """The package, once it is whole."""
        return self.path / "package"

    @property
    def unfinished_package(self) -> Path:
        """The package while it is made."""
        return self.path / "package.part"

    @property
    def made_of(self) -> str:
        """The hash of the source, where it is known, and that of the settings."""
        source = self.path / SOURCE_HASH
        return f"{source.read_text() if source.exists() else ''}-{(self.path / SETTINGS).read_text()}"

    def note_source(self, sha256: str) -> None:
        """Note the hash of the source."""
        (self.path / SOURCE_HASH).write_text(sha256)

    def open(self, settings_hash: str) -> None:
        """Make the folder ready; what other settings made is removed, the source stays."""
        self.path.mkdir(parents=True, exist_ok=True)
        mark = self.path / SETTINGS
        if mark.exists() and mark.read_text() == settings_hash:
            return
        for name in NOTES.values():
            (self.path / name).unlink(missing_ok=True)
        for folder in (self.parts, self.encoded, self.package, self.unfinished_package):
            shutil.rmtree(folder, ignore_errors=True)
        mark.write_text(settings_hash)

    def load(self, kind: type[Note]) -> Note | None:
        """Return a note that an earlier step left; None when there is none that can be read."""
        file = self.path / NOTES[kind]
        try:
            return TypeAdapter(kind).validate_json(file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def save(self, note: Media | EncodePlan | HlsPackage) -> None:
        """Leave a note for later steps, whole or not at all."""
        kind = type(note)
        part = self.path / f"{NOTES[kind]}.part"
        part.write_bytes(TypeAdapter(kind).dump_json(note, indent=1))
        part.rename(self.path / NOTES[kind])

    def empty(self, folder: Path) -> Path:
        """Return `folder` without anything in it."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder
