"""The steps of one lecture video in a work folder, from the source file to a package that is fit to be published.

Free of Dagster, so that it can be driven from anywhere. A step leaves its outcome in the folder; one that finds its
outcome there does nothing, so that a broken attempt goes on where it stopped.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from academy_pipelines.defs.encoding import Encode, Encoder
from academy_pipelines.defs.pictures import draw_poster, draw_sheets
from academy_pipelines.defs.work_folders import WorkFolder
from academy_pipelines.errors import FaultyPackageError
from academy_pipelines.resources.ffmpeg import Ffmpeg
from academy_pipelines.resources.hls_measuring.messages import SourceFile
from academy_pipelines.resources.hls_reader import MeasuringPolicy, check_package
from academy_pipelines.resources.programs.running import never
from academy_pipelines.video.admission import AdmissionPolicy, judge
from academy_pipelines.video.chunks import ChunkPolicy
from academy_pipelines.video.ladder import EncodePlan, LadderPolicy, plan_ladder
from academy_pipelines.video.media import Media
from academy_pipelines.video.package import STORYBOARD, THUMBNAIL, HlsPackage
from academy_pipelines.video.storyboard import StoryboardPolicy
from academy_pipelines.video.validation.promises import PackagePromise

RECIPE = 1
"""Counts up when the code makes other bytes of the same settings."""

MOST_FAULTS_TOLD = 5

Stage = Literal["probe", "encode", "validate", "thumbnail", "storyboard"]

STAGE_SHARES: dict[Stage, tuple[float, float]] = {
    "probe": (0.0, 0.02),
    "encode": (0.02, 0.86),
    "validate": (0.86, 0.97),
    "thumbnail": (0.97, 0.98),
    "storyboard": (0.98, 1.0),
}
"""Where each stage begins and ends in the time that all of them take, measured on lectures."""


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far one stage is, from 0 to 1."""

    stage: Stage
    done: float

    @property
    def overall(self) -> float:
        """How far the whole is, from 0 to 1."""
        begin, end = STAGE_SHARES[self.stage]
        return begin + (end - begin) * min(max(self.done, 0.0), 1.0)


Tell = Callable[[StageProgress], None]


def tell_nobody(_: StageProgress) -> None:
    """Nobody waits for progress."""


@dataclass(frozen=True, slots=True)
class TranscodingPolicy:
    """What is accepted, and what becomes of it. `thumbnail_at_s` None is the middle."""

    admission: AdmissionPolicy = field(default_factory=AdmissionPolicy)
    ladder: LadderPolicy = field(default_factory=LadderPolicy)
    chunking: ChunkPolicy = field(default_factory=ChunkPolicy)
    storyboard: StoryboardPolicy = field(default_factory=StoryboardPolicy)
    thumbnail_at_s: float | None = None
    least_segments: int = 3
    measuring: MeasuringPolicy = field(default_factory=MeasuringPolicy)

    @property
    def settings_hash(self) -> str:
        """A name of everything that decides a package's bytes, besides the source."""
        decisive = (RECIPE, asdict(self.ladder), asdict(self.chunking), asdict(self.storyboard), self.thumbnail_at_s)
        return hashlib.sha256(repr(decisive).encode()).hexdigest()[:16]


class Transcoding:
    """The steps, in the order of the methods. All of them may be asked again."""

    def __init__(
        self,
        ffmpeg: Ffmpeg,
        policy: TranscodingPolicy,
        *,
        tell: Tell = tell_nobody,
        called_off: Callable[[], bool] = never,
    ) -> None:
        self._ffmpeg = ffmpeg
        self._policy = policy
        self._tell = tell
        self._called_off = called_off
        self._encoder = Encoder(ffmpeg, lambda done: tell(StageProgress("encode", done)), called_off)

    def open(self, path: Path) -> WorkFolder:
        """Return a video's work folder, ready for the first step; its `source` is put there by the caller."""
        work = WorkFolder(path)
        work.open(self._policy.settings_hash)
        return work

    def probe(self, work: WorkFolder) -> Media:
        """Return what the source is, and plan what becomes of it.

        Raises:
            UnsupportedMediaError: it will not be published, and why.
            ToolError: ffprobe ran into a limit.
        """
        media = work.load(Media)
        if media is None:
            self._tell(StageProgress("probe", 0.0))
            media = self._ffmpeg.probe(work.source)
            judge(media, self._policy.admission)
            work.save(media)
        if work.load(EncodePlan) is None:
            work.save(plan_ladder(media, self._policy.ladder))
        return media

    def plan(self, work: WorkFolder) -> EncodePlan:
        """Return what becomes of the source; probes it when nobody has."""
        self.probe(work)
        plan = work.load(EncodePlan)
        return plan_ladder(self.probe(work), self._policy.ladder) if plan is None else plan

    def parts(self, work: WorkFolder) -> tuple[str, ...]:
        """Return the names of the parts that are encoded each by itself, in any order; one for a short video."""
        return self._encode(work).parts

    def encode_part(self, work: WorkFolder, name: str) -> bool:
        """Make a part; returns whether anything had to be done.

        Raises:
            CalledOffError: the work was called off.
            ToolError: ffmpeg failed, or stood still, or took too long.
        """
        return self._encoder.make(self._encode(work), name)

    def encoded_share(self, work: WorkFolder) -> float:
        """Return how much of all parts is encoded, from 0 to 1."""
        return 1.0 if work.package.is_dir() else self._encode(work).done

    def encoding_since(self, work: WorkFolder) -> float:
        """Return when the first part was begun, in seconds of the epoch; now, if none was."""
        return self._encode(work).folders.begun_at

    def encode(self, work: WorkFolder, at_once: int = 1) -> HlsPackage:
        """Make the package, from parts of which `at_once` are made at the same time.

        Raises:
            CalledOffError, ToolError: as `encode_part`.
        """
        package = work.load(HlsPackage)
        if package is not None and work.package.is_dir():
            return package
        encode = self._encode(work)
        self._encoder.make_all(encode, at_once)
        return self._encoder.assemble(encode)

    def validate(self, work: WorkFolder) -> None:
        """Accept the package by returning: it is whole, plays, and shows what the source shows.

        Raises:
            FaultyPackageError: it does not; the first faults.
            ToolError: it could not be measured.
        """
        plan = self.plan(work)
        self._tell(StageProgress("validate", 0.0))
        promise = PackagePromise(
            frames=plan.frames,
            frame_rate=plan.frame_rate,
            sizes_px=tuple((rung.width_px, rung.height_px) for rung in plan.rungs),
            sound=plan.sound is not None,
            segment_s=float(plan.segment_s),
            least_segments=self._policy.least_segments,
        )
        source = SourceFile(str(work.source.resolve()), plan.picture.stream, plan.sound)
        faults = check_package(
            work.package,
            source=source,
            promise=promise,
            policy=self._policy.measuring,
            follow=lambda done: self._tell(StageProgress("validate", done)),
            called_off=self._called_off,
        )
        if faults:
            shown = "; ".join(map(str, faults[:MOST_FAULTS_TOLD]))
            raise FaultyPackageError(f"{len(faults)} faults of the package: {shown}")

    def draw_thumbnail(self, work: WorkFolder) -> Path:
        """Draw the poster into the package and return its path: the middle, or a picture near it that is not black."""
        thumbnail = work.package / THUMBNAIL
        if not thumbnail.exists():
            self._tell(StageProgress("thumbnail", 0.0))
            draw_poster(self._ffmpeg, work, self.plan(work), self._policy.thumbnail_at_s, self._called_off)
        return thumbnail

    def draw_storyboard(self, work: WorkFolder) -> Path:
        """Draw small pictures for searching into the package and return the path of their WebVTT file."""
        storyboard = work.package / STORYBOARD
        if not storyboard.exists():
            self._tell(StageProgress("storyboard", 0.0))
            draw_sheets(self._ffmpeg, work, self.plan(work), self._policy.storyboard, self._called_off)
        return storyboard

    def _encode(self, work: WorkFolder) -> Encode:
        return Encode(work, self.probe(work), self.plan(work), self._policy.ladder, self._policy.chunking)
