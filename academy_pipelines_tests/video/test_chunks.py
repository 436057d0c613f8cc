"""Long videos are encoded in chunks, and what comes out is what one encode would have made."""

import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.defs.transcoding import StageProgress, Transcoding, TranscodingPolicy
from academy_pipelines.defs.work_folders import WorkFolder
from academy_pipelines.errors import ToolError
from academy_pipelines.resources.ffmpeg import FfmpegPrograms
from academy_pipelines.sandbox.video_clips import make_long_clip
from academy_pipelines.video import commands
from academy_pipelines.video.chunk_commands import from_chunk
from academy_pipelines.video.chunks import MOST_CHUNKS, Chunk, ChunkPolicy, plan_chunks
from academy_pipelines.video.ladder import EncodePlan, LadderPolicy, PicturePlan, plan_ladder
from academy_pipelines.video.media import Media, VideoTrack

KINDS = ("plain.mp4", "open_gops.mp4", "variable_rate.mp4", "sound_goes_on.mp4", "interlaced.mp4", "browser.webm")
INTERLACED = IS_RGB = False
SPLIT = ChunkPolicy(above_s=4, chunk_s=4)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("long")


def media_of(container: str = "mov,mp4", gop_s: float = 2.0) -> Media:
    video = VideoTrack(
        0, "h264", 640, 360, Fraction(1), 0, "yuv420p", None, "sdr", INTERLACED, Fraction(30), 300, gop_s, 0.0, 10.0
    )
    return Media(container, 1, 1, 10.0, 10.0, 0.1, 0, video, ())


def plan_of(frames: int) -> EncodePlan:
    return EncodePlan(Fraction(30), frames, 60, 120, PicturePlan(0, INTERLACED, "sdr", IS_RGB, 0), None, ())


@given(st.integers(1, 10**7), st.floats(1, 10_000), st.floats(0.1, 1000))
def test_chunks_are_whole_segments_that_follow_each_other(frames: int, above_s: float, chunk_s: float):
    chunks = plan_chunks(media_of(gop_s=0.1), plan_of(frames), ChunkPolicy(above_s, chunk_s))
    if frames / 30 <= above_s:
        assert chunks == ()
    if chunks:
        assert 2 <= len(chunks) <= MOST_CHUNKS
        assert (chunks[0].first, chunks[-1].end) == (0, frames)
        assert all(one.end == following.first for one, following in pairwise(chunks))
        assert all(chunk.first % 120 == 0 and chunk.frames >= 120 for chunk in chunks)
        assert [Chunk.named(chunk.name) for chunk in chunks] == list(chunks)


def test_a_source_that_cannot_be_sought_exactly_or_only_slowly_is_encoded_at_once():
    plan, policy = plan_of(30 * 3600), ChunkPolicy()
    assert len(plan_chunks(media_of(), plan, policy)) == 30
    assert plan_chunks(media_of("mpegts"), plan, policy) == ()
    assert plan_chunks(media_of(gop_s=500), plan, policy) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_the_pictures_of_chunks_are_those_of_the_whole_to_the_bit(clips: Path, kind: str):
    source = make_long_clip(kind, clips)
    plan = plan_ladder(FfmpegPrograms().probe(source), LadderPolicy())
    cuts = [*range(0, plan.frames - plan.segment_frames + 1, plan.segment_frames), plan.frames]
    chunks = [Chunk(*ends) for ends in pairwise(cuts)]
    assert len(chunks) > 2
    whole = pictures(source, plan, Chunk(0, plan.frames))
    assert len(whole) == plan.frames
    assert [picture for chunk in chunks for picture in pictures(source, plan, chunk)] == whole


def pictures(source: Path, plan: EncodePlan, chunk: Chunk) -> list[str]:
    """Time and hash of every picture that a chunk's encoder gets, in the largest rung."""
    graph = ";".join(commands.picture_graph(plan, chunk.first, chunk.end))
    asked = ["ffmpeg", "-nostdin", "-v", "error", *from_chunk(source, plan, chunk), "-filter_complex", graph]
    top = f"[{plan.rungs[-1].folder}]"
    hashed = ["-map", top, "-fps_mode", "passthrough", "-c:v", "rawvideo", "-f", "framemd5", "-"]
    text = subprocess.run([*asked, *hashed], capture_output=True, text=True, check=True).stdout
    return [line for line in text.splitlines() if not line.startswith("#")]


def transcoding(kind: str, told: list[float] | None = None) -> Transcoding:
    policy = TranscodingPolicy(ladder=LadderPolicy(segment_type=kind), chunking=SPLIT)

    def tell(progress: StageProgress) -> None:
        if told is not None and progress.stage == "encode":
            told.append(progress.done)

    return Transcoding(FfmpegPrograms(), policy, tell=tell)


def opened(steps: Transcoding, folder: Path, source: Path) -> WorkFolder:
    work = steps.open(folder)
    work.source.symlink_to(source)
    return work


@pytest.mark.parametrize(("kind", "at_once"), [("fmp4", 1), ("ts", 2)])
def test_a_package_of_chunks_has_no_seam_that_the_validator_finds(clips: Path, tmp_path: Path, kind, at_once):
    told: list[float] = []
    steps = transcoding(kind, told)
    work = opened(steps, tmp_path / "work", make_long_clip("plain.mp4", clips))
    assert len(steps.parts(work)) == 4
    package = steps.encode(work, at_once)
    assert package.frames == 360
    assert [rung.segments for rung in package.rungs] == [3]
    steps.validate(work)
    assert (max(told), told if at_once > 1 else sorted(told)) == (1.0, told)
    assert not work.parts.exists()


def test_what_is_made_and_intact_is_not_made_again_and_what_is_not_is(clips: Path, tmp_path: Path):
    steps = transcoding("fmp4")
    work = opened(steps, tmp_path / "work", make_long_clip("plain.mp4", clips))
    _, first, second, _ = steps.parts(work)
    assert steps.encode_part(work, first)
    assert steps.encode_part(work, second)
    assert not transcoding("fmp4").encode_part(work, first)
    assert steps.encoded_share(work) == pytest.approx(240 / 360)
    spoilt = work.parts / second / "v1.mp4"
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"x")
    assert transcoding("fmp4").encode_part(work, second)
    work.note_source("another")
    assert transcoding("fmp4").encode_part(work, first)
    steps.encode(work)
    steps.validate(work)


def test_a_seek_that_comes_too_late_is_noticed_and_the_video_encoded_at_once(clips: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("academy_pipelines.video.chunk_commands.PRE_ROLL_S", -1.0)
    steps = transcoding("fmp4")
    work = opened(steps, tmp_path / "work", make_long_clip("plain.mp4", clips))
    for part in steps.parts(work):
        steps.encode_part(work, part)
    assert steps.parts(work) == ("whole",)
    assert steps.encode(work).frames == 360
    steps.validate(work)


def test_a_chunk_that_fails_stops_the_others_and_keeps_what_is_made(clips: Path, tmp_path: Path, monkeypatch):
    steps = transcoding("fmp4")
    work = opened(steps, tmp_path / "work", make_long_clip("plain.mp4", clips))
    run = FfmpegPrograms.run

    def failing(self, arguments, folder, **options):
        if "00000240" in folder.name:
            raise ToolError("ffmpeg ended with 1")
        return run(self, arguments, folder, **options)

    monkeypatch.setattr(FfmpegPrograms, "run", failing)
    with pytest.raises(ToolError):
        steps.encode(work)
    assert (work.parts / steps.parts(work)[1] / "part.json").exists()
    assert not work.package.exists()
