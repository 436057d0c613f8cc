"""What one academy remembers, and the order in which it hands out."""

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.sandbox.jobs import MAX_ATTEMPTS, NewJob
from academy_pipelines.sandbox.store import SandboxStore


class Clock:
    def __init__(self):
        self.now_s = 1_700_000_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    with SandboxStore(tmp_path / "state", clock) as opened:
        yield opened


def done(source_id, **result):
    return {"submission_id": source_id, "status": "done", "result": result, "error": None}


def test_submissions_are_numbered_from_1001_unless_given(store):
    numbers = [store.jobs.offer(NewJob("ocr")).source_id for _ in range(2)]
    given_number = store.jobs.offer(NewJob("ocr", source_id=5000)).source_id
    assert [*numbers, given_number, store.jobs.offer(NewJob("ocr")).source_id] == [1001, 1002, 5000, 5001]


def test_jobs_are_handed_out_in_the_order_of_their_offer_and_then_none(store):
    offered = [store.jobs.offer(NewJob("ocr")).id for _ in range(5)]
    claimed = [store.jobs.claim() for _ in range(6)]
    assert [job.id for job in claimed if job] == offered
    assert claimed[-1] is None


def test_a_claim_not_answered_within_its_lease_is_handed_out_again_with_the_next_attempt(store, clock):
    job = store.jobs.offer(NewJob("ocr"))
    assert store.jobs.claim(60).attempt == 1
    clock.now_s += 59
    assert store.jobs.claim(60) is None
    clock.now_s += 1
    again = store.jobs.claim(60)
    assert (again.id, again.attempt) == (job.id, 2)


def test_an_answered_job_is_never_handed_out_again(store, clock):
    job = store.jobs.offer(NewJob("ocr"))
    store.jobs.claim(60)
    store.jobs.answer(done(job.source_id))
    clock.now_s += 1e6
    assert store.jobs.claim(60) is None


def test_a_job_never_answered_is_given_up_after_its_last_attempt(store, clock):
    job = store.jobs.offer(NewJob("ocr"))
    for _ in range(MAX_ATTEMPTS):
        assert store.jobs.claim(60)
        clock.now_s += 61
    assert store.jobs.claim(60) is None
    kept = store.jobs.get(job.id)
    assert kept.state == "failed"
    assert "5 times" in kept.error


def test_a_late_answer_revives_a_job_that_was_given_up(store, clock):
    job = store.jobs.offer(NewJob("ocr"))
    for _ in range(MAX_ATTEMPTS + 1):
        store.jobs.claim(60)
        clock.now_s += 61
    assert store.jobs.answer(done(job.source_id, text="late")) == "accepted"
    assert store.jobs.get(job.id).state == "done"


def test_a_job_given_up_does_not_hide_the_one_behind_it(store, clock):
    store.jobs.offer(NewJob("ocr"))
    for _ in range(MAX_ATTEMPTS):
        store.jobs.claim(60)
        clock.now_s += 61
    clock.now_s += 1
    second = store.jobs.offer(NewJob("ocr"))
    assert store.jobs.claim(60).id == second.id


def test_the_same_result_again_is_a_duplicate_and_changes_nothing(store, clock):
    job = store.jobs.offer(NewJob("ocr"))
    store.jobs.claim()
    assert store.jobs.answer(done(job.source_id, text="a", confidence=1)) == "accepted"
    before = store.jobs.get(job.id)
    clock.now_s += 5
    assert store.jobs.answer(done(job.source_id, confidence=1, text="a")) == "duplicate"
    after = store.jobs.get(job.id)
    assert (after.answered_at, after.results, after.duplicate_posts) == (before.answered_at, 1, 1)


def test_a_different_second_result_is_kept_as_a_regrade(store):
    job = store.jobs.offer(NewJob("ocr"))
    store.jobs.claim()
    outcomes = [store.jobs.answer(done(job.source_id, text=text)) for text in "aba"]
    assert outcomes == ["accepted", "regraded", "regraded"]
    assert len(store.jobs.results(job.id)) == 3
    assert store.jobs.counts()["regrades"] == 2


def test_a_failed_result_keeps_its_reason(store):
    job = store.jobs.offer(NewJob("ocr"))
    store.jobs.claim()
    store.jobs.answer({"submission_id": job.source_id, "status": "failed", "result": None, "error": "unreadable"})
    kept = store.jobs.get(job.id)
    assert (kept.state, kept.error) == ("failed", "unreadable")


def test_an_answer_to_an_unknown_submission_is_not_taken(store):
    assert store.jobs.answer(done(77)) is None


def test_two_jobs_of_one_submission_are_answered_in_the_order_of_their_claims(store):
    jobs = [store.jobs.offer(NewJob("ocr", source_id=7)) for _ in range(2)]
    store.jobs.claim()
    store.jobs.claim()
    store.jobs.answer(done(7, text="first"))
    store.jobs.answer(done(7, text="second"))
    assert [store.jobs.get(job.id).state for job in jobs] == ["done", "done"]
    assert '"second"' in store.jobs.results(jobs[1].id)[0].body


def test_everything_survives_a_restart(tmp_path, clock):
    with SandboxStore(tmp_path, clock) as store:
        file = store.files.keep(b"sheet", "sheet.jpg")
        jobs = [store.jobs.offer(NewJob("ocr", file=file)) for _ in range(3)]
        store.jobs.claim()
        store.jobs.claim()
        store.jobs.answer(done(jobs[0].source_id))
        address = store.files.signed_path(file.id, file.name)
    with SandboxStore(tmp_path, clock) as store:
        assert [job.state for job in store.jobs.page()] == ["done", "claimed", "waiting"]
        assert store.jobs.claim().id == jobs[2].id
        assert store.files.find(file.id, file.name).path.read_bytes() == b"sheet"
        assert store.files.signed_path(file.id, file.name) == address


def test_two_stores_on_one_folder_never_hand_out_a_job_twice(tmp_path):
    handed_out = []
    with SandboxStore(tmp_path) as first, SandboxStore(tmp_path) as second:
        for _ in range(60):
            first.jobs.offer(NewJob("ocr"))

        def work(store):
            while job := store.jobs.claim():
                handed_out.append(job.id)

        workers = [threading.Thread(target=work, args=(store,)) for store in (first, second, first, second)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(handed_out) == 60
    assert set(Counter(handed_out).values()) == {1}


def test_the_same_content_is_kept_once_under_any_name(store):
    first, second = store.files.keep(b"x", "a.jpg"), store.files.keep(b"x", "b.png")
    assert first.path == second.path
    assert (first.media_type, second.media_type) == ("image/jpeg", "image/png")
    assert store.files.find(first.id, "b.png").media_type == "image/png"


def test_a_kept_file_has_no_folder_in_its_name(store):
    assert store.files.keep(b"x", "../../etc/passwd").name == "passwd"


def test_a_silent_videos_lease_ends_and_a_beating_ones_does_not(store, clock):
    video = store.videos.offer("http://elsewhere.example/a.mp4")
    store.videos.claim("w1", 60)
    for _ in range(5):
        clock.now_s += 50
        assert store.videos.beat(video.video_id, "w1", 60)
        assert store.videos.claim("w2", 60) is None
    clock.now_s += 60
    again = store.videos.claim("w2", 60)
    assert (again.video_id, again.attempt, again.heartbeats) == (video.video_id, 2, 5)
    assert not store.videos.beat(video.video_id, "w1", 60)


def test_a_videos_failure_after_its_completion_is_ignored(store):
    video = store.videos.offer("http://elsewhere.example/a.mp4")
    store.videos.claim("w1", 60)
    assert store.videos.complete(video.video_id, {"hls_path": "a/master.m3u8", "duration": 3}) == "accepted"
    assert store.videos.fail(video.video_id, {"reason": "late"}) == "ignored"
    assert store.videos.get(video.video_id).state == "done"


def test_a_videos_completion_after_its_failure_counts(store):
    video = store.videos.offer("http://elsewhere.example/a.mp4")
    store.videos.fail(video.video_id, {"reason": "disk full"})
    assert store.videos.complete(video.video_id, {"hls_path": "a/master.m3u8", "duration": 3}) == "replaced"
    kept = store.videos.get(video.video_id)
    assert (kept.state, kept.reason) == ("done", None)


@settings(max_examples=25, deadline=None)
@given(moves=st.lists(st.sampled_from(["claim", "answer", "wait", "repeat"]), max_size=40))
def test_no_job_is_lost_or_answered_twice_whatever_the_order_of_events(tmp_path_factory, moves):
    clock, open_claims, last = Clock(), [], None
    with SandboxStore(tmp_path_factory.mktemp("state"), clock) as store:
        for _ in range(3):
            store.jobs.offer(NewJob("ocr"))
        for move in moves:
            if move == "claim" and (job := store.jobs.claim(10)):
                open_claims.append(job.source_id)
            elif move == "answer" and open_claims:
                last = done(open_claims.pop(0))
                store.jobs.answer(last)
            elif move == "repeat" and last:
                assert store.jobs.answer(last) == "duplicate"
            elif move == "wait":
                clock.now_s += 11
        counts = store.jobs.counts()
        assert counts["waiting"] + counts["claimed"] + counts["done"] + counts["failed"] == 3
        assert counts["results"] == counts["done"]
