"""From claimed job to posted result, on a real Dagster instance."""

import dagster as dg
import pytest

from academy_pipelines.errors import ContractError, FileUnavailableError, UnavailableError
from academy_pipelines_tests.defs.conftest import ASSETS, Academy
from academy_pipelines_tests.sheets import IDENTIFIER, answers_of, meta


def test_a_waiting_sheet_becomes_an_accepted_result(academy: Academy):
    academy.offer(7)
    (run,) = academy.work_through()
    assert run.success
    message = academy.api.results[7]
    assert message.status == "done"
    read = {answer["question_id"]: tuple(answer["detected"]) for answer in message.result["answers"]}
    assert read == answers_of(7)
    assert message.result["identifier"]["identifier"] == IDENTIFIER
    assert message.result["meta_used"] is True
    assert all(academy.materialized(asset) == {"7"} for asset in ASSETS)
    assert academy.ledger.counts() == {"delivered": 1}


def test_many_sheets_share_one_run_per_batch(academy: Academy):
    for submission in range(1, 11):
        academy.offer(submission)
    runs = academy.work_through()
    assert len(runs) == 3
    assert all(run.success for run in runs)
    assert academy.materialized("omr_result") == {str(n) for n in range(1, 11)}


def test_every_stage_is_a_step_with_its_own_retry_policy(academy: Academy):
    academy.offer(1)
    (run,) = academy.work_through()
    steps = [event.step_key for event in run.all_events if event.event_type_value == "STEP_SUCCESS"]
    stages = ["download_scan", "warp_sheet", "locate_rois", "score_fills", "decide_answers", "deliver_results"]
    assert [step.split(".")[-1] for step in steps] == stages
    nodes = academy.definitions.resolve_job_def("grade_submissions").all_node_defs
    policies = {node.name: node.retry_policy for node in nodes if isinstance(node, dg.OpDefinition)}
    assert all(policies[name] is not None for name in stages)


def test_one_sick_sheet_costs_only_itself(academy: Academy):
    for submission in (1, 2, 3):
        academy.offer(submission, b"<html>login</html>" if submission == 2 else None)
    (run,) = academy.work_through()
    assert not run.success
    assert academy.materialized("omr_result") == {"1", "3"}
    assert academy.api.results[2].status == "failed"
    assert "web page" in academy.api.results[2].error
    assert academy.api.results[1].status == academy.api.results[3].status == "done"
    assert academy.ledger.counts() == {"delivered": 3}


def test_exactly_the_sick_partitions_are_red(academy: Academy):
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

    for submission in (1, 2, 3):
        academy.offer(submission, b"" if submission == 2 else None)
    academy.work_through()
    partitions = academy.definitions.resolve_asset_graph().get(dg.AssetKey("omr_result")).partitions_def
    cache = get_and_update_asset_status_cache_value(
        academy.instance, dg.AssetKey("omr_result"), partitions, academy.instance
    )
    failed = cache.deserialize_failed_partition_subsets(partitions)
    assert set(failed.get_partition_keys()) == {"2"}


def test_a_file_that_is_gone_fails_at_once_with_a_reason(academy: Academy):
    academy.offer(1)
    academy.offer(2, FileUnavailableError("the link has expired"))
    academy.work_through()
    assert academy.api.results[2].error == "file_unavailable: the link has expired"


def test_a_file_that_is_late_is_tried_again_alone(academy: Academy):
    for submission in (1, 2, 3):
        academy.offer(submission, UnavailableError("503") if submission == 2 else None)
    academy.work_through()
    assert set(academy.api.results) == {1, 3}
    academy.files["https://files.test/2.jpg?signature=secret"] = academy.files[
        "https://files.test/1.jpg?signature=secret"
    ]
    assert academy.work_through() == []
    academy.clock.now += 60
    (run,) = academy.work_through()
    assert run.success
    assert academy.api.results[2].status == "done"


def test_a_neighbour_that_is_down_for_everyone_is_waited_for(academy: Academy, monkeypatch):
    for submission in (1, 2, 3):
        academy.offer(submission)
    fetch, calls = academy.downloads.fetch, []

    def fetch_after_an_outage(url: str) -> bytes:
        calls.append(url)
        if len(calls) <= 3:
            raise UnavailableError("503")
        return fetch(url)

    monkeypatch.setattr(academy.downloads, "fetch", fetch_after_an_outage)
    (run,) = academy.work_through()
    assert run.success
    retried = [event.step_key for event in run.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]
    assert retried == ["grade_sheets.download_scan"]


def test_a_file_that_never_comes_is_given_up_with_a_reason(academy: Academy):
    academy.offer(1)
    academy.offer(2, UnavailableError("the storage answered 503"))
    academy.offer(3)
    for _ in range(3):
        academy.work_through()
        academy.clock.now += 1000
    assert academy.api.results[2].status == "failed"
    assert "503" in academy.api.results[2].error


def test_results_that_cannot_be_posted_are_delivered_by_the_sweep(academy: Academy):
    academy.offer(1)
    (request,) = academy.tick("waiting_jobs").run_requests
    academy.api.outage = UnavailableError("back end is down")
    run = academy.run(request)
    assert not run.success
    assert academy.materialized("omr_answers") == {"1"}
    assert academy.materialized("omr_result") == set()
    academy.api.outage = None
    academy.clock.now += 60
    academy.tick("unfinished_work")
    assert academy.api.results[1].status == "done"
    assert academy.materialized("omr_result") == {"1"}
    academy.clock.now += 60
    academy.tick("unfinished_work")
    assert len(academy.api.posted) == 1


def test_a_result_that_the_back_end_refuses_is_dead_and_says_why(academy: Academy):
    academy.offer(1)
    academy.api.refusals[1] = ContractError("400: unknown submission")
    academy.work_through()
    assert academy.ledger.counts() == {"dead": 1}


def test_an_unknown_job_type_is_delivered_as_failed(academy: Academy):
    academy.offer(1, type="palm_reading")
    assert academy.work_through() == []
    academy.tick("unfinished_work")
    assert academy.api.results[1].status == "failed"
    assert "palm_reading" in academy.api.results[1].error


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "download_url"),
        ({"download_url": "https://files.test/1.jpg?signature=secret"}, "nothing says what to read"),
        (
            {"download_url": "https://files.test/1.jpg?signature=secret", "template_meta": {"page": {}}},
            "template is invalid",
        ),
    ],
)
def test_a_job_that_cannot_be_understood_is_delivered_as_failed(academy: Academy, payload: dict, reason: str):
    academy.offer(1, payload=payload)
    academy.work_through()
    assert academy.api.results[1].status == "failed"
    assert reason in academy.api.results[1].error


def test_a_template_is_fetched_when_the_job_names_only_its_size(academy: Academy):
    url = "https://files.test/1.jpg?signature=secret"
    fetch = {"base_url": "https://academy.test", "worker_token": "secret"}
    academy.offer(1, payload={"download_url": url, "question_count": 10, "template_fetch": fetch})
    academy.work_through()
    assert academy.api.results[1].result["meta_used"] is True


def test_legacy_boxes_are_read_without_a_template(academy: Academy):
    questions = [
        {"question_id": q["question_number"], "roi": {k: v * 6 for k, v in q["roi"].items()}}
        for q in meta()["questions"]
    ]
    url = "https://files.test/1.jpg?signature=secret"
    academy.offer(1, payload={"download_url": url, "questions": questions})
    academy.work_through()
    result = academy.api.results[1].result
    assert (result["mode"], result["meta_used"], result["aligned"]) == ("legacy_questions", False, False)
    assert len(result["answers"]) == 10


def test_a_job_handed_out_twice_is_graded_once(academy: Academy):
    academy.offer(1)
    academy.offer(1)
    runs = academy.work_through()
    assert len(runs) == 1
    assert len(academy.api.posted) == 1


def test_a_delivered_job_that_comes_back_is_delivered_again_without_a_run(academy: Academy):
    academy.offer(1)
    academy.work_through()
    academy.offer(1)
    assert academy.work_through() == []
    academy.tick("unfinished_work")
    assert [message.submission_id for message in academy.api.posted] == [1, 1]
    assert academy.api.posted[0] == academy.api.posted[1]


def test_a_second_job_of_a_submission_makes_its_partition_anew(academy: Academy):
    academy.offer(1)
    academy.work_through()
    academy.offer(1, id="job-1-again")
    (run,) = academy.work_through()
    assert run.success
    events = academy.instance.fetch_materializations(dg.AssetKey("omr_result"), limit=10).records
    assert len(events) == 2


def test_secrets_reach_neither_the_event_log_nor_the_ledger_for_good(academy: Academy, tmp_path):
    fetch = {"base_url": "https://academy.test", "bearer_token": "hunter2"}
    url = "https://files.test/1.jpg?signature=secret"
    academy.offer(1, payload={"download_url": url, "question_count": 10, "template_fetch": fetch})
    academy.work_through()
    assert academy.api.results[1].status == "done"
    written = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "ledger" not in path.name
    )
    assert written
    assert b"signature=secret" not in written
    assert b"hunter2" not in written
    (job,) = academy.ledger.work.look_up(["1"])
    assert "secret=" not in str(job)
    assert "signature" not in str(job)
    assert "hunter2" not in str(job)


def test_a_backfill_of_one_asset_redoes_that_asset_only(academy: Academy):
    academy.offer(1)
    academy.work_through()
    fetched, posted = len(academy.downloads.fetched), len(academy.api.posted)
    run = academy.run(partition_key="1", asset_selection=[dg.AssetKey("fill_scores")])
    assert run.success
    logged = academy.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert [entry.dagster_event.asset_key for entry in logged] == [dg.AssetKey("fill_scores")]
    assert (len(academy.downloads.fetched), len(academy.api.posted)) == (fetched, posted)
    assert academy.ledger.counts() == {"delivered": 1}


def test_a_backfill_of_everything_grades_and_delivers_again_although_the_link_has_expired(academy: Academy):
    for submission in (1, 2, 3):
        academy.offer(submission)
    academy.work_through()
    academy.files.clear()
    tags = {"dagster/asset_partition_range_start": "1", "dagster/asset_partition_range_end": "3"}
    run = academy.run(tags=tags)
    assert run.success
    assert len(academy.api.posted) == 6
    assert academy.ledger.counts() == {"delivered": 3}


def test_a_partition_that_nobody_ever_claimed_fails_and_says_so(academy: Academy):
    academy.instance.add_dynamic_partitions("submissions", ["99"])
    run = academy.run(partition_key="99")
    assert not run.success
    (failure,) = [event for event in run.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "99" in failure.event_specific_data.error_display_string
