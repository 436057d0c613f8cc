"""A submission whose file holds several sheets, on a real Dagster instance."""

import functools
import io

import dagster as dg
import numpy as np
import pytest
from PIL import Image

from academy_pipelines.imaging import decode_gray
from academy_pipelines_tests.defs.conftest import ASSETS, Academy
from academy_pipelines_tests.sheets import IDENTIFIER, answers_of, meta, scan

BLANK = None
"""A page on which nothing is printed."""


@functools.cache
def file_of(kind: str, *seeds: int | None) -> bytes:
    """A PDF or TIFF with a drawn sheet for each seed."""
    drawn = [np.full((1260, 1782), 240, np.uint8) if seed is BLANK else decode_gray(scan(seed)) for seed in seeds]
    first, *rest = [Image.fromarray(page) for page in drawn]
    data = io.BytesIO()
    options = {"compression": "tiff_lzw"} if kind == "TIFF" else {"quality": 85}
    first.save(data, kind, save_all=True, append_images=rest, **options)
    return data.getvalue()


def read(answers: list[dict]) -> dict[int, tuple[str, ...]]:
    return {answer["question_id"]: tuple(answer["detected"]) for answer in answers}


def stored(academy: Academy) -> set[str]:
    return {key.removeprefix("submissions/7/job-7/") for key in academy.store.objects}


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_every_page_is_read_and_a_blank_one_spoils_nothing(academy: Academy, kind):
    academy.offer(7, file_of(kind, 1, BLANK, 3))
    academy.offer(8)
    (run,) = academy.work_through()
    assert run.success
    message = academy.api.results[7]
    assert message.status == "done"
    assert read(message.result["answers"]) == answers_of(1)
    first, blank, third = message.result["pages"]
    assert [page["page"] for page in (first, blank, third)] == [1, 2, 3]
    assert (read(first["answers"]), read(third["answers"])) == (answers_of(1), answers_of(3))
    assert (first["error"], third["error"], blank["answers"], blank["identifier"]) == (None, None, [], None)
    assert blank["error"].startswith(("page_not_found: ", "misaligned_sheet: "))
    assert first["identifier"]["identifier"] == third["identifier"]["identifier"] == IDENTIFIER
    assert (first["duplicates"], third["duplicates"]) == ([3], [1])
    codes = {warning["code"] for warning in message.result["warnings"]}
    assert codes == {"pages_refused", "pages_with_one_number", "duplicate_identifier"}
    assert academy.api.results[8].result["pages"] == []
    assert all(academy.materialized(asset) == {"7", "8"} for asset in ASSETS)


def test_a_person_sees_how_many_pages_there_were(quick_academy: Academy):
    quick_academy.offer(7, file_of("PDF", 1, BLANK, 3))
    quick_academy.work_through()
    assert facts(quick_academy, "submission_scan")["pages"] == 3
    assert facts(quick_academy, "aligned_sheet")["pages_refused"] == 1
    assert facts(quick_academy, "fill_scores")["questions"] == 20
    assert (facts(quick_academy, "omr_answers")["pages"], facts(quick_academy, "omr_answers")["pages_refused"]) == (
        3,
        1,
    )


def facts(academy: Academy, asset: str) -> dict[str, object]:
    (record,) = academy.instance.fetch_materializations(dg.AssetKey(asset), limit=1).records
    return {name: value.value for name, value in record.asset_materialization.metadata.items()}


def test_pictures_and_numbers_of_each_page_are_kept_apart(quick_academy: Academy):
    quick_academy.offer(7, file_of("PDF", 1, BLANK, 3))
    quick_academy.work_through()
    of_pages = {f"page-{n}/{name}" for n in (1, 3) for name in ("aligned.jpg", "registration.json", "fills.json")}
    assert stored(quick_academy) == {"scan", "request.json", "refused.json", *of_pages}
    first, _, third = quick_academy.api.results[7].result["pages"]
    for page in (first, third):
        assert quick_academy.store.get(page["artifacts"]["aligned"]).startswith(b"\xff\xd8")
    assert quick_academy.api.results[7].result["artifacts"] == first["artifacts"]


def test_a_file_of_one_page_leaves_what_it_always_left(quick_academy: Academy):
    quick_academy.offer(7, file_of("PDF", 1))
    quick_academy.work_through()
    assert stored(quick_academy) == {"scan", "request.json", "aligned.jpg", "registration.json", "fills.json"}
    assert quick_academy.api.results[7].result["pages"] == []
    assert "pages" not in facts(quick_academy, "submission_scan") | facts(quick_academy, "omr_answers")


def test_the_first_page_that_can_be_read_speaks_for_the_file(quick_academy: Academy):
    quick_academy.offer(7, file_of("PDF", BLANK, 2))
    quick_academy.work_through()
    result = quick_academy.api.results[7].result
    assert read(result["answers"]) == answers_of(2)
    assert result["pages"][0]["error"]


def test_a_file_without_any_sheet_fails_for_its_first_pages_reason(quick_academy: Academy):
    quick_academy.offer(7, file_of("PDF", BLANK, BLANK))
    quick_academy.offer(8)
    (run,) = quick_academy.work_through()
    assert not run.success
    assert quick_academy.api.results[7].status == "failed"
    assert quick_academy.api.results[7].error.startswith(("page_not_found: ", "misaligned_sheet: "))
    assert quick_academy.api.results[8].status == "done"
    assert quick_academy.materialized("omr_result") == {"8"}


def test_a_damaged_page_is_named_and_the_others_are_read(quick_academy: Academy):
    whole = file_of("PDF", 1, 2)
    start = whole.index(b"\xff\xd8", whole.index(b"\xff\xd8") + 2)
    end = whole.rindex(b"\xff\xd9")
    quick_academy.offer(7, whole[:start] + b"\xff\xd8" + b"\0" * (end - start) + whole[end + 2 :])
    quick_academy.work_through()
    first, second = quick_academy.api.results[7].result["pages"]
    assert read(first["answers"]) == answers_of(1)
    assert second["error"].startswith("unreadable_image: ")


@pytest.mark.parametrize("asset", ["aligned_sheet", "fill_scores", "omr_answers"])
def test_any_stage_starts_from_what_an_earlier_run_stored(quick_academy: Academy, asset):
    quick_academy.offer(7, file_of("PDF", 1, BLANK, 3))
    quick_academy.work_through()
    first = quick_academy.api.results[7]
    quick_academy.files.clear()
    chosen = ASSETS[ASSETS.index(asset) :]
    run = quick_academy.run(partition_key="7", asset_selection=[dg.AssetKey(name) for name in chosen])
    assert run.success
    assert len(quick_academy.api.posted) == 2
    assert quick_academy.api.results[7] == first


def test_boxes_in_pixels_count_on_every_page(quick_academy: Academy):
    boxes = [
        {"question_id": q["question_number"], "roi": {name: value * 6 for name, value in q["roi"].items()}}
        for q in meta()["questions"]
    ]
    url = "https://files.test/7.jpg?signature=secret"
    quick_academy.offer(7, file_of("PDF", 1, 2), payload={"download_url": url, "questions": boxes})
    quick_academy.work_through()
    pages = quick_academy.api.results[7].result["pages"]
    assert [read(page["answers"]) for page in pages] == [answers_of(1), answers_of(2)]


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF", b"II*\0\0\0"])
def test_a_file_whose_pages_cannot_be_found_fails_with_a_reason(quick_academy: Academy, data):
    quick_academy.offer(7, data)
    quick_academy.work_through()
    assert quick_academy.api.results[7].error.startswith("unreadable_image: ")
