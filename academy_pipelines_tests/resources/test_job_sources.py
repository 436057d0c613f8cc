"""What every source of jobs promises."""

import json
from contextlib import closing

import pytest

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.resources.academy_api import HttpAcademyApi, MemoryAcademyApi
from academy_pipelines.resources.job_sources import ApiJobSource, JobSource
from academy_pipelines.resources.redis_queue import JOBS, RedisJobSource
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.server import running_sandbox

JOB_LIST = [AiJob(id=f"job-{n}", type="ocr", source_id=str(n), payload={"nth": n}) for n in (1, 2, 3)]


def over_memory(_request):
    with closing(ApiJobSource(MemoryAcademyApi(JOB_LIST))) as source:
        yield source


def over_http(request):
    with running_sandbox(request.getfixturevalue("tmp_path") / "academy") as server:
        for job in JOB_LIST:
            server.store.jobs.offer(NewJob(job.type, dict(job.payload), source_id=int(job.source_id)))
        with closing(ApiJobSource(HttpAcademyApi(server.base_url, server.options.token))) as source:
            yield source


def over_redis(request):
    queue = request.getfixturevalue("queue")
    for job in JOB_LIST:
        queue.lpush(JOBS, json.dumps(job.model_dump()))
    with closing(RedisJobSource(request.getfixturevalue("redis_server"))) as source:
        yield source


@pytest.fixture(params=[over_memory, over_http, over_redis], ids=lambda make: make.__name__)
def source(request):
    yield from request.param(request)


def claimed(source: JobSource) -> list:
    return list(iter(source.claim, None))


def test_every_job_is_claimed_once_in_order(source):
    assert [(claim.job.source_id, claim.job.payload) for claim in claimed(source)] == [
        (job.source_id, job.payload) for job in JOB_LIST
    ]
    assert source.claim() is None


def test_an_acknowledged_job_is_not_unfinished(source):
    for claim in claimed(source):
        source.acknowledge(claim.receipt)
    assert source.unfinished() == []


def test_acknowledging_twice_changes_nothing(source):
    first = source.claim()
    source.acknowledge(first.receipt)
    source.acknowledge(first.receipt)
    assert [claim.job.source_id for claim in claimed(source)] == ["2", "3"]


def test_a_buried_job_neither_comes_back_nor_counts_as_ours(source):
    first = source.claim()
    source.bury(first.receipt, "no such type")
    source.bury(first.receipt, "no such type")
    assert [claim.job.source_id for claim in claimed(source)] == ["2", "3"]
    assert first not in source.unfinished()


def test_an_unfinished_claim_equals_the_one_that_was_made(source):
    made = claimed(source)
    assert source.unfinished() in ([], made)


def test_a_source_names_itself(source):
    assert source.name == ("redis" if isinstance(source, RedisJobSource) else "api")
