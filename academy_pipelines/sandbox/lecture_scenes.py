"""Lectures drawn picture by picture, as sources of the video benchmark: slides, a whiteboard, a phone held upright.

Every scene is a function of the picture's number, always the same. They have what makes lectures hard or easy to
encode: sharp text that stays, a speaker's noisy small picture, a camera's noise and shake, a pen that writes.
"""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.errors import ToolError

Picture = NDArray[np.uint8]

RATE = 30
NOISE_PICTURES = 16
SLIDE_FRAMES = 6 * RATE
LINE_FRAMES = RATE
LINES_ON_A_SLIDE = 6
WORDS = ("area", "under", "a", "curve", "is", "the", "limit", "of", "sums", "thin", "strips", "width", "to", "zero")
PAPER, INK = (250, 250, 248), (40, 40, 45)
SOUND = "aevalsrc='0.25*sin(900*t+3*sin(9*t))*gt(sin(t*t*0.7)+sin(t*5.1),0.2)|0.2*sin(600*t)*gt(sin(t*3),0)':s=48000"
CAMERA = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-maxrate", "12M", "-bufsize", "24M")


@dataclass(frozen=True, slots=True)
class Scene:
    """A kind of lecture: `draw` gives its picture of a number; `size_px` is width and height."""

    size_px: tuple[int, int]
    draw: Callable[[int], Picture]


@cache
def _noise(height_px: int, width_px: int, sigma: float) -> list[NDArray[np.int16]]:
    """A camera's noise: so many pictures of it that no eye and no encoder sees them repeat."""
    rng = np.random.default_rng([height_px, width_px])
    return [
        np.round(cv2.GaussianBlur(rng.normal(0, 2.2 * sigma, (height_px, width_px, 1)), (3, 3), 0.6)[..., None])
        .astype(np.int16)
        .reshape(height_px, width_px, 1)
        for _ in range(NOISE_PICTURES)
    ]


def _noisy(picture: Picture, number: int, sigma: float) -> Picture:
    noise = _noise(picture.shape[0], picture.shape[1], sigma)[number * 7 % NOISE_PICTURES]
    return np.clip(picture.astype(np.int16) + noise, 0, 255).astype(np.uint8)


@cache
def _slide(index: int, lines: int) -> Picture:
    """A slide with its first `lines` lines, a heading and a diagram."""
    rng = np.random.default_rng(index)
    page = np.full((1080, 1920, 3), PAPER, np.uint8)
    cv2.rectangle(page, (0, 0), (1920, 130), (120 + 20 * (index % 4), 90, 60), -1)
    cv2.putText(page, f"{index + 1}. " + " ".join(rng.choice(WORDS, 4)), (60, 90), 2, 2.0, (255, 255, 255), 3, 16)
    for line in range(lines):
        text = "- " + " ".join(rng.choice(WORDS, 7))
        cv2.putText(page, text, (90, 250 + 110 * line), 2, 1.4, INK, 2, cv2.LINE_AA)
    x = np.arange(0, 500)
    y = (np.sin(x / (30 + 10 * index)) * 120).astype(int)
    cv2.polylines(
        page,
        [np.stack([1350 + x, 400 + y], axis=1).astype(np.int32)],
        isClosed=False,
        color=(30, 60, 200),
        thickness=4,
        lineType=cv2.LINE_AA,
    )
    return page


def _speaker(height_px: int, width_px: int, number: int) -> Picture:
    """A head and shoulders that move, before a wall."""
    rows = np.linspace(90, 150, height_px, dtype=np.uint8)[:, None, None]
    picture = np.ascontiguousarray(np.broadcast_to(rows, (height_px, width_px, 3)))
    sway = int(0.05 * width_px * np.sin(number / 23) + 0.02 * width_px * np.sin(number / 5))
    middle = width_px // 2 + sway
    cv2.ellipse(picture, (middle, height_px), (width_px // 3, height_px // 3), 0, 0, 360, (90, 50, 40), -1, cv2.LINE_AA)
    cv2.ellipse(
        picture, (middle, height_px // 2), (width_px // 8, height_px // 5), 0, 0, 360, (140, 170, 210), -1, cv2.LINE_AA
    )
    mouth = 2 + int(height_px / 40 * (1 + np.sin(number / 2.3)))
    cv2.ellipse(
        picture, (middle, height_px * 3 // 5), (width_px // 30, mouth), 0, 0, 360, (60, 60, 120), -1, cv2.LINE_AA
    )
    return picture


def _draw_slides(number: int) -> Picture:
    index, within = divmod(number, SLIDE_FRAMES)
    page = _slide(index, min(LINES_ON_A_SLIDE, 1 + within // LINE_FRAMES)).copy()
    page[-300:-30, -450:-30] = _noisy(_speaker(270, 420, number), number, 3.0)
    x, y = int(800 + 500 * np.sin(number / 37)), int(500 + 260 * np.sin(number / 29))
    cv2.fillConvexPoly(page, np.array([(x, y), (x, y + 34), (x + 22, y + 24)]), (0, 0, 0), cv2.LINE_AA)
    return page


@cache
def _board_light() -> NDArray[np.float32]:
    y, x = np.mgrid[0:1080, 0:1920].astype(np.float32)
    return (0.78 + 0.2 * np.exp(-(((x - 700) / 1200) ** 2) - ((y - 400) / 800) ** 2))[..., None].astype(np.float32)


def _draw_whiteboard(number: int) -> Picture:
    board = np.full((1080, 1920, 3), (238, 240, 240), np.uint8)
    written = 8 * number
    for line in range(1 + written // 1500):
        steps = np.arange(0, min(1500, written - 1500 * line), 4)
        curve = 26 * np.sin(steps / 17) + 14 * np.sin(steps / 5.3 + line)
        points = np.stack([150 + steps, 180 + 150 * (line % 6) + curve], axis=1).astype(np.int32)
        ink = ((30, 30, 40), (150, 60, 30))[line % 2]
        cv2.polylines(board, [points], isClosed=False, color=ink, thickness=5, lineType=cv2.LINE_AA)
    x = 200 + written % 1500
    y = 220 + 150 * (written // 1500 % 6)
    body = np.array([(x, y), (x + 190, y + 60), (x + 420, 1080), (x + 60, 1080), (x + 90, y + 180)])
    cv2.fillPoly(board, [body], (70, 60, 80), cv2.LINE_AA)
    cv2.circle(board, (x + 250, y - 20), 75, (130, 160, 200), -1, cv2.LINE_AA)
    lit = (board * _board_light()).astype(np.uint8)
    return _noisy(lit, number, 2.5)


@cache
def _desk() -> Picture:
    """A sheet of exercises on a wooden desk, larger than the phone sees."""
    rng = np.random.default_rng(5)
    grain = rng.normal(0, 18, (2200, 40)).cumsum(axis=1)
    wood = cv2.resize(grain.astype(np.float32), (1400, 2200)) % 60
    desk = np.clip(np.stack([60 + wood, 90 + wood, 130 + wood], axis=2), 0, 255).astype(np.uint8)
    cv2.rectangle(desk, (180, 200), (1220, 2000), (245, 246, 244), -1)
    for line in range(30):
        text = f"{line + 1}) " + " ".join(rng.choice(WORDS, 6))
        cv2.putText(desk, text, (230, 280 + 56 * line), 2, 0.95, INK, 2, cv2.LINE_AA)
    return desk


def _draw_phone(number: int) -> Picture:
    t = number / RATE
    shift = np.array([160 + 30 * np.sin(1.9 * t) + 9 * np.sin(11 * t), 140 + 24 * np.sin(1.3 * t) + 7 * np.sin(13 * t)])
    turn = cv2.getRotationMatrix2D((700, 1100), 1.2 * np.sin(0.9 * t), 1.0 + 0.02 * np.sin(0.5 * t))
    turn[:, 2] -= shift
    seen = np.asarray(cv2.warpAffine(_desk(), turn, (1080, 1920), flags=cv2.INTER_LINEAR), np.uint8)
    hand = (int(500 + 180 * np.sin(2.1 * t)), int(900 + 120 * t % 700))
    cv2.ellipse(seen, hand, (150, 110), 30, 0, 360, (120, 150, 200), -1, cv2.LINE_AA)
    cv2.line(seen, hand, (hand[0] - 120, hand[1] - 150), (40, 30, 160), 16, cv2.LINE_AA)
    return _noisy(seen, number, 2.5)


SCENES: Mapping[str, Scene] = MappingProxyType({
    "slides": Scene((1920, 1080), _draw_slides),
    "whiteboard": Scene((1920, 1080), _draw_whiteboard),
    "phone": Scene((1080, 1920), _draw_phone),
})  # fmt: skip


def film(name: str, path: Path, seconds: float, ffmpeg: str = "ffmpeg") -> Path:
    """Write the scene of this name to `path`, as a recorder would: H.264 of high quality with sound.

    Raises:
        ToolError: ffmpeg could not make it.
    """
    scene = SCENES[name]
    width, height = scene.size_px
    raw = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(RATE), "-i", "pipe:0")
    sound = ("-f", "lavfi", "-t", str(seconds), "-i", SOUND, "-c:a", "aac", "-b:a", "160k")
    argv = [ffmpeg, "-v", "error", "-y", *raw, *sound, *CAMERA, "-pix_fmt", "yuv420p", "-g", str(10 * RATE), str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own arguments
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        for picture in _pictures(scene, round(seconds * RATE)):
            process.stdin.write(picture.tobytes())
        process.stdin.close()
        if process.wait() != 0:
            raise ToolError(f"{ffmpeg} could not film {name}: it ended with {process.returncode}")
    return path


def _pictures(scene: Scene, count: int) -> Iterator[Picture]:
    return (scene.draw(number) for number in range(count))
