"""What a person sees of the academy."""

import io
import re
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from PIL import Image

from academy_pipelines.imaging import encode_jpeg, encode_png
from academy_pipelines.sandbox.faults import Faults
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.options import SandboxOptions
from academy_pipelines.sandbox.redaction import HIDDEN
from academy_pipelines.sandbox.samples import load_samples
from academy_pipelines.sandbox.server import running_sandbox

SAMPLES = Path(__file__).parents[2] / "data" / "sandbox"
HUES = {"red": range(4), "amber": range(10, 25), "green": range(55, 75)}


@pytest.fixture
def academy(tmp_path):
    artefacts = tmp_path / "artefacts"
    artefacts.mkdir()
    options = SandboxOptions(artefacts=artefacts, dagster_url="http://localhost:3000/")
    with running_sandbox(tmp_path / "state", options) as running:
        yield running


@pytest.fixture
def client(academy):
    with httpx.Client(base_url=academy.base_url) as opened:
        yield opened


def answered(academy, result=None, *, job_type="omr_grading", error=None, **details):
    job = academy.store.jobs.offer(NewJob(job_type, **details))
    academy.store.jobs.claim()
    status = "failed" if error else "done"
    body = {"submission_id": job.source_id, "status": status, "result": result, "error": error}
    assert academy.store.jobs.answer(body) == "accepted"
    return academy.store.jobs.get(job.id)


def answer(number, detected, status="ok"):
    return {"question_id": number, "detected": detected, "status": status, "confidence": 0.5}


def graded(*answers, **more):
    return {"version": "v1", "aligned": True, "identifier": None, "answers": list(answers), **more}


def picture(width=800, height=600):
    return np.full((height, width), 200, np.uint8)


def shown(html):
    return re.sub(r"\s+", " ", re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL))


def test_an_empty_academy_tells_how_to_offer_jobs(client):
    response = client.get("/")
    assert response.status_code == 200
    assert "academy sandbox enqueue" in response.text


def test_counts_are_at_the_top(academy, client):
    answered(academy, graded(answer(1, ["A"], "ambiguous")))
    answered(academy, error="unreadable_image: the file is empty")
    academy.store.jobs.offer(NewJob("ocr"))
    text = shown(client.get("/").text)
    assert "3 jobs 1 waiting 0 claimed 1 done 1 failed 1 flagged answers" in text


def test_a_row_shows_answers_number_flags_and_errors(academy, client):
    identifier = {"identifier": None, "raw_identifier": "12?45678", "status": "ambiguous", "digits": []}
    answered(
        academy, graded(answer(1, ["B"]), answer(2, ["A", "C"], "ambiguous"), answer(3, []), identifier=identifier)
    )
    answered(academy, error="page_not_found: no sheet")
    html = client.get("/").text
    text = shown(html)
    assert "12?45678 number ambiguous 1 to look at 1 B 2 AC 3 ·" in text
    assert html.count("chip flag") == 1
    assert '<div class="error">page_not_found: no sheet</div>' in html


def test_wrong_answers_are_marked_when_the_truth_is_known(academy, client):
    truth = {"answers": {"1": ["B"], "2": [], "3": ["A"]}}
    answered(academy, graded(answer(1, ["B"]), answer(2, []), answer(3, ["C"])), truth=truth)
    html = client.get("/").text
    assert "2 of 3 right" in html
    assert html.count("chip plain wrong") == 1


@pytest.mark.parametrize(
    ("job_type", "result", "words"),
    [
        ("ocr", {"text": "가나\n다", "confidence": 0.9}, "가나 다"),
        ("question_segmentation", {"boxes": [[1, 2, 3, 4]] * 5}, "5 questions"),
        ("handwriting_analysis", {"writing_score": 0.7, "calculation_score": 0.2}, "writing 0.7, calculation 0.2"),
        ("embedding", {"backend": "local", "vectors": [[0.1] * 384] * 2}, "2 vectors of 384 (local)"),
        ("problem_generation", {"body": "Solve x."}, "Solve x."),
        (
            "homework_video_analysis",
            {"total_frames": 300, "sampled_frames": 30},
            "30 of 300 frames",
        ),
    ],
)
def test_every_job_type_has_its_words(academy, client, job_type, result, words):
    answered(academy, result, job_type=job_type)
    assert words in shown(client.get("/").text)


def test_whatever_a_job_says_is_shown_as_text_and_never_run(academy, client):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    file = academy.store.files.keep(b"x", "<b>a.txt")
    job = answered(
        academy,
        graded({"question_id": evil, "detected": [evil], "status": evil, "confidence": 1}),
        name=evil,
        payload={evil: evil},
        file=file,
    )
    answered(academy, error=evil)
    answered(academy, {"text": evil}, job_type="ocr")
    academy.store.videos.offer("http://a.example/" + evil, name=evil)
    for path in ("/", f"/jobs/{job.id}"):
        html = client.get(path).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "&lt;script&gt;alert" in html


def test_pages_let_nothing_run_but_their_own_script(academy, client):
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy).group(1)
    assert client.get("/").headers["content-security-policy"] != policy
    assert len(nonce) >= 16


def test_an_unchanged_page_is_not_sent_again(academy, client):
    answered(academy, graded(answer(1, ["B"])))
    tag = client.get("/").headers["etag"]
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 304
    academy.store.jobs.offer(NewJob("ocr"))
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 200


def test_a_jobs_page_shows_its_result_and_hides_secrets(academy, client):
    fetch = {"base_url": "http://a.example", "cookie": "sid=s3cret", "bearer_token": "s3cret", "worker_token": "s3cret"}
    payload = {"template_fetch": fetch, "picture": "https://store.example/a.jpg?signature=s3cret&expires=9"}
    job = answered(academy, graded(answer(1, ["B"])), payload=payload)
    html = client.get(f"/jobs/{job.id}").text
    assert "s3cret" not in html
    assert "http://a.example" in html
    assert "https://store.example/a.jpg?" + HIDDEN in html
    assert "&#34;question_id&#34;: 1" in html


def test_a_jobs_page_links_to_its_partition_in_dagster(academy, client):
    job = answered(academy, graded(answer(1, ["B"])))
    assert (
        f"http://localhost:3000/assets/omr_result?view=partitions&amp;partition={job.source_id}"
        in client.get(f"/jobs/{job.id}").text
    )


def test_a_job_that_does_not_exist_is_404_with_a_page(client):
    response = client.get("/jobs/nothing")
    assert response.status_code == 404
    assert "no such job" in response.text


@pytest.mark.parametrize("query", ["state=x%27--", "page=0", "page=-3", "page=x", "page=9999999999", "page=²"])
def test_an_odd_query_shows_a_page_all_the_same(academy, client, query):
    academy.store.jobs.offer(NewJob("ocr"))
    assert client.get("/?" + query).status_code == 200


def test_many_jobs_are_shown_in_pages(academy, client):
    for _ in range(51):
        academy.store.jobs.offer(NewJob("ocr"))
    first, second = client.get("/").text, client.get("/?page=2").text
    assert "#1001" in first
    assert "#1051" not in first
    assert "#1051" in second
    assert "page 1 of 2" in first


def test_jobs_can_be_chosen_by_state(academy, client):
    answered(academy, error="broken")
    academy.store.jobs.offer(NewJob("ocr"))
    html = client.get("/?state=waiting").text
    assert "#1002" in html
    assert "#1001" not in html


def test_active_faults_are_announced(academy, client):
    academy.injector.faults = Faults(error_rate=0.25)
    assert "error_rate = 0.25" in shown(client.get("/").text)


def test_a_thumbnail_is_a_small_jpeg_of_the_jobs_file(academy, client):
    job = academy.store.jobs.offer(NewJob("ocr", file=academy.store.files.keep(encode_png(picture()), "a.png")))
    response = client.get(f"/jobs/{job.id}/thumbnail.jpg")
    small = cv2.imdecode(np.frombuffer(response.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert small.shape[:2] == (180, 240)


@pytest.mark.parametrize("data", [b"", b"no picture", encode_jpeg(picture())[:300]])
def test_a_file_that_is_no_picture_has_no_thumbnail_and_no_overlay(academy, client, data):
    job = academy.store.jobs.offer(NewJob("omr_grading", file=academy.store.files.keep(data, "a.jpg")))
    assert client.get(f"/jobs/{job.id}/thumbnail.jpg").status_code == 404
    assert client.get(f"/jobs/{job.id}/overlay.jpg").status_code == 404
    assert "There is no picture" in client.get(f"/jobs/{job.id}").text


def test_the_overlay_that_a_result_names_is_shown(academy, client):
    overlay = encode_jpeg(picture(50, 40))
    (academy.options.artefacts / "runs").mkdir()
    (academy.options.artefacts / "runs" / "1.jpg").write_bytes(overlay)
    file = academy.store.files.keep(encode_jpeg(picture()), "a.jpg")
    job = answered(academy, graded(artifacts={"overlay_key": "runs/1.jpg"}), file=file)
    assert client.get(f"/jobs/{job.id}/overlay.jpg").content == overlay


@pytest.mark.parametrize(
    "key",
    [
        "../secret.jpg",
        "runs/../../secret.jpg",
        "/etc/hostname",
        "{root}/../secret.jpg",
        "link.jpg",
        "a.txt",
        "",
        "a\0.jpg",
        7,
        None,
    ],
)
def test_an_overlay_outside_the_artefacts_is_never_given_out(academy, client, key):
    root = academy.options.artefacts
    secret = encode_jpeg(picture(30, 30))
    (root.parent / "secret.jpg").write_bytes(secret)
    (root / "a.txt").write_bytes(secret)
    (root / "link.jpg").symlink_to(root.parent / "secret.jpg")
    wanted = key.replace("{root}", str(root)) if isinstance(key, str) else key
    file = academy.store.files.keep(encode_jpeg(picture()), "a.jpg")
    job = answered(academy, graded(artifacts={"overlay_key": wanted}), file=file)
    assert client.get(f"/jobs/{job.id}/overlay.jpg").content != secret


def test_a_posted_result_is_drawn_flat_on_its_sheet(academy, client):
    sample = next(sample for sample in load_samples(SAMPLES) if sample.name == "objective_10_phone")
    file = academy.store.files.keep(sample.file.read_bytes(), sample.file.name)
    job = academy.store.jobs.offer(NewJob(sample.job_type, dict(sample.payload), file))
    plain = client.get(f"/jobs/{job.id}/overlay.jpg").content
    answers = [answer(1, ["A"]), answer(2, ["B", "C"], "ambiguous")]
    body = {"submission_id": job.source_id, "status": "done", "result": graded(*answers), "error": None}
    academy.store.jobs.answer(body)
    drawn = cv2.imdecode(np.frombuffer(client.get(f"/jobs/{job.id}/overlay.jpg").content, np.uint8), cv2.IMREAD_COLOR)
    assert drawn.shape[1] / drawn.shape[0] == pytest.approx(297 / 210, abs=0.01)
    hues = set(cv2.cvtColor(drawn, cv2.COLOR_BGR2HSV)[drawn.max(2).astype(int) - drawn.min(2) > 100][:, 0].tolist())
    assert {name for name, span in HUES.items() if hues & set(span)} == {"amber", "green", "red"}
    assert len(plain) > 10_000


def test_a_failed_job_shows_its_picture_alone(academy, client):
    file = academy.store.files.keep(encode_jpeg(picture(2000, 1000)), "a.jpg")
    job = answered(academy, error="page_not_found", file=file)
    shown_alone = client.get(f"/jobs/{job.id}/overlay.jpg").content
    assert cv2.imdecode(np.frombuffer(shown_alone, np.uint8), cv2.IMREAD_UNCHANGED).shape == (800, 1600)


def test_an_unexpected_outcome_is_told_apart_from_an_expected_failure(academy, client):
    answered(academy, error="unreadable", truth={"expect": "failed"})
    assert "as expected" in client.get("/").text
    answered(academy, error="unreadable", truth={"expect": "done"})
    assert "expected: done" in client.get("/").text


SHEETS = SAMPLES / "objective_10_three_pages.pdf"


@pytest.fixture
def several(academy):
    """A job of three pages of which the first was refused."""
    file = academy.store.files.keep(SHEETS.read_bytes(), SHEETS.name)
    second = {"page": 2, "answers": [answer(1, ["B"])], "identifier": None, "aligned": True, "error": None}
    third = {**second, "page": 3, "answers": [answer(1, ["C"], "ambiguous")]}
    refused = {**second, "page": 1, "answers": [], "aligned": False, "error": "page_not_found: no sheet was found"}
    truth = {
        "answers": {"1": ["B"]},
        "pages": {"1": {"expect": "failed"}, "2": {"answers": {"1": ["B"]}}, "3": {"answers": {"1": ["D"]}}},
    }
    payload = {"question_count": 10, "template_fetch": {"base_url": "{sandbox}"}}
    result = graded(answer(1, ["B"]), pages=[refused, second, third])
    return answered(academy, result, file=file, truth=truth, payload=payload)


def test_the_page_of_a_job_shows_the_first_sheet_that_was_read_and_leads_to_the_others(several, client):
    html = client.get(f"/jobs/{several.id}").text
    assert "overlay.jpg?page=2&amp;results=1" in html
    assert [f"?page={number}" in html for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert "1 B ok" in shown(html)


def test_any_page_can_be_chosen(several, client):
    assert "1 C ambiguous" in shown(client.get(f"/jobs/{several.id}?page=3").text)
    refused = shown(client.get(f"/jobs/{several.id}?page=1").text)
    assert "Page 1 was refused. page_not_found: no sheet was found" in refused
    assert "Question Answer" not in refused
    assert client.get(f"/jobs/{several.id}?page=99").status_code == 200


def test_the_list_counts_all_pages(several, client):
    row = shown(client.get("/").text)
    assert "1 to look at" in row
    assert "1 of 2 right" in row
    assert "3 pages, 1 refused" in row
    assert client.get(f"/jobs/{several.id}/thumbnail.jpg").status_code == 200


def test_every_page_has_its_own_picture(several, client):
    pictures = [client.get(f"/jobs/{several.id}/overlay.jpg?page={number}") for number in (1, 2, 3, 4)]
    assert [response.status_code for response in pictures] == [200, 200, 200, 404]
    assert len({response.content for response in pictures}) == 4


def test_a_job_of_one_page_has_no_pages_to_choose_from(academy, client):
    job = answered(academy, graded(answer(1, ["A"])), file=academy.store.files.keep(encode_png(picture()), "a.png"))
    assert "?page=2" not in client.get(f"/jobs/{job.id}").text


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PDF"])
def test_files_of_any_kind_have_a_thumbnail_and_a_picture(academy, client, kind):
    data = io.BytesIO()
    Image.fromarray(picture()).save(data, kind)
    job = academy.store.jobs.offer(NewJob("omr_grading", file=academy.store.files.keep(data.getvalue(), "sheet")))
    for name in ("thumbnail", "overlay"):
        assert client.get(f"/jobs/{job.id}/{name}.jpg").content.startswith(b"\xff\xd8")
