"""The encode of one video in parts: a short one is one part, a long one has its sound and chunks of its pictures.

Parts are made in any order, by whatever and wherever, and put together when all are there. Free of Dagster.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from academy_pipelines.defs.packaging import build_package, joined_rung, pictures_in
from academy_pipelines.defs.parts import PartFolders, PartNote
from academy_pipelines.defs.work_folders import WorkFolder
from academy_pipelines.resources.ffmpeg import Ffmpeg, Progress
from academy_pipelines.resources.programs.running import ProgramEnd
from academy_pipelines.video import chunk_commands, commands
from academy_pipelines.video.chunks import Chunk, ChunkPolicy, plan_chunks
from academy_pipelines.video.ladder import EncodePlan, LadderPolicy
from academy_pipelines.video.loudness import Loudness, read_loudness
from academy_pipelines.video.media import Media
from academy_pipelines.video.package import AUDIO_FOLDER, HlsPackage

WHOLE = "whole"
SOUND = "sound"

LOUDNESS_SHARE = 0.05
"""Of the time that encoding takes, how much the measurement before it does."""

Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Encode:
    """The encode of one video: its work folder, what it becomes, and how long videos are split."""

    work: WorkFolder
    media: Media
    plan: EncodePlan
    ladder: LadderPolicy
    chunking: ChunkPolicy

    @property
    def folders(self) -> PartFolders:
        """Where its parts are made."""
        return PartFolders(self.work.parts, self.work.made_of)

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of its pictures; none when it is encoded at once."""
        return () if self.folders.is_refused else plan_chunks(self.media, self.plan, self.chunking)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its parts, the longest first."""
        chunks = tuple(chunk.name for chunk in self.chunks)
        if not chunks:
            return (WHOLE,)
        return chunks if self.plan.sound is None else (SOUND, *chunks)

    @property
    def done(self) -> float:
        """How much of all parts has been encoded, from 0 to 1."""
        frames = sum(self.folders.frames(name) for name in self.parts if name != SOUND)
        return min(1.0, frames / self.plan.frames)


class Encoder:
    """Makes the parts of an encode, and a package of them."""

    def __init__(self, ffmpeg: Ffmpeg, tell: Tell, called_off: Callable[[], bool]) -> None:
        self._ffmpeg = ffmpeg
        self._tell = tell
        self._called_off = called_off

    def make_all(self, encode: Encode, at_once: int) -> None:
        """Make every part, `at_once` of them at the same time.

        Raises:
            CalledOffError, ToolError: as `make`; the other parts are stopped, what is made already is kept.
        """
        with ThreadPoolExecutor(at_once) as pool:
            stopped = Event()
            helper = Encoder(self._ffmpeg, self._tell, lambda: stopped.is_set() or self._called_off())
            futures = [pool.submit(helper.make, encode, name) for name in encode.parts]
            try:
                for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                    future.result()
            finally:
                stopped.set()
                pool.shutdown(cancel_futures=True)

    def make(self, encode: Encode, name: str) -> bool:
        """Make a part; returns whether anything had to be done: one that is there and intact is not made again.

        Raises:
            CalledOffError: the work was called off.
            ToolError: ffmpeg failed, or stood still, or took too long.
        """
        folders = encode.folders
        if (name != WHOLE and folders.is_refused) or folders.is_intact(name):
            return False
        folder = folders.begin(name)
        end = self._run_part(encode, name, folder)
        if name not in {WHOLE, SOUND} and not _is_complete(folder, encode.plan, Chunk.named(name)):
            folders.refuse(f"{name} has not all its frames: a seek in the source is not exact")
            return True
        warning = f"{end.complaints} complaints while decoding, last: {end.last_words[-1]}" if end.complaints else ""
        frames = encode.plan.frames if name == WHOLE else 0 if name == SOUND else Chunk.named(name).frames
        folders.finish(name, PartNote(encode.work.made_of, frames, warning))
        return True

    def assemble(self, encode: Encode) -> HlsPackage:
        """Make the package of the parts; what is missing of them is made now.

        Raises:
            CalledOffError, ToolError: as `make`.
        """
        for name in encode.parts:
            self.make(encode, name)
        for name in encode.parts:  # others, when a chunk has turned out to be impossible
            self.make(encode, name)
        work, plan, segment_type = encode.work, encode.plan, encode.ladder.segment_type
        encoded = self._put_together(encode) if encode.chunks else encode.folders.path(WHOLE)
        unfinished = work.empty(work.unfinished_package)
        package = build_package(encoded, unfinished, plan, segment_type, list(_warnings(encode)))
        shutil.rmtree(work.package, ignore_errors=True)
        unfinished.rename(work.package)
        work.save(package)
        shutil.rmtree(work.encoded, ignore_errors=True)
        shutil.rmtree(work.parts)
        return package

    def _run_part(self, encode: Encode, name: str, folder: Path) -> ProgramEnd:
        source, plan, ladder = encode.work.source, encode.plan, encode.ladder
        if name == SOUND:
            loudness = self._measure_loudness(encode)
            return self._run(chunk_commands.encode_sound(source, plan, ladder, loudness), folder)
        if name == WHOLE:
            loudness = self._measure_loudness(encode)
            for rung in plan.rungs:
                (folder / rung.folder).mkdir()
            arguments = commands.encode(source, plan, ladder, loudness)
        else:
            arguments = chunk_commands.encode_chunk(source, plan, ladder, Chunk.named(name))

        def follow(progress: Progress) -> None:
            encode.folders.note_frames(name, progress.frames)
            self._tell(LOUDNESS_SHARE + (1 - LOUDNESS_SHARE) * encode.done)

        return self._ffmpeg.run(arguments, folder, follow=follow, called_off=self._called_off)

    def _measure_loudness(self, encode: Encode) -> Loudness | None:
        if encode.plan.sound is None:
            return None

        def follow(progress: Progress) -> None:
            if not encode.chunks:
                self._tell(LOUDNESS_SHARE * min(1.0, progress.seconds / float(encode.plan.duration_s)))

        arguments = commands.measure_loudness(encode.work.source, encode.plan)
        end = self._ffmpeg.run(arguments, encode.work.path, follow=follow, called_off=self._called_off)
        return read_loudness(end.last_words)

    def _put_together(self, encode: Encode) -> Path:
        """Return the folder with the files that the encode of a whole video leaves."""
        encoded, folders, plan = encode.work.empty(encode.work.encoded), encode.folders, encode.plan
        for rung in plan.rungs:
            file = f"{rung.folder}.mp4"
            joined_rung([folders.path(chunk.name) / file for chunk in encode.chunks], encoded / file)
        if plan.sound is not None:
            sound = f"{AUDIO_FOLDER}.mp4"
            shutil.copyfile(folders.path(SOUND) / sound, encoded / sound)
        if encode.ladder.segment_type == "ts":
            for rung in plan.rungs:
                (encoded / rung.folder).mkdir()
            self._run(chunk_commands.cut_transport_streams(plan), encoded)
        return encoded

    def _run(self, arguments: Sequence[str], folder: Path) -> ProgramEnd:
        return self._ffmpeg.run(arguments, folder, called_off=self._called_off)


def _is_complete(folder: Path, plan: EncodePlan, chunk: Chunk) -> bool:
    return all(pictures_in(folder / f"{rung.folder}.mp4") == chunk.frames for rung in plan.rungs)


def _warnings(encode: Encode) -> Iterator[str]:
    for name in encode.parts:
        note = encode.folders.note(name)
        if note is not None and note.warning:
            yield note.warning if name == WHOLE else f"{name}: {note.warning}"
