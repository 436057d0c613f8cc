"""The Redis queue: where an item is after each call, whatever it holds."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academy_pipelines.errors import ContractError, MisconfiguredError, UnavailableError
from academy_pipelines.resources import redis_queue as module
from academy_pipelines.resources.redis_queue import DEAD, JOBS, PROCESSING, RedisJobSource


def item(number: int, **fields) -> str:
    return json.dumps({"id": f"job-{number}", "type": "ocr", "source_id": number, "payload": {}, **fields})


@pytest.fixture
def source(redis_server, queue):
    with closing(RedisJobSource(redis_server, timeout_s=5.0)) as jobs:
        yield jobs


def lists(queue) -> tuple[list[str], list[str], list[dict]]:
    waiting, processing = queue.lrange(JOBS, 0, -1), queue.lrange(PROCESSING, 0, -1)
    return waiting, processing, [json.loads(dead) for dead in queue.lrange(DEAD, 0, -1)]


def test_the_lists_have_the_names_that_producers_know():
    assert (JOBS, PROCESSING, DEAD) == ("ai:jobs", "ai:processing", "ai:jobs:dead")


def test_what_was_pushed_first_on_the_left_is_claimed_first(source, queue):
    queue.lpush(JOBS, item(1))
    queue.lpush(JOBS, item(2))
    assert [source.claim().job.source_id for _ in range(2)] == ["1", "2"]
    assert lists(queue) == ([], [item(2), item(1)], [])


def test_the_receipt_is_the_item_itself(source, queue):
    queue.lpush(JOBS, item(1))
    assert source.claim().receipt == item(1)


def test_a_buried_job_is_dead_with_its_reason_once(source, queue):
    queue.lpush(JOBS, item(1, extra="kept"))
    claim = source.claim()
    source.bury(claim.receipt, "흐린 사진")
    source.bury(claim.receipt, "again")
    assert lists(queue) == ([], [], [{**json.loads(item(1, extra="kept")), "error": "흐린 사진"}])


def test_a_job_that_was_acknowledged_is_not_buried_any_more(source, queue):
    queue.lpush(JOBS, item(1))
    claim = source.claim()
    source.acknowledge(claim.receipt)
    source.bury(claim.receipt, "late")
    source.retry(claim.receipt, "late")
    assert lists(queue) == ([], [], [])


def test_a_retried_job_waits_again_with_one_attempt_more(source, queue):
    queue.lpush(JOBS, item(1, attempt=1, extra="kept"))
    claim = source.claim()
    source.retry(claim.receipt, "no answer")
    source.retry(claim.receipt, "no answer")
    waiting, processing, dead = lists(queue)
    assert [json.loads(raw) for raw in waiting] == [json.loads(item(1, attempt=2, extra="kept"))]
    assert (processing, dead) == ([], [])


def test_a_retried_job_waits_behind_the_others(source, queue):
    queue.lpush(JOBS, item(1))
    claim = source.claim()
    queue.lpush(JOBS, item(2))
    source.retry(claim.receipt, "no answer")
    assert [source.claim().job.source_id for _ in range(2)] == ["2", "1"]


@pytest.mark.parametrize(("fields", "tries"), [({}, 5), ({"max_attempts": 2}, 2), ({"attempt": 3}, 2)])
def test_a_job_is_dead_after_its_last_attempt(source, queue, fields, tries):
    queue.lpush(JOBS, item(1, **fields))
    claims = 0
    while claim := source.claim():
        claims += 1
        source.retry(claim.receipt, f"no answer {claims}")
    waiting, processing, dead = lists(queue)
    assert (claims, waiting, processing) == (tries, [], [])
    assert [entry["error"] for entry in dead] == [f"no answer {tries}"]


@pytest.mark.parametrize(
    "raw",
    [
        b"not json",
        b"",
        b"[]",
        b"17",
        b'{"id": "a"}',
        b'{"id": "a", "type": "ocr", "source_id": 1, "payload": "x"}',
        b'{"id": "a", "type": "ocr", "source_id": 1, "max_attempts": 0}',
        b'{"id": "\\udc00", "type": "ocr", "source_id": 1}',
        b"\xff\xfe\x00binary",
        b"[" * 100_000,
    ],
)
def test_a_sick_item_is_dead_and_the_next_one_is_claimed(source, queue, raw):
    queue.lpush(JOBS, raw)
    queue.lpush(JOBS, item(2))
    assert source.claim().job.source_id == "2"
    waiting, processing, (dead,) = lists(queue)
    assert (waiting, processing) == ([], [item(2)])
    assert dead["error"]


def test_of_a_sick_item_nothing_is_lost(source, queue):
    queue.lpush(JOBS, b"\xffnot json")
    assert source.claim() is None
    (dead,) = lists(queue)[2]
    assert dead["raw"].encode("utf-8", "surrogateescape") == b"\xffnot json"


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=30), max_size=6))
def test_whatever_is_queued_claiming_comes_to_an_end_and_loses_nothing(source, queue, raws):
    queue.flushall()
    for raw in raws:
        queue.lpush(JOBS, raw)
    assert source.claim() is None
    waiting, processing, dead = lists(queue)
    assert (waiting, processing, len(dead)) == ([], [], len(raws))


def test_unfinished_claims_are_listed_oldest_first_and_sick_ones_buried(source, queue):
    for raw in (item(1), "sick", item(2), item(1)):
        queue.lpush(PROCESSING, raw)
    assert [claim.job.source_id for claim in source.unfinished()] == ["1", "2"]
    _, processing, dead = lists(queue)
    assert "sick" not in processing
    assert [entry["raw"] for entry in dead] == ["sick"]


def test_one_acknowledgement_covers_an_item_that_was_queued_twice(source, queue):
    for _ in range(2):
        queue.lpush(JOBS, item(1))
    first, _second = source.claim(), source.claim()
    source.acknowledge(first.receipt)
    assert source.unfinished() == []


def test_many_claimers_share_the_queue_without_overlap(source, queue):
    for number in range(60):
        queue.lpush(JOBS, item(number))
    with ThreadPoolExecutor(6) as pool:
        claims = list(pool.map(lambda _: source.claim(), range(70)))
    assert sorted(int(claim.job.source_id) for claim in claims if claim) == list(range(60))


def test_a_queue_that_is_no_list_breaks_the_contract(source, queue):
    queue.set(JOBS, "a string")
    with pytest.raises(ContractError, match="WRONGTYPE"):
        source.claim()


def test_a_server_that_is_down_may_come_up(dead_url):
    with closing(RedisJobSource(dead_url.replace("http", "redis"))) as source:
        calls = (source.claim, source.unfinished, lambda: source.acknowledge(item(1)), lambda: source.bury("x", "y"))
        for call in (*calls, lambda: source.retry(item(1), "y")):
            with pytest.raises(UnavailableError, match="Redis did not answer"):
                call()


def test_a_server_that_hangs_is_given_up(loopback):
    loopback_url = f"redis://{loopback.host}"
    with (
        closing(RedisJobSource(loopback_url, timeout_s=0.3)) as source,
        pytest.raises((UnavailableError, ContractError)),
    ):
        source.claim()


def test_a_connection_that_was_cut_is_made_again(source, queue):
    queue.lpush(JOBS, item(1))
    assert source.unfinished() == []
    queue.client_kill_filter(_type="normal", skipme=True)
    assert source.claim().job.source_id == "1"


@pytest.mark.parametrize("url", ["", "http://localhost", "localhost:6379", "redis://h:port/0", "redis://h/queue"])
def test_an_impossible_address_is_a_wrong_setting(url):
    with pytest.raises(MisconfiguredError, match="REDIS_URL"):
        closing(RedisJobSource(url)).__exit__()


def test_a_wrong_password_names_the_variable_and_not_the_password(redis_server):
    url = redis_server.replace("redis://", "redis://nobody:s3cret@")
    with closing(RedisJobSource(url)) as source, pytest.raises(ContractError, match="REDIS_URL") as refusal:
        source.claim()
    assert "s3cret" not in str(refusal.value)


REDIS_ERRORS = sorted(
    (kind for kind in vars(redis.exceptions).values() if isinstance(kind, type) and issubclass(kind, redis.RedisError)),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", REDIS_ERRORS, ids=lambda kind: kind.__name__)
def test_every_exception_of_the_client_becomes_one_of_ours(kind):
    error = kind.__new__(kind)
    Exception.__init__(error, "text")
    with pytest.raises((UnavailableError, ContractError)), module._translated():
        raise error


@pytest.mark.parametrize("reply", ["MISCONF disk is full", "BUSY a script runs", "NOREPLICAS wait", "LOADING data"])
def test_replies_that_pass_are_told_from_those_that_do_not(reply):
    with pytest.raises(UnavailableError), module._translated():
        raise redis.ResponseError(reply)


def test_the_server_of_these_tests_is_the_real_one(queue):
    version = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True).stdout
    assert f"v={queue.info('server')['redis_version']}" in version
