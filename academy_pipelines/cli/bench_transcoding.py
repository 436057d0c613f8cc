"""What publishing a video costs and how good it looks, beside the old worker's way and one bare encode, in one run.

Costs are CPU seconds of this process and of the programs that it waited for, so that a busy machine matters little.
"""

import re
import resource
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from academy_pipelines.defs.transcoding import Transcoding, TranscodingPolicy
from academy_pipelines.errors import ToolError
from academy_pipelines.resources.ffmpeg import FfmpegPrograms
from academy_pipelines.resources.publisher import Publisher
from academy_pipelines.sandbox.baseline_transcoder import baseline_command, baseline_rungs
from academy_pipelines.sandbox.lecture_scenes import SCENES
from academy_pipelines.video.ladder import Rung

VMAF_EVERY = 7
"""Of so many pictures one is scored; key frames are not always among them."""
STREAMED = frozenset({".m3u8", ".ts", ".mp4", ".m4s"})

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU seconds: the old worker's encode; ours, its proof, everything from probe to publish; one bare encode.

    The bare one makes the largest rung alone, without sound, at the same preset and quality.
    """

    old: float
    encode: float
    validate: float
    whole: float
    bare: float


@dataclass(frozen=True, slots=True)
class VideoCost:
    """One scene: costs, the sizes of both packages in bytes, and the VMAF of their largest rungs."""

    scene: str
    seconds: Costs
    old_bytes: int
    our_bytes: int
    old_vmaf: float
    our_vmaf: float


@dataclass(frozen=True, slots=True)
class Programs:
    """ffmpeg as videos are published with, and one that can tell VMAF."""

    ffmpeg: str
    ffprobe: str
    judge: str


def cpu_of(work: Callable[[], Outcome]) -> tuple[Outcome, float]:
    """Return what `work` returns, and the CPU seconds that it took here and in programs that have ended."""

    def spent_s() -> float:
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    before_s = spent_s()
    return work(), spent_s() - before_s


def measure(scene: str, source: Path, folder: Path, programs: Programs, publisher: Publisher, rounds: int) -> VideoCost:
    """Publish `source`, a film of `scene`, both ways so many times; the least cost of each counts.

    Raises:
        ToolError: a program failed.
    """
    trials = [_Trial(scene, source, folder / f"{scene}-{number}", programs) for number in range(rounds)]
    costs = [trial.costs(publisher) for trial in trials]
    old, ours, shown = trials[0].old, trials[0].work.package, trials[0].top
    return VideoCost(
        scene,
        Costs(*(min(getattr(one, field.name) for one in costs) for field in fields(Costs))),
        _size_bytes(old),
        _size_bytes(ours),
        vmaf(max(old.glob("v*/index.m3u8")), source, shown, programs.judge),
        vmaf(ours / shown.folder / "index.m3u8", source, shown, programs.judge),
    )


class _Trial:
    """One time through all ways."""

    def __init__(self, scene: str, source: Path, folder: Path, programs: Programs) -> None:
        self.old = folder / "old"
        self._scene = scene
        self._source = source
        self._programs = programs
        self._policy = TranscodingPolicy()
        self._transcoding = Transcoding(FfmpegPrograms(programs.ffmpeg, programs.ffprobe), self._policy)
        self.work = self._transcoding.open(folder / "ours")
        self.work.source.symlink_to(source)

    @property
    def top(self) -> Rung:
        """The largest rung."""
        return self._transcoding.plan(self.work).rungs[-1]

    def costs(self, publisher: Publisher) -> Costs:
        """Do everything."""
        old_s = cpu_of(self._old_way)[1]
        probe_s = cpu_of(lambda: self._transcoding.probe(self.work))[1]
        encode_s = cpu_of(lambda: self._transcoding.encode(self.work))[1]
        validate_s = cpu_of(lambda: self._transcoding.validate(self.work))[1]
        finish_s = cpu_of(lambda: self._finish(publisher))[1]
        bare_s = cpu_of(self._bare_encode)[1]
        return Costs(old_s, encode_s, validate_s, probe_s + encode_s + validate_s + finish_s, bare_s)

    def _old_way(self) -> None:
        rungs = baseline_rungs(SCENES[self._scene].size_px)
        for rung in rungs:
            (self.old / f"v{rung.name}").mkdir(parents=True)
        _run([self._programs.ffmpeg, *baseline_command(self._source, rungs, sound=True)], self.old)

    def _finish(self, publisher: Publisher) -> None:
        self._transcoding.draw_thumbnail(self.work)
        self._transcoding.draw_storyboard(self.work)
        manifest = publisher.manifest_of(self.work.package, self.work.path.parent.name, {})
        publisher.publish(1, manifest, self.work.package)

    def _bare_encode(self) -> None:
        ladder, top = self._policy.ladder, self.top
        encoder = ["-c:v", "libx264", "-preset", ladder.preset, "-crf", f"{ladder.crf:g}"]
        scale = ["-vf", f"scale={top.width_px}:{top.height_px}"]
        source = ["-i", str(self._source), "-an"]
        _run([self._programs.ffmpeg, *source, *scale, *encoder, "bare.mp4"], self.work.path.parent)


def _size_bytes(package: Path) -> int:
    """Of everything that players stream."""
    return sum(path.stat().st_size for path in package.glob("**/*") if path.suffix in STREAMED)


def vmaf(playlist: Path, source: Path, shown: Rung, judge: str) -> float:
    """Return how much a rung resembles its source, from 0 to 100, where both are shown at the size of `shown`.

    Raises:
        ToolError: `judge`, an ffmpeg with libvmaf, did not say.
    """
    alike = f"settb=AVTB,setpts=PTS-STARTPTS,scale={shown.width_px}:{shown.height_px}:flags=bicubic,setsar=1"
    chains = f"[0:v]{alike},format=yuv420p[seen];[1:v]{alike},format=yuv420p[meant]"
    graph = f"{chains};[seen][meant]libvmaf=n_threads=2:n_subsample={VMAF_EVERY}:ts_sync_mode=nearest"
    argv = [judge, "-i", str(playlist), "-i", str(source), "-lavfi", graph, "-an", "-f", "null", "-"]
    said = _run(argv, playlist.parent)
    found = re.search(r"VMAF score: ([\d.]+)", said)
    if found is None:
        raise ToolError(f"{judge} told no VMAF score; it needs libvmaf: {said[-300:]}")
    return float(found[1])


def _run(argv: Sequence[str], folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 - our own arguments
        argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise ToolError(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stderr
