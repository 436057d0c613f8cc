"""The steps of one lecture video in a work folder, from the source file to a package that is fit to be published.

Free of Dagster, so that it can be driven from anywhere. A step leaves its outcome in the folder; one that finds its
outcome there does nothing, so that a broken attempt goes on where it stopped.

    source            the file that was sent, under this name whatever it was called
    media.json        what the probe found
    plan.json         what the package will be
    package/          playlists and segments; thumbnail.jpg, storyboard.vtt and its pictures beside them
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SOURCE = "source"
PACKAGE = "package"

Stage = Literal["probe", "loudness", "encode", "validate", "thumbnail", "storyboard"]


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far one stage is, from 0 to 1."""

    stage: Stage
    done: float


Tell = Callable[[StageProgress], None]


def source_path(work: Path) -> Path:
    """Where the source lies in a work folder."""
    return work / SOURCE


def package_path(work: Path) -> Path:
    """Where the package lies in a work folder, once it is whole."""
    return work / PACKAGE
