"""The academy's HTTP contract about AI jobs, over real connections."""

import base64
import socket
import sqlite3
from urllib.parse import urlsplit

import httpx
import pytest

from academy_pipelines.contracts.jobs import parse_ai_job
from academy_pipelines.errors import UnavailableError
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.options import DEFAULT_TOKEN
from academy_pipelines.sandbox.server import running_sandbox

NEXT = "/api/v1/internal/ai/job/next/"
RESULT = "/api/v1/internal/ai/job/result/"
VIDEO = "/api/v1/internal/video-worker"
TOKEN = {"X-Worker-Token": DEFAULT_TOKEN}


def answer_to(source_id, **changes):
    return {"submission_id": source_id, "status": "done", "result": {"text": "a"}, "error": None, **changes}


def claim(client):
    return client.get(NEXT).json()["job"]


def test_a_claimed_job_is_what_our_own_contract_expects(academy, client):
    offered = academy.store.jobs.offer(NewJob("ocr", {"engine": "auto"}, academy.store.files.keep(b"x", "가 나.jpg")))
    job = parse_ai_job(claim(client))
    assert (job.id, job.type, job.source_id, job.attempt) == (offered.id, "ocr", "1001", 1)
    assert job.payload["engine"] == "auto"


def test_an_empty_queue_answers_200_with_null(client):
    response = client.get(NEXT)
    assert (response.status_code, response.json()) == (200, {"job": None})


@pytest.mark.parametrize("headers", [{}, {"X-Worker-Token": ""}])
def test_no_token_is_401(academy, headers):
    academy.store.jobs.offer(NewJob("ocr"))
    assert httpx.get(academy.base_url + NEXT, headers=headers).status_code == 401
    assert httpx.post(academy.base_url + RESULT, headers=headers, json={}).status_code == 401
    assert academy.store.jobs.counts()["waiting"] == 1


@pytest.mark.parametrize("token", ["wrong", DEFAULT_TOKEN + "x", DEFAULT_TOKEN[:-1], "\xe9".encode("latin-1")])
def test_a_wrong_token_is_403(academy, token):
    for method, path in (
        ("GET", NEXT),
        ("POST", RESULT),
        ("GET", f"{VIDEO}/next/"),
        ("POST", f"{VIDEO}/1/fail/"),
        ("POST", "/api/sandbox/jobs"),
    ):
        assert httpx.request(method, academy.base_url + path, headers={"X-Worker-Token": token}).status_code == 403


def test_the_servers_own_address_is_filled_in_as_the_client_sees_it(academy, client):
    academy.store.jobs.offer(NewJob("omr_grading", {"template_fetch": {"base_url": "{sandbox}"}, "n": ["{sandbox}/a"]}))
    payload = claim(client)["payload"]
    assert payload == {"template_fetch": {"base_url": academy.base_url}, "n": [academy.base_url + "/a"]}


def test_a_forged_host_cannot_break_the_message(academy, client):
    academy.store.jobs.offer(NewJob("ocr", {"a": "{sandbox}"}))
    job = client.get(NEXT, headers={"Host": 'x","evil":"1'}).json()["job"]
    assert job["payload"] == {"a": 'http://x","evil":"1'}


def test_a_job_whose_worker_goes_silent_comes_back(academy, client, clock):
    academy.store.jobs.offer(NewJob("ocr"))
    first = claim(client)
    assert claim(client) is None
    clock.ahead_s = 601
    again = claim(client)
    assert (again["id"], again["attempt"]) == (first["id"], 2)


def test_a_result_posted_three_times_counts_once(academy, client):
    job = academy.store.jobs.offer(NewJob("ocr"))
    claim(client)
    responses = [client.post(RESULT, json=answer_to(job.source_id)) for _ in range(3)]
    assert [response.status_code for response in responses] == [200] * 3
    assert [response.json()["outcome"] for response in responses] == ["accepted", "duplicate", "duplicate"]
    told = client.get("/api/sandbox/jobs").json()["jobs"][0]
    assert (told["state"], told["claims"], told["results"], told["duplicate_posts"]) == ("done", 1, 1, 2)


def test_a_regrade_is_kept_beside_the_first_result(academy, client):
    job = academy.store.jobs.offer(NewJob("ocr"))
    claim(client)
    client.post(RESULT, json=answer_to(job.source_id))
    again = client.post(RESULT, json=answer_to(job.source_id, result={"text": "b"}))
    assert again.json()["outcome"] == "regraded"
    accepted = client.get(f"/api/sandbox/jobs/{job.id}").json()["accepted"]
    assert [item["body"]["result"]["text"] for item in accepted] == ["a", "b"]


def test_a_result_for_an_unknown_submission_is_404(client):
    assert client.post(RESULT, json=answer_to(424242)).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"submission_id": "1001"}, "submission_id"),
        ({"submission_id": 1001.0}, "submission_id"),
        ({"submission_id": True}, "submission_id"),
        ({"submission_id": None}, "submission_id"),
        ({"status": "ok"}, "status"),
        ({"status": None}, "status"),
        ({"status": ["done"]}, "status"),
        ({"result": None}, "result"),
        ({"result": []}, "result"),
        ({"status": "failed", "result": None}, "error"),
        ({"status": "failed", "result": None, "error": ""}, "error"),
        ({"error": {"code": 1}}, "error"),
    ],
)
def test_a_result_of_the_wrong_form_is_400_and_names_the_field(academy, client, body, field):
    job = academy.store.jobs.offer(NewJob("ocr"))
    response = client.post(RESULT, json=answer_to(job.source_id, **body))
    assert response.status_code == 400
    assert field in response.json()["errors"]
    assert academy.store.jobs.counts()["results"] == 0


@pytest.mark.parametrize("field", ["submission_id", "status", "result", "error"])
def test_a_result_without_one_of_its_fields_is_400(academy, client, field):
    body = answer_to(academy.store.jobs.offer(NewJob("ocr")).source_id)
    del body[field]
    assert field in client.post(RESULT, json=body).json()["errors"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 100_000, b'{"submission_id": NaN}', b'{"a": Infinity}'],
)
def test_a_body_that_is_no_json_object_is_400(client, raw):
    assert client.post(RESULT, content=raw).status_code == 400


def test_half_of_a_surrogate_pair_is_no_text(academy, client):
    job = academy.store.jobs.offer(NewJob("ocr"))
    raw = f'{{"submission_id": {job.source_id}, "status": "failed", "result": null, "error": "\\ud83d"}}'
    assert client.post(RESULT, content=raw).status_code == 400
    assert client.post(RESULT, content=raw.replace("\\ud83d", "\\ud83d\\ude00")).status_code == 200
    assert academy.store.jobs.get(job.id).error == "\U0001f600"


def test_a_number_too_large_for_any_submission_is_refused(client):
    assert client.post(RESULT, json=answer_to(10**30)).status_code == 400


def test_a_result_of_endless_length_is_413(client):
    assert client.post(RESULT, content=b" " * (17 * 1024 * 1024)).status_code == 413


def test_a_job_can_be_offered_over_http_with_its_file(client):
    body = {
        "type": "ocr",
        "payload": {"engine": "auto"},
        "source_id": 77,
        "file_name": "a.png",
        "file_base64": base64.b64encode(b"picture").decode(),
    }
    offered = client.post("/api/sandbox/jobs", json=body)
    assert (offered.status_code, offered.json()["source_id"]) == (201, 77)
    assert httpx.get(claim(client)["payload"]["download_url"]).content == b"picture"


@pytest.mark.parametrize(
    "body",
    [{}, {"type": 5}, {"type": "ocr", "payload": []}, {"type": "a", "source_id": "x"}, {"type": "a", "truth": 1}],
)
def test_an_offer_of_the_wrong_form_is_400(client, body):
    assert client.post("/api/sandbox/jobs", json=body).status_code == 400


def test_an_offered_file_that_is_no_base64_is_400(client):
    body = {"type": "ocr", "file_name": "a", "file_base64": "***"}
    assert client.post("/api/sandbox/jobs", json=body).status_code == 400


def test_the_list_of_jobs_holds_results_when_asked(academy, client):
    job = academy.store.jobs.offer(NewJob("ocr"))
    academy.store.jobs.offer(NewJob("ocr"))
    client.post(RESULT, json=answer_to(job.source_id))
    told = client.get("/api/sandbox/jobs", params={"results": 1}).json()["jobs"]
    assert [item["result"] and item["result"]["result"] for item in told] == [{"text": "a"}, None]
    assert len(client.get("/api/sandbox/jobs", params={"state": "waiting"}).json()["jobs"]) == 1


def test_an_academy_opened_again_on_the_same_folder_knows_everything(tmp_path):
    with running_sandbox(tmp_path) as academy:
        job = academy.store.jobs.offer(NewJob("ocr", file=academy.store.files.keep(b"x", "a.jpg")))
        url = httpx.get(academy.base_url + NEXT, headers=TOKEN).json()["job"]["payload"]["download_url"]
        old = academy.base_url
    with running_sandbox(tmp_path) as academy:
        assert httpx.get(url.replace(old, academy.base_url)).content == b"x"
        response = httpx.post(academy.base_url + RESULT, headers=TOKEN, json=answer_to(job.source_id))
        assert response.json()["outcome"] == "accepted"


def test_a_taken_port_is_named(academy, tmp_path):
    port = urlsplit(academy.base_url).port
    with pytest.raises(UnavailableError, match=str(port)), running_sandbox(tmp_path / "second", port=port):
        pass


def test_a_closed_academy_lets_go_of_its_port_and_file(tmp_path):
    with running_sandbox(tmp_path) as academy:
        port = urlsplit(academy.base_url).port
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    with pytest.raises(sqlite3.ProgrammingError):
        academy.store.jobs.counts()


@pytest.mark.parametrize("path", ["/api/v1/internal/ai/job/next", "/api/v1/a/", "/jobs/../../etc/passwd", "/static/x"])
def test_an_unknown_path_is_404(client, path):
    assert client.get(path).status_code == 404


def test_a_claim_by_post_is_405(client):
    assert client.post(NEXT).status_code == 405
