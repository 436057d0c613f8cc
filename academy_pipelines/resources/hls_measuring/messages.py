"""What goes into the measuring program and what comes out of it, as JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from academy_pipelines.video.playlists import Resource
from academy_pipelines.video.validation.facts import PackageFacts


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that a package was made from, and which of its streams; None: the first that will do."""

    path: str
    video_stream: int | None = None
    audio_stream: int | None = None


@dataclass(frozen=True, slots=True)
class MeasuringRequest:
    """What to measure: of each playlist the segments (with what initialises each) that exist.

    `folder` is the package's, `source` the file it was made from; both absolute. `thumbnails` pictures of the source
    are looked at, with `threads` threads.
    """

    folder: str
    segments: dict[str, list[tuple[Resource, Resource | None] | None]]
    source: SourceFile | None
    thumbnails: int
    threads: int

    def to_json(self) -> bytes:
        """Return the message."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "MeasuringRequest":
        """Return what `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        values["segments"] = {
            path: [None if one is None else (Resource(**one[0]), one[1] and Resource(**one[1])) for one in segments]
            for path, segments in values["segments"].items()
        }
        source = values.pop("source")
        return cls(source=source and SourceFile(**source), **values)


def facts_to_json(facts: PackageFacts) -> bytes:
    """Return `facts` as a message."""
    return json.dumps(asdict(facts)).encode()


def facts_from_json(text: bytes) -> PackageFacts:
    """Return what `facts_to_json` wrote, every value checked.

    Raises:
        ValueError: the text is anything else.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415 - a tenth of a second that the program does without

    return TypeAdapter(PackageFacts).validate_json(text)
