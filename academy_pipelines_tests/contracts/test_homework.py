"""Homework videos on the wire."""

import pytest

from academy_pipelines.contracts.homework import HomeworkResult, parse_homework_payload
from academy_pipelines.errors import InvalidJobError
from academy_pipelines.video.homework import ClipFacts, FrameWriting, homework_activity

FRAMES = [
    FrameWriting(0, 0.0, "paper", 0.5, 0.06, 0.5, has_writing=True),
    FrameWriting(10, 0.33, "dark", 0.0, 0.0, 0.0, has_writing=False),
]


def test_a_result_has_all_keys_of_the_contract():
    result = HomeworkResult.of(homework_activity(ClipFacts(20, 0.66, "every_nth"), FRAMES)).model_dump()
    assert {name: result[name] for name in ("total_frames", "sampled_frames", "avg_writing_score", "filled_ratio")} == {
        "total_frames": 20, "sampled_frames": 2, "avg_writing_score": 0.25, "filled_ratio": 0.5,
    }  # fmt: skip
    assert [(one["index"], one["writing_score"], one["has_writing"]) for one in result["frames"]] == [
        (0, 0.5, True), (10, 0.0, False),
    ]  # fmt: skip
    assert (result["too_short"], result["status"]) == (True, "known")


def test_numbers_that_are_missing_or_zero_are_the_usual_ones():
    for numbers in ({}, {"frame_stride": None}, {"frame_stride": 0, "min_frame_count": "0"}, {"frame_stride": ""}):
        payload = parse_homework_payload({"download_url": "x", **numbers})
        assert (payload.frame_stride, payload.min_frame_count) == (10, 30)


@pytest.mark.parametrize("payload", [{}, {"download_url": ""}])
def test_a_job_without_a_video_is_refused(payload):
    with pytest.raises(InvalidJobError, match="download_url"):
        parse_homework_payload(payload)


@pytest.mark.parametrize("stride", [-1, [], "ten", 10**9])
def test_a_stride_that_is_no_count_is_refused(stride):
    with pytest.raises(InvalidJobError, match="frame_stride"):
        parse_homework_payload({"download_url": "x", "frame_stride": stride})
