"""Handwriting and homework videos from claimed job to posted result, on a real Dagster instance."""

from typing import Any

import cv2
import numpy as np
import pytest

from academy_pipelines.imaging import encode_png
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines.sandbox.exam_pages.pictures import page_pictures
from academy_pipelines.sandbox.homework_clip import film_homework
from academy_pipelines_tests.defs.conftest import Academy

BLANK = "https://files.test/blank.png?signature=secret"


@pytest.fixture
def academy(quick_academy: Academy) -> Academy:
    return quick_academy


@pytest.fixture(scope="module")
def form() -> np.ndarray:
    return page_pictures(exam_document(11, subject="과학").pdf, 100)[0]


def offer(academy: Academy, number: int, job_type: str, file: bytes, **payload: Any) -> None:
    url = f"https://files.test/{job_type}-{number}?signature=secret"
    academy.files[url] = file
    academy.offer(number, id=f"{job_type}-{number}", type=job_type, payload={"download_url": url, **payload})


def written_on(form: np.ndarray) -> np.ndarray:
    page = form.copy()
    for x in range(120, 420, 30):
        cv2.line(page, (x, 1050), (x + 22, 1085), 60, 3)
    return page


def test_what_was_written_is_found_beside_the_blank_form(academy: Academy, form: np.ndarray):
    academy.files[BLANK] = encode_png(form)
    offer(academy, 1, "handwriting_analysis", encode_png(written_on(form)), blank_url=BLANK)
    offer(academy, 2, "handwriting_analysis", encode_png(form))
    offer(academy, 3, "handwriting_analysis", b"<html>login</html>")
    (run,) = academy.work_through()
    assert not run.success
    found, unknown = (academy.api.results[number].result for number in (1, 2))
    assert (found["status"], unknown["status"]) == ("known", "unknown")
    assert found["writing_score"] > 0
    assert (unknown["writing_score"], unknown["calculation_score"]) == (0, 0)
    assert "web page" in academy.api.results[3].error
    assert academy.materialized("handwriting_marks") == {"1", "2"}
    assert "signature" not in str([job.payload for job in academy.ledger.work.look_up(["1"])])


def test_a_homework_video_is_looked_at_and_one_that_is_none_says_so(academy: Academy, tmp_path):
    clip = film_homework(tmp_path / "homework.mp4")
    offer(academy, 5, "homework_video_analysis", clip.read_bytes())
    offer(academy, 6, "homework_video_analysis", b"no video at all")
    academy.work_through()
    result = academy.api.results[5].result
    assert result["status"] == "known"
    assert 0 < result["filled_ratio"] <= 1
    assert result["sampled_frames"] == len(result["frames"])
    assert academy.store.get(result["artifacts"]["overlay_key"])[:2] == b"\xff\xd8"
    assert academy.api.results[6].status == "failed"
    for asset in ("homework_frames", "homework_activity", "homework_result"):
        assert academy.materialized(asset) == {"5"}
