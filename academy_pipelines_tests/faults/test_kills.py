"""Real processes, really killed: every job is still answered exactly once, as the academy sees it."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from academy_pipelines.defs.delivery import POSTS_AT_ONCE
from academy_pipelines.sandbox.stack import LocalStack
from academy_pipelines_tests.sheets import offer_sheets

REPOSITORY = Path(__file__).parents[2]
SUBMISSIONS = 24
KILLS_AT_MOST = 3
ENVIRONMENT = {"ACADEMY_LEASE_SECONDS": "8", "ACADEMY_BATCH_SIZE": "8", "ACADEMY_MAX_ATTEMPTS": "20"}


@pytest.fixture
def stack(tmp_path, databases):
    with LocalStack(
        tmp_path,
        REPOSITORY / "dagster.yaml",
        sandbox_options=("--lease-s", "60"),
        environment=ENVIRONMENT,
        databases=databases,
    ) as running:
        offer_sheets(running, SUBMISSIONS)
        running.start_sandbox()
        running.wait_until_open("sandbox", f"{running.api_url}/healthz")
        yield running


def answered_once(stack: LocalStack, timeout_s: float = 180) -> None:
    """Wait for every answer, then for any late second one, and count."""
    stack.wait_until_settled(timeout_s)
    time.sleep(6)
    jobs = stack.jobs()
    assert Counter(job["state"] for job in jobs) == {"done": SUBMISSIONS}, stack.last_words("daemon", 40)
    assert Counter(job["results"] for job in jobs) == {1: SUBMISSIONS}
    in_flight = POSTS_AT_ONCE * KILLS_AT_MOST
    assert sum(job["duplicate_posts"] for job in jobs) <= in_flight, "only what a kill caught between post and commit"
    wrong = [answer for job in jobs for answer in job["summary"]["answers"] if answer.get("right") is False]
    assert wrong == []


def run_workers(stack: LocalStack) -> list[int]:
    """The process ids of this stack's processes for runs, busy or waiting."""
    found = subprocess.run(
        ["pgrep", "-g", str(stack.programs["daemon"].pid)], capture_output=True, text=True, check=False
    )
    children = [int(pid) for pid in found.stdout.split()]
    return [pid for pid in children if _is_run(pid)]


def _is_run(pid: int) -> bool:
    try:
        return b"launching.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.timeout(400)
def test_killing_the_daemon_at_any_moment_loses_and_repeats_nothing(stack: LocalStack):
    rng = random.Random(2)
    for _ in range(3):
        stack.start_daemon()
        time.sleep(rng.uniform(5, 12))
        stack.kill("daemon")
    stack.start_daemon()
    answered_once(stack)


@pytest.mark.timeout(400)
def test_killing_runs_loses_and_repeats_nothing(stack: LocalStack):
    stack.start_daemon()
    killed: set[int] = set()
    rng = random.Random(3)
    deadline = time.monotonic() + 60
    while len(killed) < 2 and time.monotonic() < deadline:
        for pid in set(run_workers(stack)) - killed:
            time.sleep(rng.uniform(0.2, 4))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
        time.sleep(0.05)
    assert len(killed) >= 2
    answered_once(stack)


@pytest.mark.timeout(400)
def test_killing_the_webserver_and_the_academy_loses_and_repeats_nothing(stack: LocalStack):
    stack.start_webserver()
    stack.start_daemon()
    time.sleep(8)
    stack.kill("webserver")
    stack.kill("sandbox")
    time.sleep(4)
    stack.start_sandbox()
    stack.wait_until_open("sandbox", f"{stack.api_url}/healthz")
    answered_once(stack)
