"""From a doubtful reading to a result that a person put right, on a real Dagster instance."""

import json
from datetime import UTC, datetime

import dagster as dg
import pytest

from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.defs.page_stages import FILLS
from academy_pipelines.defs.repair import bury_dead_runs
from academy_pipelines.errors import RefusedReviewError, UnavailableError
from academy_pipelines.omr.ink import FillScores
from academy_pipelines.resources.artefacts import Ticket
from academy_pipelines.review.corrections import Correction, Corrections
from academy_pipelines.review.rows import IDENTIFIER, answer_reading, doubtful_rows, identifier_reading
from academy_pipelines_tests.defs.conftest import Academy
from academy_pipelines_tests.sheets import IDENTIFIER as NUMBER
from academy_pipelines_tests.sheets import answers_of, doubtful_scan, meta


def grade(academy: Academy, *submissions: int, identifier: str = "2026 417", **payload: object) -> None:
    for submission in submissions:
        url = f"https://files.test/{submission}.jpg?signature=secret"
        body = {"download_url": url, "template_meta": meta(), "mode": "scan"} | payload
        academy.offer(submission, doubtful_scan(submission, identifier), payload=body)
    academy.work_through()


def posted(academy: Academy, submission: int) -> OmrResult:
    return OmrResult.model_validate(academy.api.results[submission].result)


def say(academy: Academy, submission: int, reviewer: str = "kim", **said: str) -> Corrections:
    """What a person says of rows (`q3="C"`, `identifier=...`), on the page made of the posted result."""
    read = posted(academy, submission)
    rows: dict[int | str, tuple[list[str], str]] = {}
    for name, text in said.items():
        if name == IDENTIFIER:
            rows[name] = ([text], identifier_reading(read.identifier))
        else:
            number = int(name.removeprefix("q"))
            rows[number] = (list(text), answer_reading(read.answers[number - 1]))
    corrections = [
        Correction(
            sheet=str(submission),
            row=row,
            answer=answer,
            reading=reading,
            scan_sha256=read.scan_sha256,
            reviewed_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        )
        for row, (answer, reading) in rows.items()
    ]
    return Corrections(format="academy-review/1", reviewer=reviewer, corrections=corrections)


def apply(academy: Academy) -> dg.ExecuteInProcessResult | None:
    """One tick of the sensor, then the run that it asks for."""
    found = academy.tick("reviewed_sheets")
    if isinstance(found, dg.SkipReason):
        return None
    job = academy.definitions.resolve_job_def("apply_reviews")
    return job.execute_in_process(instance=academy.instance, raise_on_error=False)


def latest(academy: Academy, asset: str, submission: int) -> dict[str, object]:
    """Metadata of the newest materialisation of one partition."""
    filters = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[str(submission)])
    (record,) = academy.instance.fetch_materializations(filters, limit=1).records
    return {name: value.value for name, value in record.asset_materialization.metadata.items()}


def materializations(academy: Academy, asset: str, submission: int) -> int:
    filters = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[str(submission)])
    return len(academy.instance.fetch_materializations(filters, limit=100).records)


def test_what_a_person_puts_right_is_materialised_and_posted_again(academy: Academy):
    grade(academy, 7, 8)
    assert doubtful_rows(posted(academy, 7)) == [IDENTIFIER, 3, 8]
    academy.ledger.reviews.accept(say(academy, 7, q3="C", q8="", identifier=NUMBER))
    assert apply(academy).success
    result = posted(academy, 7)
    assert doubtful_rows(result) == []
    assert (result.answers[2].detected, result.answers[2].origin, result.answers[2].confidence) == (
        ["C"],
        "review",
        1.0,
    )
    assert (result.identifier.identifier, result.identifier.resolution) == (NUMBER, "review")
    assert [message.submission_id for message in academy.api.posted] == [7, 8, 7]
    answers = latest(academy, "omr_answers", 7)
    assert (answers["origin"], answers["reviewed"], answers["reviewer"]) == ("review", 3, "kim")
    assert answers["corrections"] == "number 2026?417 → 20260417, 3 A/C? → C, 8 D/E? → -"
    assert latest(academy, "omr_result", 7)["delivery"] == "accepted, after review"
    assert [materializations(academy, asset, 7) for asset in ("omr_answers", "omr_result")] == [2, 2]
    assert materializations(academy, "omr_answers", 8) == 1
    assert academy.ledger.counts() == {"delivered": 2}


def test_the_same_review_again_changes_nothing(academy: Academy):
    grade(academy, 7)
    review = say(academy, 7, q3="C")
    academy.ledger.reviews.accept(review)
    apply(academy)
    assert academy.ledger.reviews.accept(review).known == 1
    assert apply(academy) is None
    assert len(academy.api.posted) == 2


def test_grading_again_keeps_what_a_person_put_right(academy: Academy):
    grade(academy, 7)
    academy.ledger.reviews.accept(say(academy, 7, q3="C"))
    apply(academy)
    right = posted(academy, 7)
    assert academy.run(partition_key="7").success
    assert len(academy.api.posted) == 3
    assert posted(academy, 7) == right


def test_a_review_that_comes_while_a_sheet_is_graded_again_is_applied_by_that_run(academy: Academy):
    grade(academy, 7)
    academy.offer(7, doubtful_scan(7), id="again")
    academy.ledger.reviews.accept(say(academy, 7, q3="C"))
    academy.tick("waiting_jobs")
    assert apply(academy) is None
    academy.work_through()
    assert posted(academy, 7).answers[2].detected == ["C"]
    assert apply(academy) is None


def test_a_row_that_is_read_differently_later_is_flagged_and_keeps_the_persons_word(academy: Academy):
    grade(academy, 7)
    review = say(academy, 7, q3="C")
    academy.ledger.reviews.accept(review)
    apply(academy)
    key = f"{Ticket('7', 'job-7').folder}/{FILLS}"
    fills = FillScores.from_json(json.loads(academy.store.get(key))).to_json()
    fills["ink"] = [ink if place != 12 else 0.0 for place, ink in enumerate(fills["ink"])]
    academy.store.put(key, json.dumps(fills).encode())
    chosen = [dg.AssetKey("omr_answers"), dg.AssetKey("omr_result")]
    assert academy.run(partition_key="7", asset_selection=chosen).success
    row = posted(academy, 7).answers[2]
    assert (row.detected, row.status, row.origin, row.review.set_aside) == (["A"], "ambiguous", "reader", ["C"])
    assert "kim: question 3 is now read as 'ok A'" in latest(academy, "omr_answers", 7)["warnings"]
    with pytest.raises(RefusedReviewError, match="question 3 is now read as 'ok A', it was 'ambiguous A/C'"):
        academy.ledger.reviews.accept(review)


def test_a_review_of_a_sheet_with_anothers_number_parts_the_two(academy: Academy):
    grade(academy, 7, 8, identifier=NUMBER)
    assert [posted(academy, n).identifier.duplicates for n in (7, 8)] == [["8"], ["7"]]
    assert posted(academy, 7).identifier.status == "ok"
    assert [warning.code for warning in posted(academy, 7).warnings] == ["duplicate_identifier"]
    assert latest(academy, "omr_answers", 7)["duplicates"] == 1
    academy.ledger.reviews.accept(say(academy, 7, identifier="20260471"))
    apply(academy)
    assert [posted(academy, n).identifier.duplicates for n in (7, 8)] == [[], []]
    assert (posted(academy, 7).identifier.origin, posted(academy, 8).identifier.origin) == ("review", "reader")
    assert academy.run(partition_key="8").success
    assert posted(academy, 8).warnings == []


def test_sheets_of_different_exams_may_carry_one_number(academy: Academy):
    for submission, exam in ((7, "midterm"), (8, "final"), (9, "final")):
        url = f"https://files.test/{submission}.jpg?signature=secret"
        payload = {"download_url": url, "template_meta": meta(), "exam_id": exam}
        academy.offer(submission, payload=payload)
    academy.work_through()
    assert [posted(academy, n).identifier.duplicates for n in (7, 8, 9)] == [[], ["9"], ["8"]]


def test_an_outage_leaves_the_reviewed_result_to_the_sweep(academy: Academy):
    grade(academy, 7)
    academy.ledger.reviews.accept(say(academy, 7, q3="C"))
    academy.api.outage = UnavailableError("back end is down")
    assert apply(academy).success
    assert materializations(academy, "omr_answers", 7) == 2
    academy.api.outage = None
    academy.clock.now += 60
    academy.tick("unfinished_work")
    assert posted(academy, 7).answers[2].detected == ["C"]
    assert materializations(academy, "omr_result", 7) == 2


def test_a_run_that_died_with_the_sheet_in_its_hands_is_followed_by_another(academy: Academy):
    grade(academy, 7)
    academy.ledger.reviews.accept(say(academy, 7, q3="C"))
    academy.ledger.work.hold(["7"], "a run that is gone")
    assert apply(academy) is None
    bury_dead_runs(academy.ledger, academy.instance, academy.clock.now)
    assert apply(academy).success
    assert posted(academy, 7).answers[2].detected == ["C"]


def test_a_submission_that_dagster_has_retired_comes_back_when_it_is_reviewed(academy: Academy):
    grade(academy, 7)
    academy.instance.delete_dynamic_partition("submissions", "7")
    academy.ledger.reviews.accept(say(academy, 7, q3="C"))
    apply(academy)
    assert academy.instance.get_dynamic_partitions("submissions") == ["7"]


def test_the_roster_of_a_job_resolves_a_missing_digit_and_says_so(academy: Academy):
    grade(academy, 7, roster=[NUMBER, "20269999"])
    number = posted(academy, 7).identifier
    assert (number.identifier, number.raw_identifier, number.resolution) == (NUMBER, "2026?417", "roster")
    grade(academy, 8, identifier=NUMBER, roster=["20269999"])
    number = posted(academy, 8).identifier
    assert (number.identifier, number.status, number.resolution) == (None, "ambiguous", "not_on_roster")


def test_how_good_a_picture_is_stands_beside_it(academy: Academy):
    academy.offer(7)
    academy.work_through()
    quality = posted(academy, 7).quality
    assert (round(quality.px_per_mm), quality.complaints) == (6, [])
    facts = latest(academy, "aligned_sheet", 7)
    assert (facts["blur_mm"], facts["contrast"], facts["complaints"]) == (quality.blur_mm, quality.contrast, "none")
    assert {a.question_id: tuple(a.detected) for a in posted(academy, 7).answers} == answers_of(7)


def test_a_store_that_fails_once_is_tried_again_in_the_same_run(academy: Academy, monkeypatch):
    grade(academy, 7)
    academy.ledger.reviews.accept(say(academy, 7, q3="C"))
    commit, calls = academy.ledger.reviews.commit, []

    def commit_at_the_second_attempt(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == 1:
            raise UnavailableError("the ledger did not answer")
        commit(*arguments)

    monkeypatch.setattr(academy.ledger.reviews, "commit", commit_at_the_second_attempt)
    assert apply(academy).success
    assert posted(academy, 7).answers[2].detected == ["C"]
