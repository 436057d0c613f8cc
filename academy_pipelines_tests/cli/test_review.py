"""`academy review`, on a deployment in a folder and on the lines of `academy grade`."""

import json
from collections.abc import Iterator
from contextlib import closing

import dagster as dg
import pytest
from click.testing import CliRunner

from academy_pipelines.cli import main
from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.object_store import LocalObjectStore
from academy_pipelines_tests.defs.conftest import Academy, Clock
from academy_pipelines_tests.review.answering import answered, rows_of
from academy_pipelines_tests.sheets import IDENTIFIER, doubtful_scan, meta, scan


@pytest.fixture
def deployment(tmp_path, monkeypatch) -> Iterator[Academy]:
    """Three graded sheets: 7 and 8 with doubtful rows, 9 without; the environment names their ledger and store."""
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path}/ledger.db")
    monkeypatch.setenv("STORE_URL", str(tmp_path / "store"))
    store = LocalObjectStore(tmp_path / "store")
    with (
        closing(Ledger(f"sqlite:///{tmp_path}/ledger.db", clock=Clock())) as ledger,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        academy = Academy(instance, ledger, Clock(), store=store)
        academy.offer(7, doubtful_scan(7))
        academy.offer(8, doubtful_scan(8, "20260418"))
        academy.offer(9, scan(9))
        academy.work_through()
        yield academy


def review(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["review", *map(str, arguments)])
    return done.exit_code, done.output


def test_a_page_is_made_of_what_is_doubtful_and_its_answers_are_kept(deployment: Academy, tmp_path):
    page = tmp_path / "review.html"
    code, told = review("make", "-o", page, "--submission", 7, "--submission", 9)
    assert (code, told) == (0, f"3 rows of 1 sheets wait for a person in {page}; 2 were looked at\n")
    rows = rows_of(page.read_text())
    assert list(rows) == [("7", 1, "identifier"), ("7", 1, 3), ("7", 1, 8)]
    assert '"url": "http://localhost:8000/jobs/job-7/overlay.jpg"' in page.read_text()
    assert (rows["7", 1, 3]["guess"], rows["7", 1, 3]["choices"]) == (["A", "C"], list("ABCDE"))
    file = answered(page, {("7", 1, 3): ["C"], ("7", 1, "identifier"): [IDENTIFIER]})
    assert review("apply", file) == (0, "2 rows of 1 sheets are put right\n")
    assert review("apply", file) == (0, "0 rows of 0 sheets are put right; 2 were known\n")
    assert deployment.ledger.reviews.waiting(9) == ["7"]


@pytest.mark.parametrize("choice", ["day", "batch"])
def test_sheets_are_chosen_by_day_or_by_batch(deployment: Academy, tmp_path, choice: str):
    page = tmp_path / "review.html"
    with deployment.ledger._database.transaction() as connection:
        batch = connection.exec_driver_sql("SELECT batch_id FROM jobs").scalar()
    arguments = ("--day", "1970-01-12") if choice == "day" else ("--batch", batch)
    code, told = review("make", "-o", page, *arguments)
    assert (code, "3 were looked at" in told) == (0, True)
    assert {sheet for sheet, _, _ in rows_of(page.read_text())} == {"7", "8"}


def test_a_sheet_is_shown_beside_the_later_one_with_its_number(deployment: Academy, tmp_path):
    payload = {
        "download_url": "https://files.test/{}.jpg?signature=secret",
        "template_meta": meta(),
        "exam_id": "final",
    }
    for submission in (20, 21):
        link = payload["download_url"].format(submission)
        deployment.offer(submission, scan(submission), payload=payload | {"download_url": link})
        deployment.work_through()
    assert deployment.api.results[20].result["identifier"]["duplicates"] == []
    review("make", "-o", tmp_path / "review.html", "--submission", 20, "--submission", 21)
    rows = rows_of((tmp_path / "review.html").read_text())
    assert {place: row["others"] for place, row in rows.items()} == {
        ("20", 1, "identifier"): ["21"],
        ("21", 1, "identifier"): ["20"],
    }


def test_a_day_without_grading_gives_a_page_that_says_so(deployment: Academy, tmp_path):
    code, told = review("make", "-o", tmp_path / "review.html")
    assert (code, "0 rows of 0 sheets" in told) == (0, True)


def test_a_picture_that_is_gone_is_told(deployment: Academy, tmp_path):
    deployment.store.delete_prefix("submissions/7/job-7")
    code, told = review("make", "-o", tmp_path / "review.html", "--submission", 7)
    assert (code, "submission 7 cannot be shown: nothing is stored" in told) == (0, True)


def test_what_does_not_fit_is_refused_and_nothing_is_kept(deployment: Academy, tmp_path):
    page = tmp_path / "review.html"
    review("make", "-o", page, "--submission", 7)
    code, told = review("apply", answered(page, {("7", 1, 3): ["C"], ("7", 1, 8): ["F"]}))
    assert (code, "1 of 2 corrections cannot be applied, so none was" in told) == (1, True)
    assert "submission 7: question 8: there is no choice 'F'" in told
    assert deployment.ledger.reviews.waiting(9) == []
    (tmp_path / "other.json").write_text("{}")
    code, told = review("apply", tmp_path / "other.json")
    assert (code, "this is no corrections file of a review page" in told) == (1, True)


def test_a_second_opinion_needs_an_explicit_word(deployment: Academy, tmp_path):
    page = tmp_path / "review.html"
    review("make", "-o", page, "--submission", 7)
    review("apply", answered(page, {("7", 1, 3): ["C"]}))
    second = answered(page, {("7", 1, 3): ["A"]}, reviewer="lee")
    code, told = review("apply", second)
    assert (code, "question 3 was already said to be C by kim on 2026-11-24" in told) == (1, True)
    assert review("apply", "--replace", second) == (0, "1 rows of 1 sheets are put right\n")


def test_the_wrong_folder_is_told_from_an_empty_day(tmp_path, monkeypatch):
    monkeypatch.setenv("LEDGER_URL", f"sqlite:///{tmp_path}/ledger.db")
    monkeypatch.setenv("STORE_URL", str(tmp_path / "store"))
    code, told = review("make", "-o", tmp_path / "review.html")
    assert (code, "let LEDGER_URL name its database" in told) == (1, True)


def test_a_ledger_that_cannot_be_opened_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("LEDGER_URL", "nonsense")
    code, told = review("make", "-o", tmp_path / "review.html")
    assert (code, told.startswith("Error: LEDGER_URL is not a database URL")) == (1, True)


@pytest.fixture
def lines(tmp_path):
    """What `academy grade` says of two doubtful sheets with one number, and its review page."""
    (tmp_path / "meta.json").write_text(json.dumps(meta()))
    for name in ("a", "b"):
        (tmp_path / f"{name}.jpg").write_bytes(doubtful_scan(7 if name == "a" else 8, IDENTIFIER))
    arguments = ["--template", "meta.json", "--jsonl", "grades.jsonl", "--review", "review.html", "a.jpg", "b.jpg"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        done = CliRunner().invoke(main, ["grade", *arguments])
        assert done.exit_code == 0, done.output
        yield tmp_path / "grades.jsonl"


def results(lines) -> list[OmrResult]:
    return [OmrResult.model_validate_json(line) for line in lines.read_text().splitlines()]


def test_lines_of_grades_are_put_right_in_place(lines):
    page = lines.parent / "review.html"
    assert [read.identifier.duplicates for read in results(lines)] == [["b.jpg"], ["a.jpg"]]
    file = answered(page, {("a.jpg", 1, "identifier"): ["20260471"], ("a.jpg", 1, 3): ["C"]})
    assert review("apply", file, "--jsonl", lines) == (0, f"2 rows are put right in {lines}\n")
    first, second = results(lines)
    assert (first.identifier.identifier, first.answers[2].detected, first.answers[2].origin) == (
        "20260471",
        ["C"],
        "review",
    )
    assert [read.identifier.duplicates for read in (first, second)] == [[], []]
    once = lines.read_bytes()
    review("apply", file, "--jsonl", lines)
    assert lines.read_bytes() == once
    review("apply", answered(page, {("b.jpg", 1, 3): []}), "--jsonl", lines)
    assert results(lines)[0] == first
    assert json.loads(lines.read_text().splitlines()[1])["file"] == "b.jpg"


def test_lines_are_put_right_in_full_or_not_at_all(lines):
    before = lines.read_bytes()
    page = lines.parent / "review.html"
    file = answered(page, {("a.jpg", 1, 3): ["C"], ("b.jpg", 1, 3): ["F"]})
    code, told = review("apply", file, "--jsonl", lines)
    assert (code, "b.jpg: question 3: there is no choice 'F'" in told) == (1, True)
    assert lines.read_bytes() == before
    (lines.parent / "odd.jsonl").write_text("{}\n")
    code, told = review("apply", file, "--jsonl", lines.parent / "odd.jsonl")
    assert (code, "line 1 is no sheet that `academy grade` wrote" in told) == (1, True)
