"""One video from its claim to its published package: what the steps do, free of Dagster's words.

Each step asks for what it starts from, and what is there already is not made again: a run that is tried again goes on
where the last attempt on this machine stopped, or from the beginning where nothing is left of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

from pydantic import TypeAdapter, ValidationError

from academy_pipelines.contracts.videos import PackageMessage, VideoCompletion
from academy_pipelines.defs.transcoding import StageProgress, Transcoding, TranscodingPolicy
from academy_pipelines.defs.work_folders import WorkFolder
from academy_pipelines.errors import CalledOffError, FaultyPackageError, FileGoneError, FileUnavailableError
from academy_pipelines.resources.ffmpeg import Ffmpeg
from academy_pipelines.resources.ledger.packages import Packages
from academy_pipelines.resources.publisher import Publisher
from academy_pipelines.resources.source_files import Fetched, SourceFiles
from academy_pipelines.video.delivery import Manifest, build_id
from academy_pipelines.video.ladder import EncodePlan
from academy_pipelines.video.media import Media
from academy_pipelines.video.package import STORYBOARD, THUMBNAIL, HlsPackage

_FETCHED = TypeAdapter(Fetched)


@dataclass(frozen=True, slots=True)
class VideoTools:
    """The neighbours that the work on videos asks, and what becomes of videos."""

    sources: SourceFiles
    ffmpeg: Ffmpeg
    policy: TranscodingPolicy
    publisher: Publisher
    packages: Packages


@dataclass(frozen=True, slots=True)
class VideoTask:
    """What is asked for: the video, where its source is to be fetched, and whether that link is old by now."""

    video_id: int
    title: str
    source_url: str
    has_old_link: bool = False


@final
class VideoWork:
    """The work on one video in a folder of its own.

    Args:
        task: the video.
        path: its folder on this machine.
        tools: the neighbours.
        tell: is told how far the present step is, from 0 to 1; what it raises stops the step.
        called_off: whether the work is still wanted.
    """

    def __init__(
        self,
        task: VideoTask,
        path: Path,
        tools: VideoTools,
        tell: Callable[[float], None],
        called_off: Callable[[], bool],
    ) -> None:
        self.task = task
        self._tools = tools
        self._tell = tell
        self._transcoding = Transcoding(tools.ffmpeg, tools.policy, tell=self._told, called_off=called_off)
        self._folder = WorkFolder(path)

    @cached_property
    def folder(self) -> WorkFolder:
        """The folder, made when it is first asked for."""
        return self._transcoding.open(self._folder.path)

    def fetch(self) -> Fetched:
        """Fetch the source.

        Raises:
            FileUnavailableError: it is not to be had.
            UnavailableError: not at the moment.
            CalledOffError: its link has expired while the video waited; the back end has to hand it out again.
        """
        note = self.folder.path / "fetched.json"
        try:
            fetched = _FETCHED.validate_json(note.read_bytes())
        except (FileNotFoundError, ValidationError):
            fetched = None
        if fetched is not None and self.folder.source.exists():
            return fetched
        if not self.task.source_url:
            raise FileUnavailableError("the claim names no source_url; hand the video out again with one")
        try:
            fetched = self._tools.sources.fetch(self.task.source_url, self.folder.source, self._received)
        except FileGoneError as error:
            if self.task.has_old_link:
                raise CalledOffError(f"the link expired while the video waited for its turn: {error}") from error
            raise
        self.folder.note_source(fetched.sha256)
        note.write_bytes(_FETCHED.dump_json(fetched))
        return fetched

    def probe(self) -> tuple[Media, EncodePlan]:
        """Return what the source is and what becomes of it.

        Raises:
            UnsupportedMediaError: it is not to be published.
        """
        self.fetch()
        return self._transcoding.probe(self.folder), self._transcoding.plan(self.folder)

    @property
    def build(self) -> str:
        """The name of what this source becomes with these settings."""
        return build_id(self.fetch().sha256, self._tools.policy.settings_hash)

    @cached_property
    def existing(self) -> Manifest | None:
        """The build as it lies in the store, if it does: as this video's, or copied from another one's.

        Raises:
            UnavailableError: the store did not answer.
        """
        build, publisher = self.build, self._tools.publisher
        found = publisher.find(self.task.video_id, build)
        for holder_id in self._tools.packages.holders(build) if found is None else ():
            self._tools.packages.begin(self.task.video_id, build)
            found = publisher.adopt(self.task.video_id, build, holder_id, self._sent_of(None))
            if found is not None:
                break
        if found is not None:
            self._tools.packages.begin(self.task.video_id, build)
            self._tools.packages.published(self.task.video_id, build)
        return found

    def parts(self) -> tuple[str, ...]:
        """Return the names of the parts that are encoded each by itself; none where a package is there already."""
        self.probe()
        return () if self.existing is not None else self._transcoding.parts(self.folder)

    def encode_part(self, name: str) -> bool:
        """Make a part; returns whether anything had to be done.

        Raises:
            CalledOffError: the work was called off.
            ToolError: ffmpeg failed.
        """
        self.probe()
        return self._transcoding.encode_part(self.folder, name)

    def encoding_since(self) -> float:
        """Return when the first part was begun, in seconds of the epoch; now, if none was."""
        return self._transcoding.encoding_since(self.folder)

    def encoded_share(self) -> float:
        """Return how much of all parts is encoded, from 0 to 1."""
        return self._transcoding.encoded_share(self.folder)

    def encode(self) -> HlsPackage:
        """Make the package in the work folder.

        Raises:
            CalledOffError: the work was called off.
            ToolError: ffmpeg failed.
        """
        self.probe()
        return self._transcoding.encode(self.folder)

    def validate(self) -> HlsPackage:
        """Return the package once it is proved to be whole; one that is not is thrown away.

        Raises:
            FaultyPackageError: it breaks rules that players rely on.
        """
        package = self.encode()
        mark = self.folder.path / "validated"
        if mark.exists() and mark.read_text() == str(package):
            return package
        try:
            self._transcoding.validate(self.folder)
        except FaultyPackageError:
            self.folder.empty(self.folder.package).rmdir()
            raise
        mark.write_text(str(package))
        return package

    def draw_thumbnail(self) -> Path:
        """Draw the poster."""
        self.encode()
        return self._transcoding.draw_thumbnail(self.folder)

    def draw_storyboard(self) -> Path:
        """Draw the pictures for searching."""
        self.encode()
        return self._transcoding.draw_storyboard(self.folder)

    def publish(self) -> Manifest:
        """Put the package where players find it, whole.

        Raises:
            UnavailableError: the store did not answer.
        """
        if self.existing is not None:
            return self.existing
        package = self.validate()
        self.draw_thumbnail()
        self.draw_storyboard()
        facts = PackageMessage.of(package).model_dump(mode="json")
        manifest = self._tools.publisher.manifest_of(self.folder.package, self.build, facts)
        self._tools.packages.begin(self.task.video_id, self.build)
        self._tools.publisher.publish(
            self.task.video_id, manifest, self.folder.package, self._sent_of(manifest.size_bytes)
        )
        self._tools.packages.published(self.task.video_id, self.build)
        self.existing = manifest
        return manifest

    def completion(self, manifest: Manifest) -> VideoCompletion:
        """Return what the back end is told of a published package."""
        key = self._tools.publisher.key
        video_id, build = self.task.video_id, manifest.build
        paths = {
            "hls_path": key(video_id, build),
            "thumbnail_path": key(video_id, build, THUMBNAIL),
            "storyboard_path": key(video_id, build, STORYBOARD),
        }
        facts = {**manifest.facts, "size_bytes": manifest.size_bytes}
        return VideoCompletion.model_validate({**facts, **paths, "build": build})

    def location(self, manifest: Manifest, name: str) -> str:
        """Return where a person finds a published file."""
        return self._tools.publisher.location(self.task.video_id, manifest.build, name)

    def _received(self, here: int, whole: int | None) -> None:
        self._tell(here / whole if whole else 0.0)

    def _sent_of(self, whole: int | None) -> Callable[[int], None]:
        return lambda sent: self._tell(min(1.0, sent / whole) if whole else 0.0)

    def _told(self, progress: StageProgress) -> None:
        self._tell(progress.done)
