"""The old worker's way to make an HLS package, kept as the baseline of the benchmark; nothing else uses it.

Option for option what it called: three rungs of fixed sizes by their own branch of the decoder's output, average bit
rates, key frames every 48 frames, MPEG-TS, the sound encoded once for each rung. A rung was left out where it is wider
or higher than the stored picture; nothing was measured, normalised or checked.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BaselineRung:
    """One of the old worker's rungs."""

    name: str
    size_px: tuple[int, int]
    video_rate: str
    audio_rate: str


RUNGS = (
    BaselineRung("1", (426, 240), "400k", "64k"),
    BaselineRung("2", (640, 360), "800k", "96k"),
    BaselineRung("3", (1280, 720), "2500k", "128k"),
)
SEGMENT_S = 4
GOP_FRAMES = "48"


def baseline_rungs(stored_px: tuple[int, int]) -> tuple[BaselineRung, ...]:
    """Return the rungs that a picture of this stored size got, smallest first."""
    fitting = [rung for rung in RUNGS if rung.size_px[0] <= stored_px[0] and rung.size_px[1] <= stored_px[1]]
    return tuple(fitting) or RUNGS[:1]


def baseline_command(source: Path, rungs: tuple[BaselineRung, ...], *, sound: bool) -> list[str]:
    """Return ffmpeg's arguments; it runs in the folder of the package, in which v1/ to v3/ exist."""
    split = f"[0:v]split={len(rungs)}" + "".join(f"[v{index}]" for index in range(len(rungs)))
    scaled = [f"[v{i}]scale={rung.size_px[0]}:{rung.size_px[1]}[v{i}out]" for i, rung in enumerate(rungs)]
    streams = [f"v:{i},a:{i},name:{rung.name}" if sound else f"v:{i},name:{rung.name}" for i, rung in enumerate(rungs)]
    return [
        "-y", "-i", str(source),
        "-filter_complex", ";".join([split, *scaled]),
        *(part for index, rung in enumerate(rungs) for part in _rung_options(index, rung, sound=sound)),
        "-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod", "-hls_flags", "independent_segments",
        "-hls_segment_filename", "v%v/index%d.ts", "-master_pl_name", "master.m3u8",
        "-var_stream_map", " ".join(streams), "v%v/index.m3u8",
    ]  # fmt: skip


def _rung_options(index: int, rung: BaselineRung, *, sound: bool) -> list[str]:
    pictures = [
        f"-c:v:{index}", "libx264", "-profile:v", "main", "-pix_fmt", "yuv420p", f"-b:v:{index}", rung.video_rate,
        "-g", GOP_FRAMES, "-keyint_min", GOP_FRAMES, "-sc_threshold", "0",
    ]  # fmt: skip
    audio = [f"-c:a:{index}", "aac", "-ac", "2", f"-b:a:{index}", rung.audio_rate]
    mapped = ["-map", f"[v{index}out]", *(["-map", "0:a?"] if sound else [])]
    return [*mapped, *pictures, *(audio if sound else [])]
