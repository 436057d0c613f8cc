"""Draws the still pictures of a package: its poster and its storyboard."""

import shutil
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from academy_pipelines.defs.work_folders import WorkFolder
from academy_pipelines.errors import ToolError
from academy_pipelines.resources.ffmpeg import Ffmpeg
from academy_pipelines.video.ladder import EncodePlan
from academy_pipelines.video.package import INITIALISATION, STORYBOARD, THUMBNAIL
from academy_pipelines.video.picture_commands import draw_frame, draw_keyframes, draw_storyboard, middle_frame
from academy_pipelines.video.storyboard import StoryboardPolicy, plan_storyboard, write_vtt

if TYPE_CHECKING:
    from academy_pipelines.imaging import Gray

FRAME = "frame.jpg"
KEYFRAMES = "keyframe_%03d.jpg"


def draw_poster(
    ffmpeg: Ffmpeg, work: WorkFolder, plan: EncodePlan, at_s: float | None, called_off: Callable[[], bool]
) -> None:
    """Draw the picture at `at_s` (None: the middle) of the largest rung, or one near it where there is something."""
    from academy_pipelines.video.posters import is_dull, neighbours

    top = plan.rungs[-1].folder
    wanted = middle_frame(plan.frames, plan.frame_rate, at_s)
    segment, within = divmod(wanted, plan.segment_frames)
    with _drawing(work) as folder:
        pictures = _joined(work.package / top, [segment], folder)
        ffmpeg.run(draw_frame(pictures, within, FRAME), folder, called_off=called_off)
        poster = folder / FRAME
        if is_dull(_seen(poster)):
            nearby = neighbours(segment, len(plan.lengths_frames))
            pictures = _joined(work.package / top, nearby, folder)
            ffmpeg.run(draw_keyframes(pictures, KEYFRAMES), folder, called_off=called_off)
            poster = _best(folder, (wanted - nearby[0] * plan.segment_frames) // plan.gop_frames)
        poster.rename(work.package / THUMBNAIL)


def draw_sheets(
    ffmpeg: Ffmpeg, work: WorkFolder, plan: EncodePlan, policy: StoryboardPolicy, called_off: Callable[[], bool]
) -> None:
    """Draw a storyboard of the smallest rung; its WebVTT file comes last."""
    smallest = plan.rungs[0]
    keyframes = -(-plan.frames // plan.gop_frames)
    gop_s = plan.gop_frames / plan.frame_rate
    size_px = (smallest.width_px, smallest.height_px)
    storyboard = plan_storyboard(size_px, keyframes, gop_s, plan.duration_s, policy)
    with _drawing(work) as folder:
        pictures = _joined(work.package / smallest.folder, range(len(plan.lengths_frames)), folder)
        ffmpeg.run(draw_storyboard(pictures, storyboard), folder, called_off=called_off)
        for sheet in storyboard.sheets:
            if not (folder / sheet).exists():
                raise ToolError(f"ffmpeg drew no {sheet} of {len(storyboard.sheets)} sheets of a storyboard")
            (folder / sheet).rename(work.package / sheet)
    part = work.path / f"{STORYBOARD}.part"
    part.write_text(write_vtt(storyboard))
    part.rename(work.package / STORYBOARD)


@contextmanager
def _drawing(work: WorkFolder) -> Generator[Path]:
    """A folder for as long as something is drawn."""
    folder = work.empty(work.path / "drawing")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _joined(rung: Path, numbers: Iterable[int], folder: Path) -> Path:
    """Write the segments of these numbers, and what comes before any of them, into one file."""
    segments = sorted(rung.glob("segment_*"))
    start = rung / INITIALISATION
    joined = folder / "pictures"
    with joined.open("wb") as file:
        for part in [*([start] if start.exists() else []), *(segments[number] for number in numbers)]:
            file.write(part.read_bytes())
    return joined


def _best(folder: Path, wanted: int) -> Path:
    from academy_pipelines.video.posters import choose_poster

    drawn = sorted(folder.glob("keyframe_*.jpg"))
    if not drawn:
        raise ToolError("ffmpeg drew no key frame of a package")
    return drawn[choose_poster(len(drawn), wanted, lambda index: _seen(drawn[index]))]


def _seen(jpeg: Path) -> "Gray":
    from academy_pipelines.imaging import decode_gray

    if not jpeg.exists():
        raise ToolError(f"ffmpeg drew no {jpeg.name} of a package")
    return decode_gray(jpeg.read_bytes())
