"""Documents from claimed job to posted result, on a real Dagster instance."""

from typing import Any

import dagster as dg
import pytest

from academy_pipelines.errors import AcademyError, UnavailableError
from academy_pipelines.imaging import encode_png
from academy_pipelines.sandbox.exam_pages.documents import exam_document
from academy_pipelines.sandbox.exam_pages.pictures import page_pictures
from academy_pipelines_tests.defs.conftest import Academy
from academy_pipelines_tests.defs.document_engines import ToldOcr, engines_without_neighbours

ASSETS = ("document_pages", "page_text", "question_regions", "problems", "problem_embeddings", "document_result")
TYPED = "3. 다음 중 소수인 것은? [3점]\n① 9 ② 15 ③ 23 ④ 27 ⑤ 33\n정답: ③"


@pytest.fixture
def academy(quick_academy: Academy) -> Academy:
    return quick_academy


@pytest.fixture(scope="module")
def paper():
    return exam_document(11, subject="과학")


@pytest.fixture(scope="module")
def picture(paper) -> bytes:
    return encode_png(page_pictures(paper.pdf, 100)[0])


def offer(academy: Academy, number: int, job_type: str, file: bytes | AcademyError | None = None, **payload: Any):
    url = f"https://files.test/document-{number}?signature=secret"
    if file is not None:
        academy.files[url] = file
        payload = {"download_url": url, **payload}
    academy.offer(number, id=f"document-{number}", type=job_type, payload=payload)


def made(academy: Academy, number: int) -> set[str]:
    return {asset for asset in ASSETS if str(number) in academy.materialized(asset)}


def result(academy: Academy, number: int) -> dict[str, Any]:
    message = academy.api.results[number]
    assert message.status == "done", message.error
    return message.result


def error(academy: Academy, number: int) -> str:
    message = academy.api.results[number]
    assert (message.status, message.result) == ("failed", None)
    return message.error


def test_every_job_type_enters_where_its_payload_allows_and_leaves_with_its_own_result(academy: Academy, paper):
    offer(academy, 1, "ocr", paper.pdf)
    offer(academy, 2, "question_segmentation", paper.pdf)
    offer(academy, 3, "problem_generation", paper.pdf)
    offer(academy, 4, "problem_generation", ocr_text=TYPED)
    offer(academy, 5, "embedding", texts=["가나다", "라마바"])
    runs = academy.work_through()
    assert all(run.success for run in runs)
    assert made(academy, 1) == {"document_pages", "page_text", "document_result"}
    assert made(academy, 2) == {"document_pages", "page_text", "question_regions", "document_result"}
    assert made(academy, 3) == set(ASSETS)
    assert made(academy, 4) == {"problems", "problem_embeddings", "document_result"}
    assert made(academy, 5) == {"problem_embeddings", "document_result"}
    assert academy.ledger.counts() == {"delivered": 5}
    assert {"text", "confidence"} <= result(academy, 1).keys()
    assert len(result(academy, 2)["boxes"]) == len(result(academy, 2)["labels"]) > 3
    assert len(result(academy, 3)["problems"]) == len(paper.questions)
    assert (result(academy, 4)["choices"], result(academy, 4)["answer"]) == (["9", "15", "23", "27", "33"], "3")
    assert result(academy, 5)["backend"] == "lexical"
    assert [len(vector) for vector in result(academy, 5)["vectors"]] == [1024, 1024]


def test_a_picture_is_read_by_the_engine_that_the_job_names(academy: Academy, picture):
    academy.engines = engines_without_neighbours(ToldOcr(("1. 물음", "2. 물음")))
    offer(academy, 1, "ocr", picture, engine="google")
    offer(academy, 2, "ocr", picture)
    academy.work_through()
    assert result(academy, 1)["text"] == "1. 물음\n2. 물음"
    assert result(academy, 1)["pages"][0]["notes"] == ["asked for google"]
    assert result(academy, 2)["pages"][0]["notes"] == ["asked for the deployment's own"]
    assert (result(academy, 2)["engine"], result(academy, 2)["confidence"]) == ("tesseract", 0.9)


def test_a_page_without_numbers_is_for_a_person_and_no_empty_success(academy: Academy, picture):
    academy.engines = engines_without_neighbours(ToldOcr(("아무 번호도 없다",)))
    offer(academy, 1, "question_segmentation", picture)
    academy.work_through()
    assert result(academy, 1)["boxes"] == []
    assert result(academy, 1)["needs_review"] is True
    assert result(academy, 1)["notes"]


def test_rules_never_invent_an_answer(academy: Academy):
    offer(academy, 1, "problem_generation", ocr_text="다음 글의 주제를 쓰시오.")
    academy.work_through()
    said = result(academy, 1)
    assert (said["answer"], said["answer_source"], said["difficulty"]) == (None, "none", None)
    assert (said["writer"], said["needs_review"]) == ("rules", True)


@pytest.mark.parametrize(
    ("job_type", "payload", "words"),
    [
        ("ocr", {}, "needs a download_url"),
        ("question_segmentation", {"download_url": ""}, "needs a download_url"),
        ("problem_generation", {"ocr_text": "  "}, "needs ocr_text or a download_url"),
        ("problem_generation", {"ocr_text": 7}, "ocr_text"),
        ("embedding", {}, "needs texts"),
        ("embedding", {"texts": ["가", " "]}, "texts.1 is blank"),
        ("embedding", {"texts": "가"}, "texts"),
    ],
)
def test_a_payload_that_lacks_what_its_type_needs_fails_with_that_reason(academy: Academy, job_type, payload, words):
    offer(academy, 1, job_type, **payload)
    academy.work_through()
    assert error(academy, 1).startswith("invalid_job: ")
    assert words in error(academy, 1)


def test_one_bad_file_costs_only_itself(academy: Academy, paper):
    offer(academy, 1, "ocr", b"<html>login</html>")
    offer(academy, 2, "ocr", paper.pdf[:5000])
    offer(academy, 3, "ocr", paper.pdf)
    (run,) = academy.work_through()
    assert not run.success
    assert "web page" in error(academy, 1)
    assert "cut off" in error(academy, 2)
    assert result(academy, 3)["text"]
    assert academy.materialized("document_result") == {"3"}


def test_an_engine_that_does_not_answer_is_asked_again_in_a_run_of_its_own(academy: Academy, picture):
    academy.engines = engines_without_neighbours(ToldOcr(error=UnavailableError("503")))
    offer(academy, 1, "ocr", picture)
    academy.work_through()
    assert academy.api.results == {}
    academy.engines = engines_without_neighbours(ToldOcr(("1. 물음",)))
    academy.clock.now += 60
    academy.work_through()
    assert result(academy, 1)["text"] == "1. 물음"


def test_a_backfill_of_problems_alone_needs_no_link_and_delivers_nothing(academy: Academy, paper):
    offer(academy, 3, "problem_generation", paper.pdf)
    academy.work_through()
    academy.files.clear()
    academy.api.results.clear()
    run = academy.run(
        dg.RunRequest(job_name="read_documents"), partition_key="3", asset_selection=[dg.AssetKey("problems")]
    )
    assert run.success
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    events = academy.instance.get_records_for_run(run.run_id, of_type=kind).records
    assert [event.asset_key.to_user_string() for event in events] == ["problems"]
    assert academy.api.results == {}


def test_a_document_graded_again_takes_the_place_of_its_problems_in_the_bank(academy: Academy):
    offer(academy, 7, "problem_generation", ocr_text=f"{TYPED}\n4. 다음을 구하시오. [4점]\n정답: 12")
    academy.work_through()
    index, space = academy.engines.index(), academy.engines.embedder().space
    assert index.load(space).problem_ids == ("7:1", "7:2")
    academy.offer(7, b"", id="job-7-again", type="problem_generation", payload={"ocr_text": TYPED})
    academy.work_through()
    assert index.load(space).problem_ids == ("7:1",)


def test_a_sheet_and_a_document_of_one_submission_do_not_disturb_each_other(academy: Academy, paper):
    academy.offer(1)
    offer(academy, 1, "ocr", paper.pdf)
    first = academy.work_through()
    second = academy.work_through()
    assert [run.job_def.name for run in (*first, *second)] == ["grade_submissions", "read_documents"]
    assert academy.ledger.counts() == {"delivered": 2}
    assert academy.materialized("omr_result") == academy.materialized("document_result") == {"1"}


def test_similar_problems_are_listed_for_a_person(academy: Academy):
    twin = TYPED.replace("33", "35")
    offer(academy, 1, "problem_generation", ocr_text=TYPED)
    offer(academy, 2, "problem_generation", ocr_text=TYPED)
    offer(academy, 3, "problem_generation", ocr_text=twin)
    academy.work_through()
    run = academy.run(dg.RunRequest(job_name="list_similar_problems"))
    (event,) = run.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert metadata["exact_duplicate"].value == 1
    assert metadata["number_twin"].value >= 1
    assert "1:1 | 2:1" in metadata["pairs"].value
