"""Videos in the ledger: durable claims, silence that is noticed, builds that are remembered until withdrawn."""

import pytest

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.contracts.videos import VideoClaim
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.videos import VIDEO_TYPE, subject_of, video_id_of
from academy_pipelines.resources.ledger.work import Problem

LEASE_S = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path, clock: Clock):
    url = f"sqlite:///{tmp_path / 'l.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = Ledger(url, lease_s=LEASE_S, max_attempts=2, clock=clock)
    yield opened
    opened.close()


def claim(video_id: int = 7, signature: str = "secret") -> VideoClaim:
    return VideoClaim(video_id=video_id, source_url=f"https://files.test/v.mp4?s={signature}", title="Lecture")


def start(ledger: Ledger, run_id: str = "run", video_id: int = 7):
    return ledger.work.start([subject_of(video_id)], run_id)


def test_a_claim_waits_beside_a_submission_of_the_same_number(ledger: Ledger):
    ledger.inbox.accept(AiJob(id="job", type="omr_grading", source_id="7"), source="api")
    assert ledger.videos.accept(claim())
    assert [job.type for job in ledger.work.waiting(10)] == ["omr_grading", VIDEO_TYPE]
    (video,) = ledger.work.waiting(10, {VIDEO_TYPE})
    (job,) = start(ledger)
    assert (video_id_of(video.submission), job.payload["title"]) == (7, "Lecture")
    assert job.whole_payload["download_url"].endswith("s=secret")
    assert len(ledger.work.start(["7"], "another run")) == 1


def test_a_claim_that_comes_again_while_we_work_brings_a_fresh_link(ledger: Ledger):
    assert ledger.videos.accept(claim(signature="old"))
    assert not ledger.videos.accept(claim(signature="new"))
    (job,) = start(ledger)
    assert not ledger.videos.accept(claim(signature="newest"))
    assert job.whole_payload["download_url"].endswith("s=new")
    assert start(ledger)[0].whole_payload["download_url"].endswith("s=newest")
    assert ledger.counts() == {"running": 1}


def test_a_claim_that_comes_again_after_the_answer_is_new_work(ledger: Ledger):
    ledger.videos.accept(claim())
    (first,) = start(ledger)
    ledger.work.finish("run", {first.job_id: {"hls_path": "a"}})
    assert not ledger.videos.accept(claim(signature="while it is delivered"))
    ledger.outbox.delivered(first.job_id)
    ledger.work.release("run")
    assert ledger.videos.accept(claim(signature="again"))
    (second,) = start(ledger, "run 2")
    assert second.job_id != first.job_id
    assert second.whole_payload["download_url"].endswith("s=again")


def test_the_link_is_erased_when_the_outcome_is_delivered(ledger: Ledger):
    ledger.videos.accept(claim())
    (job,) = start(ledger)
    ledger.work.fail({job.job_id: Problem("no_video_stream", "no picture")}, "run")
    ledger.outbox.delivered(job.job_id)
    (left,) = ledger.work.look_up([subject_of(7)])
    assert left.secrets is None
    assert "s=secret" not in str(left)


def test_videos_ahead_are_those_that_no_run_works_on(ledger: Ledger):
    for number in (1, 2, 3):
        ledger.videos.accept(claim(number))
    start(ledger, "run", 2)
    assert ledger.videos.ahead() == 2


def test_a_video_is_unheard_until_a_run_starts_and_after_it_falls_silent(ledger: Ledger, clock: Clock):
    ledger.videos.accept(claim())
    ledger.inbox.accept(AiJob(id="job", type="omr_grading", source_id="8"), source="api")
    assert [job.submission for job in ledger.videos.unheard(20)] == [subject_of(7)]
    start(ledger)
    clock.now += 19
    assert ledger.videos.unheard(20) == []
    clock.now += 2
    assert len(ledger.videos.unheard(20)) == 1
    ledger.work.renew("run")
    assert ledger.videos.unheard(20) == []


def test_settled_videos_are_nobodys_business(ledger: Ledger, clock: Clock):
    ledger.videos.accept(claim())
    (job,) = start(ledger)
    ledger.work.finish("run", {job.job_id: {"hls_path": "a"}})
    clock.now += 1000
    assert ledger.videos.unheard(20) == []
    assert not ledger.videos.is_unfinished(7)


def test_a_lost_claim_is_dropped_without_a_word(ledger: Ledger):
    ledger.videos.accept(claim())
    (job,) = start(ledger)
    assert ledger.videos.is_unfinished(7)
    ledger.videos.drop(job.job_id, "another worker has it")
    assert ledger.counts() == {"dead": 1}
    assert ledger.outbox.of([job.job_id]) == []
    ledger.work.finish("run", {job.job_id: {"hls_path": "a"}})
    ledger.work.fail({job.job_id: Problem("x", "x")})
    assert ledger.counts() == {"dead": 1}
    assert not ledger.videos.is_unfinished(7)
    assert ledger.videos.accept(claim())


def test_a_run_that_lost_its_video_can_neither_finish_nor_fail_it(ledger: Ledger, clock: Clock):
    ledger.videos.accept(claim())
    (job,) = start(ledger, "slow")
    clock.now += LEASE_S + 1
    assert start(ledger, "next")
    assert not ledger.work.renew("slow")
    ledger.work.fail({job.job_id: Problem("x", "x")}, "slow")
    ledger.work.finish("slow", {job.job_id: {"hls_path": "a"}})
    assert ledger.counts() == {"running": 1}
    assert ledger.work.renew("next")
    ledger.work.finish("next", {job.job_id: {"hls_path": "b"}})
    (parcel,) = ledger.outbox.of([job.job_id])
    assert parcel.result == {"hls_path": "b"}


def test_builds_are_found_by_other_videos_once_they_are_published(ledger: Ledger, clock: Clock):
    ledger.packages.begin(1, "b")
    ledger.packages.begin(1, "b")
    assert ledger.packages.holders("b") == []
    ledger.packages.published(1, "b")
    clock.now += 1
    ledger.packages.begin(2, "b")
    ledger.packages.published(2, "b")
    assert ledger.packages.holders("b") == [1, 2]


def test_an_accepted_build_supersedes_the_videos_other_ones_after_a_grace_period(ledger: Ledger, clock: Clock):
    for build in ("old", "new"):
        ledger.packages.begin(1, build)
        ledger.packages.published(1, build)
        ledger.packages.settled(1, build)
    ledger.packages.begin(2, "old")
    assert ledger.packages.superseded(10, limit=5) == []
    clock.now += 11
    assert ledger.packages.superseded(10, limit=5) == [(1, "old")]
    ledger.packages.withdrawn(1, "old")
    assert ledger.packages.superseded(10, limit=5) == []


def test_a_build_that_is_accepted_again_is_kept(ledger: Ledger, clock: Clock):
    for build in ("a", "b"):
        ledger.packages.begin(1, build)
        ledger.packages.settled(1, build)
    ledger.packages.settled(1, "a")
    clock.now += 11
    assert ledger.packages.superseded(10, limit=5) == [(1, "b")]


def test_after_a_failure_only_what_never_was_whole_is_superseded(ledger: Ledger, clock: Clock):
    ledger.packages.begin(1, "shown")
    ledger.packages.published(1, "shown")
    ledger.packages.begin(1, "half")
    ledger.packages.settled(1, None)
    clock.now += 11
    assert ledger.packages.superseded(10, limit=5) == [(1, "half")]
