"""A homework video drawn picture by picture: a page on a desk that fills with writing under a phone held over it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.errors import ToolError

Picture = NDArray[np.uint8]

PAPER_BGR, INK_BGR, SKIN_BGR = (228, 236, 238), (96, 62, 48), (130, 160, 205)
LINE_PX, LETTER_PX = 34, 20


@dataclass(frozen=True, slots=True)
class HomeworkClip:
    """How long a clip is, and how much of the page is full at its end (0..1); a keyframe every `keyframe_s`."""

    seconds: float = 12.0
    rate: int = 15
    size_px: tuple[int, int] = (960, 540)
    fill: float = 0.9
    keyframe_s: float = 2.0
    seed: int = 20261125


def film_homework(path: Path, clip: HomeworkClip | None = None, ffmpeg: str = "ffmpeg") -> Path:
    """Write the clip to `path` as a phone would.

    Raises:
        ToolError: ffmpeg could not make it.
    """
    clip = clip or HomeworkClip()
    width_px, height_px = clip.size_px
    raw = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width_px}x{height_px}", "-r", str(clip.rate), "-i", "pipe:0")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-pix_fmt", "yuv420p")
    keyframes = ("-g", str(round(clip.keyframe_s * clip.rate)), "-movflags", "+faststart")
    argv = [ffmpeg, "-v", "error", "-y", *raw, *coded, *keyframes, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own arguments
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        for picture in homework_pictures(clip):
            process.stdin.write(picture.tobytes())
        process.stdin.close()
        if process.wait() != 0:
            raise ToolError(f"{ffmpeg} could not film homework: it ended with {process.returncode}")
    return path


def homework_pictures(clip: HomeworkClip) -> Iterator[Picture]:
    """Yield the pictures of a clip, (H, W, 3) BGR; the same every time."""
    rng = np.random.default_rng(clip.seed)
    width_px, height_px = clip.size_px
    page = _page(width_px, height_px)
    strokes = list(_strokes(page.shape[1], page.shape[0], rng))
    count = round(clip.seconds * clip.rate)
    noise = [rng.normal(0, 2.5, (height_px, width_px, 1)) for _ in range(4)]
    drawn = 0
    for number in range(count):
        until = round(clip.fill * len(strokes) * number / max(1, count - 1))
        for stroke in strokes[drawn:until]:
            cv2.polylines(page, [stroke], isClosed=False, color=INK_BGR, thickness=2, lineType=cv2.LINE_AA)
        drawn = until
        pen = strokes[min(until, len(strokes) - 1)][-1]
        yield _seen(page, (int(pen[0]), int(pen[1])), number / clip.rate, noise[number % 4], clip.size_px)


def _page(width_px: int, height_px: int) -> Picture:
    page = np.full((round(0.9 * height_px), round(0.62 * width_px), 3), PAPER_BGR, np.uint8)
    for top in range(2 * LINE_PX, page.shape[0] - LINE_PX, LINE_PX):
        cv2.line(page, (20, top + 6), (page.shape[1] - 20, top + 6), (214, 214, 206), 1)
    return page


def _strokes(width_px: int, height_px: int, rng: np.random.Generator) -> Iterator[NDArray[np.int32]]:
    """Yield letters line by line: no alphabet's, but of a hand's size and slant."""
    for base in range(2 * LINE_PX, height_px - LINE_PX, LINE_PX):
        left = 30.0
        while left < width_px - 50:
            turns = np.linspace(0, rng.uniform(3, 8), 14)
            x = left + LETTER_PX * 0.4 * (1 + np.cos(turns + rng.uniform(0, 6)))
            y = base - LETTER_PX * 0.45 * (1 + np.sin(turns * rng.uniform(0.7, 1.4)))
            yield np.stack([x, y], axis=1).round().astype(np.int32)
            left += LETTER_PX * (2.2 if rng.random() < 0.2 else 1.05)  # noqa: PLR2004 - a word's end


def _seen(
    page: Picture, pen: tuple[int, int], at_s: float, noise: NDArray[np.float64], size_px: tuple[int, int]
) -> Picture:
    width_px, height_px = size_px
    with_hand = page.copy()
    wrist = (pen[0] + 90, pen[1] + 110)
    cv2.line(with_hand, pen, (pen[0] + 45, pen[1] + 55), (40, 40, 170), 7, cv2.LINE_AA)
    cv2.ellipse(with_hand, wrist, (95, 60), 40, 0, 360, SKIN_BGR, -1, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), 2 + 1.2 * np.sin(1.3 * at_s), 1.0)
    turn[:, 2] += (0.2 * width_px + 6 * np.sin(2.1 * at_s), 0.05 * height_px + 4 * np.cos(1.7 * at_s))
    desk = (58, 74, 92)
    seen = cv2.warpAffine(with_hand, turn, size_px, flags=cv2.INTER_LINEAR, borderValue=desk)
    light = np.linspace(1.0, 0.72, width_px)[None, :, None]
    return np.clip(seen * light + noise, 0, 255).astype(np.uint8)
