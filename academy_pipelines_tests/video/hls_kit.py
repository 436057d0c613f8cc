"""A small good HLS package, made by ffmpeg, and ways to spoil copies of it."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from academy_pipelines.resources.hls_measuring.messages import MeasuringRequest, SourceFile
from academy_pipelines.resources.hls_measuring.package import measure_package
from academy_pipelines.resources.hls_reader import present_segments, read_files
from academy_pipelines.video.fragments import fragments
from academy_pipelines.video.validation.check import find_faults
from academy_pipelines.video.validation.faults import Fault
from academy_pipelines.video.validation.layout import read_layout

FRAMES_PER_S = 15
SECONDS = 8
SIZES = ("160x90", "256x144", "320x180")
ENDINGS = {"fmp4": "m4s", "ts": "ts"}
CODECS = {"160x90": "avc1.64000a", "256x144": "avc1.64000b", "320x180": "avc1.64000c"}
SOUND = "aevalsrc='0.5*sin(880*t)*gt(sin(t*t*3)+sin(t*7.3),0.6)':s=44100"
PICTURES = "testsrc2=s=320x180:r=15,hue=h='40*t':b='sin(t)'"


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)


def make_source(path: Path, pictures: str = PICTURES, sound: str = SOUND) -> Path:
    inputs = ["-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", sound]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-c:a", "aac"]
    ffmpeg(*inputs, "-t", str(SECONDS), *codecs, path)
    return path


@dataclass(frozen=True)
class Package:
    """An HLS package of segment type `kind`: muxed when "ts", its sound apart when "fmp4"."""

    folder: Path
    source: Path
    kind: str

    def copy_to(self, folder: Path) -> "Package":
        shutil.copytree(self.folder, folder)
        return Package(folder, self.source, self.kind)

    def faults(self, *, with_source: bool = True) -> list[Fault]:
        """What `check_package` finds, measured in this process."""
        sizes, texts = read_files(self.folder)
        layout, faults = read_layout(sizes, texts)
        segments = {path: present_segments(playlist, sizes) for path, playlist in layout.media.items()}
        source = SourceFile(str(self.source)) if with_source else None
        request = MeasuringRequest(str(self.folder), segments, source, 6, threads=2)
        return [*faults, *find_faults(layout, measure_package(request))]

    def segment(self, rung: int, number: int) -> Path:
        return self.folder / f"v{rung}" / f"segment_{number:03d}.{ENDINGS[self.kind]}"

    def playlist(self, rung: int) -> Path:
        return self.folder / f"v{rung}" / "index.m3u8"

    @property
    def master(self) -> Path:
        return self.folder / "master.m3u8"

    def edit(self, path: Path, pattern: str, replacement: str, count: int = 0) -> None:
        text, changes = re.subn(pattern, replacement, path.read_text(), count=count)
        assert changes, f"{path} has no {pattern}"
        path.write_text(text)

    def encode_rung(self, rung: int, source: Path | None = None, filters: str = "null", *extra: str) -> None:
        """Make the segments of a rung again, otherwise than they were."""
        sound = ["-map", "0:a?", "-c:a", "aac", "-b:a", "64k"] if self.kind == "ts" else []
        picture = f"fps={FRAMES_PER_S},scale={SIZES[rung - 1].replace('x', ':')},setsar=1,{filters}"
        x264 = ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p"]
        gop = ["-g", "30", "-keyint_min", "30", "-sc_threshold", "0"]
        options = ["-map", "0:v", "-vf", picture, *x264, *gop, *sound, *extra]
        self._write_hls(self.folder / f"v{rung}", source or self.source, *options)

    def encode_sound(self, source: Path | None = None, filters: str = "anull", *extra: str) -> None:
        options = ["-map", "0:a", "-af", filters, "-c:a", "aac", "-b:a", "64k", *extra]
        self._write_hls(self.folder / "audio", source or self.source, *options)

    def write_master(self) -> None:
        """Describe the rungs, with the rates of their files; all segments last about as long as the target."""
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        sound = self.folder / "audio"
        if sound.exists():
            lines.append('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",DEFAULT=YES,URI="audio/index.m3u8"')
        for rung, size in enumerate(SIZES, 1):
            folders = [self.folder / f"v{rung}", *([sound] if sound.exists() else [])]
            peak, average = (round(sum(rates)) for rates in zip(*map(rates_of, folders), strict=True))
            rates = f"BANDWIDTH={peak},AVERAGE-BANDWIDTH={average}"
            picture = f'RESOLUTION={size},FRAME-RATE=15.000,CODECS="{CODECS[size]},mp4a.40.2"'
            group = ',AUDIO="sound"' if sound.exists() else ""
            lines += [f"#EXT-X-STREAM-INF:{rates},{picture}{group}", f"v{rung}/index.m3u8"]
        if self.kind == "fmp4":
            lines.append('#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9000,CODECS="avc1.64000a",URI="v1/iframes.m3u8"')
            self.write_iframes()
        self.master.write_text("\n".join(lines) + "\n")

    def write_iframes(self) -> None:
        """Name the first picture of every segment of the smallest rung, which has no other key frame."""
        lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-I-FRAMES-ONLY"]
        lines.append('#EXT-X-MAP:URI="init.mp4"')
        for path in sorted((self.folder / "v1").glob("*.m4s")):
            (fragment,) = fragments(memoryview(path.read_bytes()))
            span = f"#EXT-X-BYTERANGE:{fragment.first_sample_end - fragment.start}@{fragment.start}"
            lines += ["#EXTINF:2.0,", span, path.name]
        (self.folder / "v1/iframes.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))

    def _write_hls(self, folder: Path, source: Path, *options: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        kind = {"ts": "mpegts"}.get(self.kind, self.kind)
        hls = ["-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_segment_type", kind]
        unmoved = ["-avoid_negative_ts", "disabled"] if self.kind == "fmp4" else []
        names = ["-hls_segment_filename", folder / f"segment_%03d.{ENDINGS[self.kind]}"]
        ffmpeg("-i", source, *unmoved, *options, *hls, *names, folder / "index.m3u8")


def rates_of(folder: Path) -> tuple[float, float]:
    """Peak and average bits per second of the segments in `folder`."""
    text = (folder / "index.m3u8").read_text()
    named = re.findall(r"#EXTINF:([\d.]+),\s+(\S+)", text)
    parts = [((folder / name).stat().st_size * 8, float(seconds)) for seconds, name in named]
    longest = max(seconds for _, seconds in parts)
    peak = max(bits / seconds for bits, seconds in parts if seconds > longest / 2)
    return peak, sum(bits for bits, _ in parts) / sum(seconds for _, seconds in parts)


def make_package(folder: Path, source: Path, kind: str) -> Package:
    package = Package(folder, source, kind)
    for rung in range(1, len(SIZES) + 1):
        package.encode_rung(rung)
    if kind == "fmp4":
        package.encode_sound()
    package.write_master()
    return package
