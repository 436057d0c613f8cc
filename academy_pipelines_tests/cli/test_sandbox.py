"""`academy sandbox` as a person types it."""

import json
import os
import re
import signal
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner

from academy_pipelines.cli import main
from academy_pipelines.omr.objective import objective_template, template_meta
from academy_pipelines.sandbox.server import running_sandbox
from academy_pipelines.sandbox.store import SandboxStore

TOKEN = {"X-Worker-Token": "sandbox-token"}
NEXT = "/api/v1/internal/ai/job/next/"
START_TIMEOUT_S = 60


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def run(state):
    def call(*words):
        return CliRunner().invoke(main, ["sandbox", *map(str, words), "--state", str(state)])

    return call


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "sheet 1.jpg"
    path.write_bytes(b"picture")
    return path


def jobs_in(state):
    with SandboxStore(state) as store:
        return store.jobs.page()


def test_files_are_offered_as_jobs_with_our_own_template(run, state, sheet):
    result = run("enqueue", sheet, sheet, "--template", "objective_20", "--mode", "photo")
    assert result.exit_code == 0, result.output
    first, second = jobs_in(state)
    assert (first.type, first.file_name) == ("omr_grading", "sheet 1.jpg")
    assert (first.source_id, second.source_id) == (1001, 1002)
    payload = json.loads(first.payload)
    assert (payload["mode"], payload["question_count"]) == ("photo", 20)
    assert payload["template_meta"] == template_meta(objective_template(20), "objective_20")
    assert "submission 1001: sheet 1.jpg" in result.output


def test_a_template_can_be_a_file(run, state, sheet, tmp_path):
    meta = tmp_path / "meta.json"
    meta.write_text('{"units": "mm"}')
    assert run("enqueue", sheet, "--template", meta).exit_code == 0
    assert json.loads(jobs_in(state)[0].payload) == {"template_meta": {"units": "mm"}}


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_template_that_is_none_is_refused_by_name(run, state, sheet, tmp_path, content):
    meta = tmp_path / "meta.json"
    if content is not None:
        meta.write_text(content)
    result = run("enqueue", sheet, "--template", meta)
    assert result.exit_code == 1
    assert "meta.json" in result.output
    assert not state.exists()


def test_a_job_without_a_file_is_made_of_its_payload(run, state):
    result = run("enqueue", "--type", "embedding", "--payload", '{"texts": ["a"]}')
    assert result.exit_code == 0, result.output
    job = jobs_in(state)[0]
    assert (job.type, job.file_id, json.loads(job.payload)) == ("embedding", None, {"texts": ["a"]})


@pytest.mark.parametrize("payload", ["{", "[]", "7"])
def test_a_payload_that_is_no_json_object_is_refused(run, state, payload):
    result = run("enqueue", "--type", "embedding", "--payload", payload)
    assert result.exit_code == 2
    assert "--payload" in result.output
    assert not state.exists()


def test_a_missing_file_is_refused_by_name(run, tmp_path):
    result = run("enqueue", tmp_path / "nothing.jpg")
    assert result.exit_code == 2
    assert "nothing.jpg" in result.output


def test_a_running_academy_hands_out_what_is_offered_beside_it(run, state, sheet):
    with running_sandbox(state) as academy:
        assert httpx.get(academy.base_url + NEXT, headers=TOKEN).json()["job"] is None
        run("enqueue", sheet, "--type", "ocr")
        run("enqueue-video", sheet)
        job = httpx.get(academy.base_url + NEXT, headers=TOKEN).json()["job"]
        assert httpx.get(job["payload"]["download_url"]).content == b"picture"
        video = httpx.get(
            academy.base_url + "/api/v1/internal/video-worker/next/", headers={**TOKEN, "X-Worker-Id": "w"}
        ).json()
        assert httpx.get(video["source_url"]).content == b"picture"


def test_an_unknown_fault_is_refused_by_name(run):
    result = run("--fault", "typo_rate=1", "--port", "0")
    assert result.exit_code == 1
    assert "typo_rate" in result.output


def test_missing_samples_are_an_error_that_names_the_folder(run, tmp_path):
    result = run("--samples", tmp_path / "none", "--port", "0")
    assert result.exit_code == 1
    assert "none" in result.output


@pytest.fixture
def samples(tmp_path):
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"picture")
    entry = {"name": "first", "file": "a.jpg", "job_type": "ocr", "payload": {}, "truth": {"expect": "failed"}}
    text = {"name": "second", "job_type": "embedding", "payload": {"texts": ["a"]}}
    video = {"name": "third", "file": "a.jpg", "job_type": "video"}
    (folder / "samples.json").write_text(json.dumps({"samples": [entry, text, video]}))
    return folder


@pytest.fixture
def started(state, samples):
    processes = []

    def start(*words):
        command = [sys.executable, "-c", "from academy_pipelines.cli import main; main()", "sandbox", *words]
        command += ["--port", "0", "--state", str(state), "--samples", str(samples)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        processes.append(process)
        return process, said(process, "is open at")

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def said(process, words):
    lines = ""
    for line in process.stdout:
        lines += line
        if words in line:
            return lines
    raise AssertionError(lines)


def address_in(lines):
    return re.search(r"http://[\d.:]+", lines).group()


def test_samples_are_offered_to_an_empty_academy_and_survive_its_sudden_death(started):
    process, lines = started()
    assert "Offered 3 samples" in lines
    first = answer_of(address_in(lines))
    assert (first["type"], first["source_id"]) == ("ocr", "1001")
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, lines = started("--fault", "latency_s=0.01")
    assert "Offered" not in lines
    told = list_of(address_in(lines), "jobs")
    assert [(job["name"], job["state"]) for job in told] == [("first", "claimed"), ("second", "waiting")]
    assert [video["name"] for video in list_of(address_in(lines), "videos")] == ["third"]


def list_of(address, kind):
    return httpx.get(f"{address}/api/sandbox/{kind}", timeout=START_TIMEOUT_S).json()[kind]


def answer_of(address):
    return httpx.get(address + NEXT, headers=TOKEN, timeout=START_TIMEOUT_S).json()["job"]


def test_ctrl_c_closes_the_academy_without_a_traceback(started):
    process, lines = started()
    answer_of(address_in(lines))
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
