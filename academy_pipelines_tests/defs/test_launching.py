import os
import signal
import threading
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.reconstruct import ReconstructableJob
from dagster._core.launcher import LaunchRunContext

from academy_pipelines.defs.launching import launcher as module
from academy_pipelines.defs.launching.launcher import WarmRunLauncher

JOB = ReconstructableJob.for_file(str(Path(__file__).parent / "launched.py"), "wait")
PATIENCE_S = 90


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "newest_change", lambda: 1.0)
    overrides = {
        "run_launcher": {"module": WarmRunLauncher.__module__, "class": "WarmRunLauncher", "config": {"workers": 1}},
        "run_monitoring": {"enabled": True, "cancellation_thread_poll_interval_seconds": 1},
    }
    with dg.instance_for_test(overrides, temp_dir=str(tmp_path)) as instance:
        yield instance
        instance.run_launcher.dispose()
        for thread in threading.enumerate():
            if thread.name == "warm-process":
                thread.join(PATIENCE_S)


def launch(instance, seconds=0.0):
    run = instance.create_run_for_job(
        JOB.get_definition(),
        run_config={"ops": {"tell_pid": {"config": {"seconds": seconds}}}},
        job_code_origin=JOB.get_python_origin(),
    )
    instance.run_launcher.launch_run(LaunchRunContext(run, workspace=None))
    return run.run_id


def until(instance, run_id, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition(run := instance.get_run_by_id(run_id)):
        assert time.monotonic() < deadline, f"{run.status} after {PATIENCE_S} s"
        time.sleep(0.1)
    return run


def finished(run):
    return run.is_finished


def told_pid(run):
    return "pid" in run.tags


def wait_until_idle(instance):
    deadline = time.monotonic() + PATIENCE_S
    while not instance.run_launcher._idle:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_one_warm_process_works_on_one_run_after_the_other(instance):
    first = until(instance, launch(instance), finished)
    wait_until_idle(instance)
    second = until(instance, launch(instance), finished)
    assert first.is_success
    assert second.is_success
    assert first.tags["pid"] == second.tags["pid"]


def test_runs_at_the_same_time_have_a_process_each(instance):
    runs = [launch(instance, seconds=3), launch(instance, seconds=3)]
    pids = {until(instance, run_id, told_pid).tags["pid"] for run_id in runs}
    assert len(pids) == 2
    assert all(until(instance, run_id, finished).is_success for run_id in runs)


def test_a_killed_process_fails_its_run_and_the_next_run_gets_a_new_one(instance):
    doomed = until(instance, launch(instance, seconds=60), told_pid)
    os.kill(int(doomed.tags["pid"]), signal.SIGKILL)
    assert until(instance, doomed.run_id, finished).is_failure
    after = until(instance, launch(instance), finished)
    assert after.is_success
    assert after.tags["pid"] != doomed.tags["pid"]


def test_a_terminated_run_is_interrupted_and_its_process_goes_on(instance):
    unwanted = until(instance, launch(instance, seconds=60), told_pid)
    assert instance.run_launcher.terminate(unwanted.run_id)
    assert until(instance, unwanted.run_id, finished).status is dg.DagsterRunStatus.CANCELED
    wait_until_idle(instance)
    after = until(instance, launch(instance), finished)
    assert after.is_success
    assert after.tags["pid"] == unwanted.tags["pid"]


def test_what_is_over_cannot_be_terminated(instance):
    run_id = launch(instance)
    until(instance, run_id, finished)
    assert not instance.run_launcher.terminate(run_id)
    assert not instance.run_launcher.terminate("11111111-1111-1111-1111-111111111111")


def test_after_a_change_of_the_code_a_new_process_takes_over(instance, monkeypatch):
    first = until(instance, launch(instance), finished)
    wait_until_idle(instance)
    monkeypatch.setattr(module, "newest_change", lambda: float("inf"))
    second = until(instance, launch(instance), finished)
    assert second.is_success
    assert first.tags["pid"] != second.tags["pid"]
