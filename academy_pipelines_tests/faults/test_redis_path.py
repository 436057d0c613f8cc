"""Jobs from the Redis list queue, through real processes that are killed on the way."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.redis_queue import DEAD, JOBS, PROCESSING
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.stack import LocalStack
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines_tests.conftest import wait_until
from academy_pipelines_tests.sheets import IDENTIFIER, answers_of, meta, scan

REPOSITORY = Path(__file__).parents[2]
SHEETS = 12
SICK = 1
POISON = '{"id": "poison", "type": "omr_grading"'


@pytest.fixture
def stack(tmp_path: Path, redis_server: str, queue: redis.Redis, databases: Path) -> Iterator[LocalStack]:
    environment = {
        "AI_JOB_SOURCE": "redis",
        "REDIS_URL": redis_server,
        "ACADEMY_LEASE_SECONDS": "10",
        "ACADEMY_BATCH_SIZE": "64",
        "ACADEMY_MAX_ATTEMPTS": "20",
    }
    with LocalStack(tmp_path, REPOSITORY / "dagster.yaml", environment=environment, databases=databases) as running:
        push_everything(running, queue)
        running.start_sandbox()
        running.wait_until_open("sandbox", f"{running.api_url}/healthz")
        yield running


def push_everything(stack: LocalStack, queue: redis.Redis) -> None:
    """Queue every job as a producer would, poison in between; the back end knows their submissions."""
    with SandboxStore(stack.folder / "data/sandbox/state") as store:
        for seed in range(SHEETS + SICK):
            content = scan(seed) if seed < SHEETS else b"<html>login</html>"
            file = store.files.keep(content, f"sheet-{seed}.jpg")
            truth = {
                "answers": {str(n): list(marks) for n, marks in answers_of(seed).items()},
                "identifier": IDENTIFIER,
            }
            job = store.jobs.offer(NewJob("omr_grading", {}, file, name=f"sheet-{seed}", truth=truth))
            url = stack.api_url + store.files.signed_path(file.id, file.name)
            payload = {"download_url": url, "template_meta": meta(), "mode": "scan"}
            item = {"id": job.id, "type": job.type, "source_id": job.source_id, "payload": payload}
            queue.lpush(JOBS, json.dumps(item))
            if seed == SHEETS // 2:
                queue.lpush(JOBS, POISON)


def is_at_work(stack: LocalStack) -> bool:
    ledger = stack.folder / "data/ledger/ledger.db"
    if not ledger.exists():
        return False
    with closing(Ledger(f"sqlite:///{ledger}")) as opened:
        return opened.counts()["running"] > 0


@pytest.mark.timeout(350)
def test_a_killed_daemon_loses_nothing_of_the_queue_and_poison_ends_among_the_dead(
    stack: LocalStack, queue: redis.Redis
):
    stack.start_daemon()
    wait_until(lambda: is_at_work(stack), 90, "the first run")
    stack.kill("daemon")
    assert queue.llen(PROCESSING)
    stack.start_daemon()
    jobs = stack.wait_until_settled(200)
    assert Counter(job["state"] for job in jobs) == {"done": SHEETS, "failed": SICK}, stack.last_words("daemon", 40)
    assert Counter(job["results"] for job in jobs) == {1: SHEETS + SICK}
    wrong = [answer for job in jobs if job["summary"] for answer in job["summary"]["answers"] if not answer["right"]]
    assert wrong == []
    wait_until(lambda: not queue.llen(PROCESSING), 30, "the last acknowledgement")
    assert queue.llen(JOBS) == 0
    (dead,) = [json.loads(item) for item in queue.lrange(DEAD, 0, -1)]
    assert dead["raw"] == POISON
    assert "no JSON" in dead["error"]
