"""Homework videos from the file to what is said of them: in this process, and in the child that is used at work."""

import subprocess

import cv2
import numpy as np
import pytest

from academy_pipelines.errors import ToolError, UnsupportedMediaError
from academy_pipelines.resources.homework_frames import HomeworkFrames
from academy_pipelines.resources.homework_sampling.measuring import HomeworkRequest, MeasuringPolicy, measure_homework
from academy_pipelines.resources.programs.running import ProgramLimits
from academy_pipelines.sandbox.homework_clip import HomeworkClip, film_homework
from academy_pipelines.sandbox.video_clips import make_clip, rotated
from academy_pipelines.video.admission import AdmissionPolicy

CLIP = HomeworkClip(seconds=3.0, rate=12, size_px=(480, 270), keyframe_s=1.0)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("homework")


@pytest.fixture(scope="module")
def clip(folder):
    return film_homework(folder / "clip.mp4", CLIP)


def made(path, *arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(path)], check=True)
    return path


def measured(path, **numbers):
    return measure_homework(HomeworkRequest(str(path), **numbers))[0]


@pytest.fixture(params=[measure_homework, HomeworkFrames().measure], ids=["here", "in a child"])
def measure(request):
    return request.param


def test_a_page_that_fills_up_is_seen_to(measure, clip):
    activity, jpeg = measure(HomeworkRequest(str(clip)))
    assert (activity.total_frames, [frame.index for frame in activity.frames]) == (36, [0, 10, 20, 30])
    assert [frame.view for frame in activity.frames] == ["paper"] * 4
    shares = [frame.ink_share for frame in activity.frames]
    assert shares == sorted(shares)
    assert shares[-1] > 5 * shares[0]
    assert (activity.status, activity.too_short, activity.notes) == ("known", False, ())
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape[1] > 4 * 320


def test_what_is_no_video_is_refused_with_its_reason(measure, folder):
    with pytest.raises(UnsupportedMediaError) as refused:
        measure(HomeworkRequest(str(made(folder / "sound.m4a", "-f", "lavfi", "-i", "sine=d=0.2", "-c:a", "aac"))))
    assert refused.value.reason == "no_video"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("empty.mp4", "empty"), ("text.mp4", "unreadable"), ("playlist.mp4", "unreadable"), ("script.mp4", "unreadable")],
)
def test_texts_and_lists_of_other_files_are_refused(name, reason, folder):
    with pytest.raises(UnsupportedMediaError) as refused:
        measured(make_clip(name, folder))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (AdmissionPolicy(most_pixels=480 * 270 - 1), "too_many_pixels"),
        (AdmissionPolicy(least_side_px=271), "too_small"),
        (AdmissionPolicy(most_s=2.0), "too_long"),
        (AdmissionPolicy(most_streams=0), "too_many_streams"),
    ],
)
def test_a_video_beyond_the_limits_is_refused(clip, limits, reason):
    with pytest.raises(UnsupportedMediaError) as refused:
        measure_homework(HomeworkRequest(str(clip)), MeasuringPolicy(limits=limits))
    assert refused.value.reason == reason


def test_a_black_video_is_unknown(folder):
    activity = measured(made(folder / "black.mp4", "-f", "lavfi", "-i", "color=black:s=160x90:r=10:d=4", *X264))
    assert (activity.status, activity.reason) == ("unknown", "every picture is too dark to see anything")
    assert not any(frame.has_writing for frame in activity.frames)


def test_a_video_that_was_cut_off_is_measured_up_to_there_and_says_so(clip, folder):
    cut = folder / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[: round(0.5 * clip.stat().st_size)])
    activity = measured(cut)
    assert 0 < len(activity.frames) < 4
    assert any("the file promises 3.0 s" in note for note in activity.notes)


def test_a_video_cut_off_before_its_index_is_refused(clip, folder):
    whole = made(folder / "index_last.mp4", "-i", clip, "-c", "copy")
    (folder / "headless.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(UnsupportedMediaError) as refused:
        measured(folder / "headless.mp4")
    assert refused.value.reason == "unreadable"


def test_damaged_pictures_do_not_stop_the_others(clip, folder):
    data = bytearray(clip.read_bytes())
    third = len(data) // 3
    data[third : third + 3000] = bytes(3000)
    (folder / "damaged.mp4").write_bytes(data)
    assert measured(folder / "damaged.mp4").frames[-1].index >= 30


def test_of_a_long_video_keyframes_are_taken_as_they_would_be_in_order(clip, folder):
    long = made(folder / "long.mp4", "-stream_loop", "9", "-i", clip, "-c", "copy")
    activity = measured(long, min_frame_count=400)
    assert (activity.total_frames, activity.sampling, activity.too_short) == (360, "keyframes", True)
    assert [frame.index for frame in activity.frames] == list(range(0, 360, 12))
    first_round = [frame.ink_share for frame in activity.frames[:3]]
    assert [frame.ink_share for frame in activity.frames[3:6]] == pytest.approx(first_round, abs=1e-4)


def test_a_video_turned_by_its_metadata_is_looked_at_upright(clip, folder):
    turned = rotated(clip, folder / "turned.mp4")
    jpegs = [measure_homework(HomeworkRequest(str(path)))[1] for path in (clip, turned)]
    wide, tall = (cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape for jpeg in jpegs)
    assert wide[1] > wide[0]
    assert tall[0] > wide[0]


def test_a_child_that_uses_too_much_is_stopped(clip):
    with pytest.raises(ToolError, match="could not be sampled"):
        HomeworkFrames(ProgramLimits(memory_bytes=64 * 1024**2)).measure(HomeworkRequest(str(clip)))
