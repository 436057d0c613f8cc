"""Videos at the doors: claims that are limited and durable, heartbeats while they wait, reasons that open no door."""

import re

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.contracts.videos import VideoClaim
from academy_pipelines.defs.video_delivery import failure_of, problem_of, without_addresses
from academy_pipelines.defs.video_sensors import claim_videos
from academy_pipelines.errors import (
    ContractError,
    FaultyPackageError,
    FileUnavailableError,
    MisconfiguredError,
    ToolError,
    UnavailableError,
    UnsupportedMediaError,
)
from academy_pipelines.resources.ledger.outbox import Parcel
from academy_pipelines.video.refusals import REASONS, refusal
from academy_pipelines_tests.defs.video_academy import VideoAcademy, video_academy

__all__ = ["video_academy"]


@pytest.fixture
def academy(video_academy: VideoAcademy) -> VideoAcademy:
    for number in (1, 2, 3):
        video_academy.offer(number, b"video")
    return video_academy


def test_no_more_videos_are_claimed_than_may_wait(academy: VideoAcademy):
    assert claim_videos(academy.ledger, academy.api, 2) == (2, None)
    assert claim_videos(academy.ledger, academy.api, 2) == (0, None)
    academy.ledger.work.start(["video:1"], "run")
    assert claim_videos(academy.ledger, academy.api, 2) == (1, None)


def test_every_claim_is_durable_before_the_next_is_made(academy: VideoAcademy, monkeypatch):
    seen, claim = list[int](), academy.api.claim

    def watching() -> VideoClaim | None:
        seen.append(sum(academy.ledger.counts().values()))
        return claim()

    monkeypatch.setattr(academy.api, "claim", watching)
    claim_videos(academy.ledger, academy.api, 10)
    assert seen == [0, 1, 2, 3]


@pytest.mark.parametrize("problem", [UnavailableError("503"), ContractError("no video but a web page")])
def test_claiming_that_stops_early_is_a_failed_tick_unless_something_waits(academy: VideoAcademy, problem):
    academy.api.outage = problem
    with pytest.raises(dg.Failure, match=str(problem)):
        academy.tick("waiting_videos")
    academy.api.outage = None
    academy.settings["academy_video_claims_ahead"] = 3
    (first, *_) = academy.requests()
    academy.api.outage = problem
    assert next(request.run_key for request in academy.requests()) == first.run_key


def test_a_video_gets_one_run_that_is_asked_for_until_it_starts(academy: VideoAcademy):
    (request,) = academy.requests()
    assert (request.partition_key, request.tags["academy/batch"]) == ("1", request.run_key)
    (again,) = academy.requests()
    assert again.run_key == request.run_key
    assert academy.instance.get_dynamic_partitions("videos") == ["1"]
    academy.ledger.work.start(["video:1"], "run")
    (other,) = academy.requests()
    assert other.partition_key == "2"


def test_a_waiting_video_is_beaten_for_once_an_interval(academy: VideoAcademy):
    academy.requests()
    sensor = academy.definitions.get_repository_def().get_sensor_def("unfinished_videos")
    with dg.build_sensor_context(instance=academy.instance, resources=academy.resources()) as context:
        sensor(context)
        assert [beat.stage for beat in academy.api.beats[1]] == ["waiting"]
        sensor(context)
        assert len(academy.api.beats[1]) == 1
    academy.tick("unfinished_videos", cursor="0")
    assert len(academy.api.beats[1]) == 2


def test_a_run_that_beats_for_itself_is_not_beaten_for_and_one_that_fell_silent_is(academy: VideoAcademy):
    academy.requests()
    academy.beat_s = 20
    academy.ledger.work.start(["video:1"], "run")
    academy.tick("unfinished_videos")
    assert academy.api.beats == {}
    academy.clock.now += 21
    academy.tick("unfinished_videos")
    assert len(academy.api.beats[1]) == 1


def test_a_video_that_is_lost_while_it_waits_is_dropped_and_its_run_does_nothing(academy: VideoAcademy):
    (request,) = academy.requests()
    academy.api.lost.add(1)
    academy.tick("unfinished_videos")
    assert academy.ledger.counts() == {"dead": 1}
    run = academy.run(request)
    assert "nothing is to be done for video 1" in academy.failure(run)
    assert academy.sources.fetched == []


def test_a_back_end_that_is_down_does_not_keep_old_packages_from_going(academy: VideoAcademy):
    academy.requests()
    academy.api.outage = UnavailableError("503")
    academy.ledger.packages.begin(9, "half")
    academy.ledger.packages.settled(9, None)
    academy.clock.now += 100 * 3600
    academy.tick("unfinished_videos")
    assert academy.ledger.packages.superseded(0, 10) == []


def parcel(problem) -> Parcel:
    return Parcel("job", "video", "video:1", "video", "", None, problem.code, problem.message, exhausted=False)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_refusal_is_told_with_its_own_code_and_sentences(reason: str):
    values = dict.fromkeys(
        ["codec", "header_s", "readable_s", "width_px", "height_px", "most", "least", "hours", "streams"], 1
    ) | dict.fromkeys(["pause_s", "most_s", "rate"], 1)
    error = refusal(reason, **values)
    problem = problem_of(error)
    assert not problem.retryable
    told = failure_of(parcel(problem))
    assert told.code == reason
    assert error.english in told.reason
    assert error.korean in told.reason


@pytest.mark.parametrize(
    ("error", "code", "is_tried_again"),
    [
        (UnavailableError("x"), "unavailable", True),
        (ToolError("ffmpeg ended with 1: /work/secret"), "tool_failed", True),
        (FaultyPackageError("v1/index.m3u8: gap"), "faulty_package", True),
        (MisconfiguredError("ffmpeg cannot be run"), "misconfigured", True),
        (FileUnavailableError("https://files.test/a?signature=1 answered 403"), "file_unavailable", False),
        (ContractError("x"), "contract_violation", False),
    ],
)
def test_every_other_error_is_told_in_sentences_without_details(error, code: str, *, is_tried_again: bool):
    problem = problem_of(error)
    assert (problem.code, problem.retryable) == (code, is_tried_again)
    told = failure_of(parcel(problem))
    assert told.code == code
    assert str(error) not in told.reason
    assert " / " in told.reason


@given(st.lists(st.text() | st.sampled_from(["https://a/b?c=d", "s3://bucket/key", "file:///x"])))
def test_no_address_gets_into_a_reason(words: list[str]):
    error = UnsupportedMediaError("codec", f"sentence {' '.join(words)}", "문장")
    assert not re.search(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S", failure_of(parcel(problem_of(error))).reason)


def test_an_address_is_cut_out_whole():
    text = "could not open https://files.test/a.mp4?X-Amz-Signature=abc&b=c for reading"
    assert without_addresses(text) == "could not open (…) for reading"
