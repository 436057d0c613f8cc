"""Turns what the encoder wrote into a package: segments cut on the plan's frames, playlists with measured rates."""

import math
import mmap
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

from academy_pipelines.errors import ToolError
from academy_pipelines.video.bitstreams import avc_codec_tag
from academy_pipelines.video.commands import AAC_FRAME_SAMPLES, DELAY_FRAMES, SAMPLE_RATE_HZ, ts_segment_name
from academy_pipelines.video.fragments import (
    Fragment,
    fragments,
    initialisation_bytes,
    renumbered,
    shown_from,
    sound_segment,
)
from academy_pipelines.video.ladder import EncodePlan, Rung, SegmentType
from academy_pipelines.video.package import (
    AAC_LC,
    AUDIO_FOLDER,
    IFRAMES,
    INDEX,
    INITIALISATION,
    MASTER,
    HlsPackage,
    Piece,
    Track,
    iframe_playlist,
    master_playlist,
    media_playlist,
    packaged_rungs,
)
from academy_pipelines.video.playlists import Resource
from academy_pipelines.video.transport_streams import keyframe_ranges, table_bytes

FIRST_BYTES = 64 * 1024
"""Of a segment: parameter sets are within them."""


def build_package(
    encoded: Path, package: Path, plan: EncodePlan, segment_type: SegmentType, warnings: Sequence[str] = ()
) -> HlsPackage:
    """Make the package of `plan` in the empty folder `package` from the encoder's files in `encoded`.

    Raises:
        ToolError: the encoder's files are not what the plan asked for.
    """
    if segment_type == "ts":
        sound = None
        codecs = () if plan.sound is None else (AAC_LC,)
        pictures = [_ts_track(encoded, package, rung, plan, codecs) for rung in plan.rungs]
    else:
        pictures = [_picture_track(encoded, package, rung, plan) for rung in plan.rungs]
        sound = None if plan.sound is None else _sound_track(encoded, package, plan)
    for track in pictures:
        (package / track.folder / IFRAMES).write_text(iframe_playlist(track))
    for track in [*pictures, *([] if sound is None else [sound])]:
        (package / track.folder / INDEX).write_text(media_playlist(track))
    (package / MASTER).write_text(master_playlist(pictures, sound, plan.frame_rate))
    files = sorted(path for path in package.rglob("*") if path.is_file())
    return HlsPackage(
        segment_type=segment_type,
        rungs=packaged_rungs(pictures, sound),
        frame_rate=plan.frame_rate,
        frames=plan.frames,
        has_sound=plan.sound is not None,
        size_bytes=sum(path.stat().st_size for path in files),
        files=tuple(path.relative_to(package).as_posix() for path in files),
        warnings=tuple(warnings),
    )


def pictures_in(file: Path) -> int:
    """Return how many pictures a fragmented MP4 has."""
    with _mapped(file) as mapped:
        return sum(len(group.sample_bytes) for group in fragments(mapped))


def joined_rung(chunks: Sequence[Path], joined: Path) -> None:
    """Write the pictures of a rung's chunks into one fragmented MP4, as if they had been encoded at once.

    Raises:
        ToolError: the chunks were not encoded alike.
    """
    start, number = b"", 1
    with joined.open("wb") as file:
        for chunk in chunks:
            with _mapped(chunk) as mapped:
                own = bytes(mapped[: initialisation_bytes(mapped)])
                if not start:
                    start = own
                    file.write(start)
                if own != start:
                    raise ToolError(f"{chunk.parent.name} was encoded with other parameters than the chunk before")
                for part in renumbered(mapped, number):
                    file.write(part)
                number += sum(1 for _ in fragments(mapped))


@contextmanager
def _mapped(file: Path) -> Generator[memoryview]:
    """Let the bytes of a large file be read where they lie."""
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as view,
    ):
        yield view


def _picture_track(encoded: Path, package: Path, rung: Rung, plan: EncodePlan) -> Track:
    """Cut the fragmented MP4 of a rung; every fragment is a group of pictures."""
    folder = package / rung.folder
    folder.mkdir()
    segments: list[Piece] = []
    keyframes: list[Piece] = []
    with _mapped(encoded / f"{rung.folder}.mp4") as file:
        head = bytes(file[: initialisation_bytes(file)])
        groups = list(fragments(file))
        together = plan.segment_frames // plan.gop_frames
        for number, first in enumerate(range(0, len(groups), together)):
            run = groups[first : first + together]
            path = f"{rung.folder}/segment_{number:05d}.m4s"
            (package / path).write_bytes(file[run[0].start : run[-1].end])
            lengths = [_shown_s(group, plan.frame_rate) for group in run]
            segments.append(Piece(Resource(path), run[-1].end - run[0].start, sum(lengths)))
            keyframes += [
                _ranged(path, group.start - run[0].start, group.first_sample_end - run[0].start, length)
                for group, length in zip(run, lengths, strict=True)
            ]
    (folder / INITIALISATION).write_bytes(shown_from(head, DELAY_FRAMES / plan.frame_rate))
    start = Resource(f"{rung.folder}/{INITIALISATION}")
    codecs = (_avc_tag(head[head.find(b"avcC") + 4 :], rung),)
    size_px = (rung.width_px, rung.height_px)
    return Track(rung.folder, codecs, tuple(segments), tuple(keyframes), size_px, start, start)


def _sound_track(encoded: Path, package: Path, plan: EncodePlan) -> Track:
    """Put the frames of the sound together where the segments of the pictures are cut."""
    (package / AUDIO_FOLDER).mkdir()
    frame_s = Fraction(AAC_FRAME_SAMPLES, SAMPLE_RATE_HZ)
    segments: list[Piece] = []
    with _mapped(encoded / f"{AUDIO_FOLDER}.mp4") as file:
        start = Resource(f"{AUDIO_FOLDER}/{INITIALISATION}")
        (package / start.path).write_bytes(file[: initialisation_bytes(file)])
        places = [place for fragment in fragments(file) for place in _sample_places(fragment)]
        first = 0
        for number, end_frame in enumerate(accumulate(plan.lengths_frames)):
            last = min(len(places), math.ceil(end_frame / plan.frame_rate / frame_s))
            frames = [bytes(file[start:end]) for start, end in places[first:last]]
            data = sound_segment(number + 1, first * AAC_FRAME_SAMPLES, AAC_FRAME_SAMPLES, frames)
            path = f"{AUDIO_FOLDER}/segment_{number:05d}.m4s"
            (package / path).write_bytes(data)
            segments.append(Piece(Resource(path), len(data), float((last - first) * frame_s)))
            first = last
    return Track(AUDIO_FOLDER, (AAC_LC,), tuple(segments), initialisation=start)


def _sample_places(fragment: Fragment) -> Iterator[tuple[int, int]]:
    return pairwise(accumulate(fragment.sample_bytes, initial=fragment.data))


def _ts_track(encoded: Path, package: Path, rung: Rung, plan: EncodePlan, sound_codecs: tuple[str, ...]) -> Track:
    """Take the segments of a rung as the encoder cut them, which must be where the plan says."""
    (package / rung.folder).mkdir()
    found = sorted((encoded / rung.folder).glob("*.ts"))
    if len(found) != len(plan.lengths_frames):
        raise ToolError(f"the encoder wrote {len(found)} segments of {rung.folder}, not {len(plan.lengths_frames)}")
    segments: list[Piece] = []
    keyframes: list[Piece] = []
    codec, head = "", 0
    for number, (file, length) in enumerate(zip(found, plan.lengths_frames, strict=True)):
        path, data = f"{rung.folder}/{ts_segment_name(number)}", file.read_bytes()
        if number == 0:
            codec, head = _avc_tag(data[:FIRST_BYTES], rung), table_bytes(data)
        file.rename(package / path)
        segments.append(Piece(Resource(path), len(data), float(length / plan.frame_rate)))
        for group, (start, end) in enumerate(keyframe_ranges(data)):
            shown = min(plan.gop_frames, length - group * plan.gop_frames)
            keyframes.append(_ranged(path, start, end, float(shown / plan.frame_rate)))
    tables = Resource(f"{rung.folder}/{ts_segment_name(0)}", 0, head)
    size_px = (rung.width_px, rung.height_px)
    return Track(
        rung.folder, (codec, *sound_codecs), tuple(segments), tuple(keyframes), size_px, keyframe_initialisation=tables
    )


def _ranged(path: str, start: int, end: int, duration_s: float) -> Piece:
    return Piece(Resource(path, start, end - start), end - start, duration_s)


def _shown_s(group: Fragment, frame_rate: Fraction) -> float:
    return float(len(group.sample_bytes) / frame_rate)


def _avc_tag(extradata: bytes, rung: Rung) -> str:
    tag = avc_codec_tag(extradata)
    if tag is None:
        raise ToolError(f"the encoder wrote no parameter sets for {rung.folder}")
    return tag
