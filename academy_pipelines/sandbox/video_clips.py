"""Small video files of every kind that people send, and of kinds that nobody should: drawn by ffmpeg when needed.

Each kind has a name; `make_clip` writes it. `ACCEPTED` become packages, `REFUSED` have the reason that they are
refused for.
"""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from academy_pipelines.errors import ToolError

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "64k")
BT2020 = ("-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-colorspace", "bt2020nc")
AS_FILMED = "hue=s=0.4,lutyuv=y='16+0.6*(val-16)'"
"""Colours and brightness that a camera of high dynamic range sees: white paper at 60 %, nothing fully saturated."""
WHOLE_IN_FRONT = ("-movflags", "+faststart")
SPEECH = "aevalsrc='0.3*sin(700*t)*gt(sin(t*t*3)+sin(t*7.3),0.6)':s=44100"


def _pictures(size: str = "640x360", rate: str = "30", seconds: float = 3.0, filters: str = "null") -> tuple[str, ...]:
    moving = f"testsrc2=s={size}:r={rate}:d={seconds},hue=h='40*t':b='0.6*sin(t)',{filters}"
    return ("-f", "lavfi", "-i", moving)


def _sound(seconds: float = 3.0, source: str = SPEECH) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"{source}:d={seconds}")


def _both(*codecs: str, **pictures: str) -> tuple[str, ...]:
    return (*_pictures(**pictures), *_sound(), *(codecs or H264), *AAC)  # pyright: ignore[reportArgumentType]


ACCEPTED: Mapping[str, Sequence[str]] = MappingProxyType({
    "plain.mp4": _both(),
    "ntsc.mp4": _both(rate="30000/1001"),
    "slow.mp4": (*_pictures(rate="5", seconds=6), *_sound(6), *H264, *AAC),
    "fast.mp4": _both(rate="120"),
    "short.mp4": (*_pictures(seconds=0.7), *_sound(0.7), *H264, *AAC),
    "silent.mp4": (*_pictures(), *H264),
    "odd_size.mp4": _both("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p", filters="scale=641:361"),
    "four_by_three.mp4": _both(size="480x360"),
    "oblong_pixels.mp4": _both(size="540x360", filters="setsar=64/45"),
    "portrait.mp4": _both(size="360x640"),
    "tiny.mp4": _both(size="64x48"),
    "interlaced.mp4": (
        *_pictures(rate="50", filters="interlace"), *_sound(), *H264, "-flags", "+ilme+ildct", "-x264opts", "tff=1",
        *AAC,
    ),
    "hdr10.mp4": _both(*H264, *BT2020, "-color_trc", "smpte2084", filters=AS_FILMED),
    "hlg.mp4": _both(*H264, *BT2020, "-color_trc", "arib-std-b67", filters=AS_FILMED),
    "rgb.mp4": _both("-c:v", "libx264rgb", "-preset", "ultrafast"),
    "full_range.avi": (*_pictures(), *_sound(), "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"),
    "mono.mp4": (*_both(), "-ac", "1", "-ar", "22050"),
    "surround.mp4": (*_both(), "-ac", "6"),
    "two_sounds.mp4": (
        *_pictures(), *_sound(), *_sound(source="sine=f=440"), "-map", "0", "-map", "1", "-map", "2", *H264, *AAC,
    ),
    "late_sound.mkv": (*_pictures(), "-itsoffset", "1", *_sound(2), *H264, *AAC),
    "sound_goes_on.mp4": (*_pictures(seconds=2), *_sound(4), *H264, *AAC),
    "stream.ts": _both(),
    "variable_rate.mp4": (
        *_pictures(filters="select='not(between(mod(n,30),10,24))'"), *_sound(), *H264, *AAC, "-fps_mode", "vfr",
    ),
    # A browser's recording: no duration, no index, times to the millisecond that jitter.
    "browser.webm": (
        *_pictures(filters="settb=1/1000,setpts='1000*N/30+8*random(0)'"), *_sound(), "-c:v", "libvpx",
        "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-c:a", "libopus", "-fps_mode", "passthrough",
        "-live", "1",
    ),
})  # fmt: skip

LONG_S = 12.0
"""Long enough for three segments, short enough for tests."""
_LONG = "160x96"

LONG: Mapping[str, Sequence[str]] = MappingProxyType({
    "plain.mp4": (*_pictures(_LONG, seconds=LONG_S), *_sound(LONG_S), *H264, *AAC),
    "open_gops.mp4": (
        *_pictures(_LONG, seconds=LONG_S), *_sound(LONG_S), "-c:v", "libx264", "-preset", "veryfast", "-g", "70",
        "-x264opts", "open-gop=1", "-pix_fmt", "yuv420p", *AAC,
    ),
    "variable_rate.mp4": (
        *_pictures(_LONG, seconds=LONG_S, filters="select='not(between(mod(n,90),10,84))'"), *_sound(LONG_S), *H264,
        *AAC, "-fps_mode", "vfr",
    ),
    "sound_goes_on.mp4": (*_pictures(_LONG, seconds=5), *_sound(LONG_S), *H264, *AAC),
    "interlaced.mp4": (
        *_pictures(_LONG, rate="50", seconds=LONG_S, filters="interlace"), *_sound(LONG_S), *H264,
        "-flags", "+ilme+ildct", "-x264opts", "tff=1", *AAC,
    ),
    "browser.webm": (
        *_pictures(_LONG, seconds=LONG_S, filters="settb=1/1000,setpts='1000*N/30+8*random(0)'"), *_sound(LONG_S),
        "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-c:a", "libopus",
        "-fps_mode", "passthrough", "-live", "1",
    ),
})  # fmt: skip
"""Kinds that are hard to split."""

_RECIPES_TO_REFUSE: Mapping[str, tuple[str, Sequence[str]]] = MappingProxyType({
    "still.png": ("container", (*_pictures(), "-frames:v", "1")),
    "still.jpg": ("container", (*_pictures(), "-frames:v", "1")),
    "moving.gif": ("container", _pictures(size="160x90", seconds=1)),
    "one_picture.mp4": ("still", (*_pictures(), *H264, "-frames:v", "1")),
    "sound.m4a": ("no_video", (*_sound(), *AAC)),
    "sound.mp3": ("container", _sound()),
    "cover.m4a": (
        "cover_art",
        (*_sound(), *_pictures(), "-map", "0", "-map", "1", "-frames:v", "1", *AAC, "-c:v", "mjpeg",
         "-disposition:v", "attached_pic"),
    ),
    "pixel_bomb.mkv": ("too_many_pixels", (*_pictures("8192x8192", seconds=0.1), "-frames:v", "1", "-c:v", "mjpeg")),
    "specks.avi": ("too_small", (*_pictures(size="8x8"), "-c:v", "mpeg4")),
    "time_bomb.mp4": (
        "timestamp_gap",
        (*_pictures(rate="10", filters="setpts='PTS+gte(N,15)*3600/TB'"), *H264, "-fps_mode", "vfr"),
    ),
    "many_tracks.mkv": ("too_many_streams", (*_pictures(size="64x48", seconds=1), *("-map", "0") * 33, *H264)),
    "cut_in_front.mp4": ("truncated", (*_both(), *WHOLE_IN_FRONT)),
    "cut.mkv": ("truncated", _both()),
    "cut.mp4": ("unreadable", _both()),
})  # fmt: skip
CUT_TO = 0.5
"""Share of the bytes of files named "cut…" that is kept: half of the upload arrived."""

TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "empty.mp4": ("empty", ""),
    "text.mp4": ("unreadable", "This is no video.\n" * 100),
    "script.mp4": ("container", "ffconcat version 1.0\nfile /etc/hostname\n"),
    "playlist.mp4": (
        "container",
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/private.ts\n#EXT-X-ENDLIST\n",
    ),
})  # fmt: skip

REFUSED: Mapping[str, str] = MappingProxyType(
    {
        **{name: reason for name, (reason, _) in _RECIPES_TO_REFUSE.items()},
        **{name: reason for name, (reason, _) in TEXTS.items()},
    }
)
"""The reason for every kind of file that is refused."""


def make_clip(name: str, folder: Path, ffmpeg: str = "ffmpeg") -> Path:
    """Write the clip of this name into `folder` and return its path; one that is there is not made again.

    Raises:
        ToolError: ffmpeg could not make it.
    """
    path = folder / name
    if path.exists():
        return path
    if name in TEXTS:
        path.write_text(TEXTS[name][1])
        return path
    _run([ffmpeg, *(ACCEPTED[name] if name in ACCEPTED else _RECIPES_TO_REFUSE[name][1]), str(path)])
    if name.startswith("cut"):
        data = path.read_bytes()
        path.write_bytes(data[: round(CUT_TO * len(data))])
    return path


def make_long_clip(name: str, folder: Path, ffmpeg: str = "ffmpeg") -> Path:
    """Write the clip of this name, one of `LONG`, into `folder` and return its path.

    Raises:
        ToolError: ffmpeg could not make it.
    """
    path = folder / name
    if not path.exists():
        _run([ffmpeg, *LONG[name], str(path)])
    return path


def rotated(clip: Path, turned: Path, degrees: int = 90, ffmpeg: str = "ffmpeg") -> Path:
    """Write `clip` with the note that it has to be turned, as phones do."""
    _run([ffmpeg, "-i", str(clip), "-c", "copy", "-metadata:s:v", f"rotate={degrees}", str(turned)])
    return turned


def _run(argv: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [argv[0], "-nostdin", "-v", "error", "-y", *argv[1:]], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ToolError(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr[-500:]}")
