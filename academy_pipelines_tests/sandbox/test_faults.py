"""Misbehaviour on request, seen from the client."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.sandbox.faults import FaultInjector, Faults, parse_faults
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.options import DEFAULT_TOKEN
from academy_pipelines.sandbox.server import running_sandbox

NEXT = "/api/v1/internal/ai/job/next/"
RESULT = "/api/v1/internal/ai/job/result/"


@pytest.fixture
def academy(tmp_path):
    with running_sandbox(tmp_path / "state") as running:
        yield running


@pytest.fixture
def client(academy):
    with httpx.Client(base_url=academy.base_url, headers={"X-Worker-Token": DEFAULT_TOKEN}) as opened:
        yield opened


def answer_to(source_id):
    return {"submission_id": source_id, "status": "done", "result": {"text": ""}, "error": None}


def test_without_faults_nothing_happens(academy, client):
    assert [client.get(NEXT).status_code for _ in range(20)] == [200] * 20
    assert not academy.injector.happened


def test_an_error_is_answered_before_any_work_is_done(academy, client):
    academy.store.jobs.offer(NewJob("ocr"))
    academy.injector.faults = Faults(error_rate=1.0)
    assert client.get(NEXT).status_code in {500, 502, 503, 504}
    assert academy.store.jobs.counts()["waiting"] == 1
    assert academy.injector.happened["error"] == 1


def test_a_dropped_connection_has_no_answer_and_no_effect(academy, client):
    academy.store.jobs.offer(NewJob("ocr"))
    academy.injector.faults = Faults(drop_rate=1.0)
    with pytest.raises(httpx.TransportError):
        client.get(NEXT)
    assert academy.store.jobs.counts()["waiting"] == 1


def test_a_dropped_post_has_no_effect_either(academy, client):
    job = academy.store.jobs.offer(NewJob("ocr"))
    academy.injector.faults = Faults(drop_rate=1.0)
    with pytest.raises(httpx.TransportError):
        client.post(RESULT, json=answer_to(job.source_id))
    assert academy.store.jobs.counts()["results"] == 0


def test_a_lost_answer_leaves_the_work_done(academy, client):
    job = academy.store.jobs.offer(NewJob("ocr"))
    academy.injector.faults = Faults(lost_answer_rate=1.0)
    with pytest.raises(httpx.TransportError):
        client.get(NEXT)
    with pytest.raises(httpx.TransportError):
        client.post(RESULT, json=answer_to(job.source_id))
    academy.injector.faults = Faults()
    assert client.post(RESULT, json=answer_to(job.source_id)).json()["outcome"] == "duplicate"
    kept = academy.store.jobs.get(job.id)
    assert (kept.state, kept.results) == ("done", 1)


def test_a_duplicated_delivery_hands_the_first_claim_out_once_more(academy, client):
    jobs = [academy.store.jobs.offer(NewJob("ocr")) for _ in range(2)]
    academy.injector.faults = Faults(duplicate_rate=1.0)
    claimed = [client.get(NEXT).json()["job"] for _ in range(5)]
    assert [job and job["id"] for job in claimed] == [jobs[0].id, jobs[0].id, jobs[1].id, jobs[1].id, None]


def test_latency_delays_an_answer_but_loses_nothing(academy, client):
    academy.injector.faults = Faults(latency_s=0.3)
    with pytest.raises(httpx.ReadTimeout):
        client.get(NEXT, timeout=0.05)
    assert client.get(NEXT, timeout=10).status_code == 200


def test_a_truncated_file_ends_before_its_length(academy, client):
    file = academy.store.files.keep(b"0123456789" * 100, "a.jpg")
    academy.store.jobs.offer(NewJob("ocr", file=file))
    url = client.get(NEXT).json()["job"]["payload"]["download_url"]
    academy.injector.faults = Faults(truncate_rate=1.0)
    with pytest.raises(httpx.RemoteProtocolError, match="500 bytes, expected 1000"):
        client.get(url)


def test_faults_spare_the_page_and_the_sandboxs_own_calls(academy, client):
    academy.injector.faults = Faults(drop_rate=1.0)
    for path in ("/", "/healthz", "/api/sandbox/jobs", "/api/sandbox/faults"):
        assert client.get(path).status_code == 200


def test_faults_can_be_exchanged_while_the_academy_is_open(academy, client):
    changed = client.post("/api/sandbox/faults", json={"error_rate": 1, "seed": 4})
    assert changed.json()["faults"]["error_rate"] == 1.0
    assert client.get(NEXT).status_code >= 500
    client.post("/api/sandbox/faults", json={})
    assert client.get(NEXT).status_code == 200


def test_only_who_has_the_token_may_exchange_faults(academy):
    assert httpx.post(academy.base_url + "/api/sandbox/faults", json={"drop_rate": 1}).status_code == 401
    assert not academy.injector.faults.active


@pytest.mark.parametrize("body", [{"typo_rate": 0.1}, {"error_rate": 2}, {"error_rate": "often"}, [], "x"])
def test_faults_that_make_no_sense_are_refused(academy, client, body):
    assert client.post("/api/sandbox/faults", json=body).status_code == 400
    assert not academy.injector.faults.active


def test_a_rate_hits_about_its_share_of_requests(academy, client):
    academy.injector.faults = Faults(error_rate=0.3, seed=1)
    failed = sum(client.get(NEXT).status_code >= 500 for _ in range(200))
    assert 35 <= failed <= 85


@given(seed=st.integers(0, 2**32), rate=st.floats(0, 1))
def test_the_same_seed_brings_the_same_fates(seed, rate):
    faults = Faults(error_rate=rate, drop_rate=rate, lost_answer_rate=rate, seed=seed)
    first, second = FaultInjector(faults), FaultInjector(faults)
    assert [first.fate("GET", NEXT) for _ in range(20)] == [second.fate("GET", NEXT) for _ in range(20)]


def test_fates_of_one_path_do_not_depend_on_requests_to_others():
    faults = Faults(error_rate=0.5, seed=9)
    alone, busy = FaultInjector(faults), FaultInjector(faults)
    expected = [alone.fate("GET", NEXT) for _ in range(30)]
    seen = []
    for _ in range(30):
        busy.fate("POST", RESULT)
        seen.append(busy.fate("GET", NEXT))
    assert seen == expected


def test_faults_are_read_from_words():
    assert parse_faults(["error_rate=0.1", "seed=7", "latency_s=1"]) == Faults(error_rate=0.1, seed=7, latency_s=1.0)


@pytest.mark.parametrize("word", ["error_rate", "error_rate=", "eror=0.1", "drop_rate=1.5", "latency_s=-1", "a=1"])
def test_a_word_that_is_no_fault_is_refused_by_name(word):
    with pytest.raises(MisconfiguredError, match=word.split("=")[0]):
        parse_faults([word])


def test_not_a_number_is_no_rate():
    with pytest.raises(MisconfiguredError):
        parse_faults(["error_rate=nan"])
