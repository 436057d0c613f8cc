"""Arguments of ffmpeg for the parts of a long video, and for putting them together. See `commands` for the rest."""

from fractions import Fraction
from pathlib import Path

from academy_pipelines.video import commands
from academy_pipelines.video.chunks import PRE_ROLL_S, Chunk
from academy_pipelines.video.ladder import EncodePlan, LadderPolicy
from academy_pipelines.video.loudness import Loudness
from academy_pipelines.video.package import AUDIO_FOLDER


def from_chunk(source: Path, plan: EncodePlan, chunk: Chunk) -> list[str]:
    """Open the source so that the frames of a chunk are certain to come, with the times that the whole has."""
    seek_s = max(0.0, float(Fraction(chunk.first) / plan.frame_rate) - PRE_ROLL_S)
    seek = [
        "-copyts", "-start_at_zero",  # times would begin at the place of the seek, rounded otherwise than the whole's
        "-ss", f"{seek_s:.6f}",
        "-noaccurate_seek",  # a picture that began before the place of the seek and is still shown would be missing
    ]  # fmt: skip
    return [*(seek if seek_s else []), *commands.safe_input(source)]


def encode_chunk(source: Path, plan: EncodePlan, policy: LadderPolicy, chunk: Chunk) -> list[str]:
    """Make a chunk of all rungs with one decoding, as fragmented MP4 with the times of the whole video."""
    return [
        *commands.in_the_open(), *from_chunk(source, plan, chunk),
        "-filter_complex", ";".join(commands.picture_graph(plan, chunk.first, chunk.end)),
        *(part for rung in plan.rungs for part in ("-map", f"[{rung.folder}]")),
        "-map_metadata", "-1", "-map_chapters", "-1",  # names, places and devices of the sender become public
        "-fps_mode:v", "passthrough",  # frames are doubled or dropped once more, after the grid is made
        *commands.picture_codec(plan, policy, "fmp4"),
        "-f", "tee", "|".join(commands.picture_outputs(plan)),
    ]  # fmt: skip


def encode_sound(source: Path, plan: EncodePlan, policy: LadderPolicy, loudness: Loudness | None) -> list[str]:
    """Make the sound of the whole video."""
    return [
        *commands.in_the_open(), *commands.safe_input(source),
        "-filter_complex", commands.sound_graph(plan, policy, loudness),
        "-map", f"[{AUDIO_FOLDER}]",
        "-map_metadata", "-1", "-map_chapters", "-1",  # names, places and devices of the sender become public
        *commands.sound_codec(policy, "fmp4"),
        "-f", "tee", commands.sound_output(),
    ]  # fmt: skip


def cut_transport_streams(plan: EncodePlan) -> list[str]:
    """Make segments of TS from the files of rungs and sound, without encoding anything."""
    names = [*(rung.folder for rung in plan.rungs), *([] if plan.sound is None else [AUDIO_FOLDER])]
    return [
        *commands.in_the_open(),
        "-copyts",  # sound and pictures would each begin at a zero of their own
        *(part for name in names for part in ("-i", f"{name}.mp4")),
        *(part for index in range(len(names)) for part in ("-map", str(index))),
        "-c", "copy",
        "-f", "tee", "|".join(commands.ts_outputs(plan)),
    ]  # fmt: skip
