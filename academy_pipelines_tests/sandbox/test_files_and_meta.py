"""The academy's files at signed addresses, and its template meta."""

import json
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx
import pytest

from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.omr.objective import objective_template, template_meta
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.options import DEFAULT_TOKEN

NEXT = "/api/v1/internal/ai/job/next/"
META = "/api/v1/assets/omr/objective/meta/"
TOKEN = {"X-Worker-Token": DEFAULT_TOKEN}


def claim(client):
    return client.get(NEXT).json()["job"]


def test_a_job_without_a_file_has_no_download_url(academy, client):
    academy.store.jobs.offer(NewJob("embedding", {"texts": ["a"]}))
    assert claim(client)["payload"] == {"texts": ["a"]}


def test_a_file_replaces_a_download_url_of_the_payload(academy, client):
    file = academy.store.files.keep(b"x", "a.jpg")
    academy.store.jobs.offer(NewJob("ocr", {"download_url": "http://elsewhere.example/"}, file))
    text = client.get(NEXT).text
    assert text.count("download_url") == 1
    assert "elsewhere" not in text


@pytest.mark.parametrize("size_bytes", [0, 1, 300_000, 9_000_000])
def test_a_jobs_file_comes_whole_with_its_type_and_length(academy, client, size_bytes):
    data = b"\xff\xd8\xff" + b"z" * size_bytes
    academy.store.jobs.offer(NewJob("ocr", file=academy.store.files.keep(data, "시험지 1.jpg")))
    response = httpx.get(claim(client)["payload"]["download_url"])
    assert response.content == data
    assert (response.headers["content-type"], int(response.headers["content-length"])) == ("image/jpeg", len(data))
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_long_file_can_be_fetched_in_parts(academy, client):
    data = bytes(range(256)) * 40_000
    academy.store.jobs.offer(NewJob("ocr", file=academy.store.files.keep(data, "a.mp4")))
    response = httpx.get(claim(client)["payload"]["download_url"], headers={"Range": "bytes=1000-1999"})
    assert (response.status_code, response.content) == (206, data[1000:2000])


def test_a_files_address_expires(academy, client, clock):
    academy.store.jobs.offer(NewJob("ocr", file=academy.store.files.keep(b"x", "a.jpg")))
    url = claim(client)["payload"]["download_url"]
    clock.ahead_s = 600
    assert httpx.get(url).status_code == 200
    clock.ahead_s = 1200
    assert httpx.get(url).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"expires": "99999999999"},
        {"expires": "-1"},
        {"expires": "²"},
        {"expires": ""},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"signature": ""},
        {"name": "b.jpg"},
        {"name": "..%2f..%2facademy.sqlite3"},
        {"file": "0" * 64},
        {"file": "..%2facademy.sqlite3"},
    ],
)
def test_a_forged_file_address_is_refused(academy, client, change):
    academy.store.files.keep(b"other", "b.jpg")
    academy.store.jobs.offer(NewJob("ocr", file=academy.store.files.keep(b"x", "a.jpg")))
    parts = urlsplit(claim(client)["payload"]["download_url"])
    _, _, file_id, name = parts.path.split("/")
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    path = f"/files/{change.pop('file', file_id)}/{change.pop('name', name)}"
    forged = urlunsplit((parts.scheme, parts.netloc, path, str(httpx.QueryParams({**query, **change})), ""))
    response = httpx.get(forged)
    assert response.status_code in {403, 404}
    assert response.text != "x"


def test_a_file_that_is_a_web_page_does_not_run_in_a_browser(academy, client):
    academy.store.jobs.offer(NewJob("ocr", file=academy.store.files.keep(b"<script>", "a.html")))
    response = httpx.get(claim(client)["payload"]["download_url"])
    assert "sandbox" in response.headers["content-security-policy"]


@pytest.mark.parametrize("count", [10, 20, 30])
def test_template_meta_is_told_by_question_count(client, count):
    meta = client.get(META, params={"question_count": count}).json()
    assert meta == json.loads(json.dumps(template_meta(objective_template(count), f"objective_{count}")))
    assert parse_template(meta) == objective_template(count)


@pytest.mark.parametrize("count", ["", "15", "ten", "-10", "10.0", "²⁰"])
def test_template_meta_of_no_known_sheet_is_400(client, count):
    assert client.get(META, params={"question_count": count}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Cookie": "sessionid=abc"}, 200),
        ({"Authorization": "Bearer abc"}, 200),
        (TOKEN, 200),
        ({}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"X-Worker-Token": "wrong"}, 401),
    ],
)
def test_template_meta_is_for_whoever_is_known(academy, headers, status):
    response = httpx.get(f"{academy.base_url}{META}?question_count=20", headers=headers)
    assert response.status_code == status
