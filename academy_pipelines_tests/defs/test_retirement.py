"""Dagster forgets what is over and nothing else; tried on the instance that `dagster.yaml` describes."""

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.defs import retirement
from academy_pipelines.defs.retirement import RETIRE_SUBMISSIONS, LivingSet, Retired, retire
from academy_pipelines.errors import ContractError, UnavailableError
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines_tests.defs.conftest import ASSETS, Academy, Clock

REPOSITORY = Path(__file__).parents[2]
DAY_S = 86_400.0
KEYS = frozenset(dg.AssetKey(name) for name in ASSETS)


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory) -> Path:
    """A home whose databases are made already, which takes longer than most tests."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(REPOSITORY / "dagster.yaml", home)
    with contextlib.chdir(home), dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.get_runs() == []
        assert instance.all_instigator_state() == []
    return home


@pytest.fixture
def academy(empty_home, tmp_path, monkeypatch) -> Iterator[Academy]:
    shutil.copytree(empty_home, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db", clock=clock)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield Academy(instance, ledger, clock)
    ledger.close()


def keys_of(academy: Academy) -> list[str]:
    return list(academy.instance.get_dynamic_partitions("submissions"))


def retired(academy: Academy, at_most: int = 1000, days: float = 30) -> Retired:
    return retire(academy.instance, academy.ledger.history, LivingSet("submissions", KEYS, at_most, days * DAY_S))


def graded(academy: Academy, *submissions: int) -> list[str]:
    """Grade these in one go; returns the ids of the runs."""
    for submission in submissions:
        academy.offer(submission)
    return [run.run_id for run in academy.work_through()]


def settled(academy: Academy, *keys: str, job: str = "job") -> str:
    """Leave the traces of a run that graded and delivered these, without the work; returns its id."""
    run_id, work = str(uuid.uuid4()), academy.ledger.work
    academy.instance.add_dynamic_partitions("submissions", keys)
    for key in keys:
        academy.ledger.inbox.accept(AiJob(id=f"{job}-{key}", type="omr_grading", source_id=key), source="api")
    started = work.start(keys, run_id)
    work.finish(run_id, {record.job_id: {} for record in started})
    for record in started:
        academy.ledger.outbox.delivered(record.job_id)
    work.release(run_id)
    tags = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
    academy.instance.add_run(dg.DagsterRun("grade_submissions", run_id, tags=tags, status=dg.DagsterRunStatus.SUCCESS))
    for key in keys:
        planned = AssetMaterializationPlannedData(dg.AssetKey("omr_result"), partition=key)
        kind = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED.value
        academy.instance.report_dagster_event(
            DagsterEvent(kind, "grade_submissions", event_specific_data=planned), run_id
        )
    return run_id


def test_the_oldest_settled_submissions_leave_when_there_are_too_many(academy: Academy):
    first = graded(academy, 1, 2)
    academy.clock.now += 60
    second = graded(academy, 3, 4)
    assert retired(academy, at_most=2) == Retired(keys=2, runs=1, keys_left=2)
    assert keys_of(academy) == ["3", "4"]
    assert [run.run_id for run in academy.instance.get_runs()] == second
    assert academy.materialized("omr_result") == {"3", "4"}
    assert academy.instance.all_logs(second[0])
    assert not academy.instance.has_run(first[0])


def test_old_means_not_worked_on_for_long_and_not_claimed_early(academy: Academy):
    settled(academy, "1")
    settled(academy, "2")
    academy.clock.now += 60
    settled(academy, "1", job="again")
    retired(academy, at_most=1)
    assert keys_of(academy) == ["1"]


def test_what_is_idle_for_long_leaves_although_there_is_room(academy: Academy):
    settled(academy, "1", "2")
    academy.clock.now += 20 * DAY_S
    settled(academy, "3")
    academy.clock.now += 11 * DAY_S
    assert retired(academy) == Retired(keys=2, runs=1, keys_left=1)
    assert keys_of(academy) == ["3"]


def test_nothing_leaves_before_its_time(academy: Academy):
    settled(academy, "1", "2")
    academy.clock.now += 29 * DAY_S
    assert retired(academy, at_most=2) == Retired(keys=0, runs=0, keys_left=2)


@pytest.mark.parametrize("stays", ["1", "2", "3"])
def test_a_run_stays_as_long_as_one_of_its_submissions_does(academy: Academy, stays: str):
    run_id = settled(academy, "1", "2", "3")
    academy.clock.now += 60
    settled(academy, stays, job="again")
    retired(academy, at_most=1)
    assert keys_of(academy) == [stays]
    assert academy.instance.has_run(run_id)
    academy.clock.now += 31 * DAY_S
    assert retired(academy) == Retired(keys=1, runs=2, keys_left=0)
    assert academy.instance.get_runs() == []


def test_a_failed_submission_is_settled_once_its_failure_is_delivered(academy: Academy):
    academy.offer(1, b"<html>login</html>")
    academy.work_through()
    assert retired(academy, at_most=0).keys == 1
    assert academy.instance.get_runs() == []


def test_a_submission_that_the_back_end_refuses_is_settled_too(academy: Academy):
    academy.offer(1)
    academy.api.refusals[1] = ContractError("400: unknown submission")
    academy.work_through()
    assert academy.ledger.counts() == {"dead": 1}
    assert retired(academy, at_most=0).keys == 1


def test_a_result_that_is_not_delivered_keeps_its_submission(academy: Academy):
    academy.offer(1)
    (request,) = academy.tick("waiting_jobs").run_requests
    academy.api.outage = UnavailableError("back end is down")
    academy.run(request)
    academy.clock.now += 365 * DAY_S
    assert retired(academy, at_most=0) == Retired(keys=0, runs=0, keys_left=1)
    academy.api.outage = None
    academy.tick("unfinished_work")
    assert retired(academy, at_most=0) == Retired(keys=1, runs=1, keys_left=0)


def test_a_new_job_of_a_delivered_submission_keeps_it(academy: Academy):
    settled(academy, "1")
    academy.offer(1, id="another")
    academy.tick("waiting_jobs")
    academy.clock.now += 365 * DAY_S
    assert retired(academy, at_most=0).keys == 0


def test_a_submission_that_a_run_holds_stays(academy: Academy):
    settled(academy, "1")
    assert academy.ledger.work.start(["1"], "somebody")
    academy.ledger.outbox.delivered("job-1")
    assert retired(academy, at_most=0).keys == 0
    academy.clock.now += 61
    assert retired(academy, at_most=0).keys == 1


def test_a_key_that_no_job_ever_named_stays(academy: Academy):
    academy.instance.add_dynamic_partitions("submissions", ["by-hand"])
    academy.clock.now += 365 * DAY_S
    assert retired(academy, at_most=0) == Retired(keys=0, runs=0, keys_left=1)


@pytest.mark.parametrize(
    "tags",
    [
        {"dagster/partition": "2"},
        {"dagster/asset_partition_range_start": "1", "dagster/asset_partition_range_end": "3"},
    ],
)
def test_what_a_waiting_run_is_about_to_use_stays(academy: Academy, tags: dict[str, str]):
    settled(academy, "1", "2", "3")
    academy.instance.add_run(
        dg.DagsterRun("grade_submissions", status=dg.DagsterRunStatus.STARTING, tags=tags, run_id="waits")
    )
    retired(academy, at_most=0)
    assert "2" in keys_of(academy)
    academy.instance.delete_run("waits")
    retired(academy, at_most=0)
    assert keys_of(academy) == []


def test_while_a_backfill_is_under_way_no_key_leaves(academy: Academy):
    settled(academy, "1")
    backfill = PartitionBackfill(
        "fill",
        status=BulkActionStatus.REQUESTED,
        from_failure=False,
        tags={},
        backfill_timestamp=0.0,
        asset_selection=[dg.AssetKey("fill_scores")],
    )
    academy.instance.add_backfill(backfill)
    assert retired(academy, at_most=0).keys == 0
    academy.instance.update_backfill(backfill.with_status(BulkActionStatus.COMPLETED_SUCCESS))
    assert retired(academy, at_most=0).keys == 1


def test_runs_about_other_things_are_left_alone(academy: Academy):
    @dg.asset
    def report():
        return 1

    dg.materialize([report], instance=academy.instance)
    settled(academy, "1")
    assert retired(academy, at_most=0).runs == 1
    assert len(academy.instance.get_runs()) == 1
    assert academy.instance.get_latest_materialization_event(dg.AssetKey("report"))


def test_a_retirement_that_was_cut_off_is_completed_by_the_next(academy: Academy):
    settled(academy, "1")
    academy.instance.delete_dynamic_partition("submissions", "1")
    assert retired(academy) == Retired(keys=0, runs=1, keys_left=0)


def test_no_file_of_a_retired_run_is_left(academy: Academy, tmp_path):
    run_ids = graded(academy, 1, 2)
    named = [path for path in (tmp_path / "data").rglob("*") for run_id in run_ids if run_id in path.name]
    assert named
    events = b"".join(path.read_bytes() for path in (tmp_path / "data/dagster/events").glob("*.db*"))
    assert run_ids[0].encode() in events
    retired(academy, at_most=0)
    assert [path for path in (tmp_path / "data").rglob("*") for run_id in run_ids if run_id in path.name] == []
    assert academy.instance.get_records_for_run(run_ids[0]).records == []


def test_a_retired_submission_is_graded_again_for_a_new_job(academy: Academy):
    graded(academy, 1, 2)
    retired(academy, at_most=0)
    academy.offer(1, id="job-1-again")
    (run,) = academy.work_through()
    assert run.success
    assert keys_of(academy) == ["1"]
    assert len(academy.api.posted) == 3


def test_a_retired_submission_is_graded_again_when_its_key_is_added_from_what_ledger_and_store_kept(academy: Academy):
    graded(academy, 1)
    kept = dict(academy.store.objects)
    retired(academy, at_most=0)
    assert academy.ledger.counts() == {"delivered": 1}
    assert academy.store.objects == kept
    academy.files.clear()
    academy.instance.add_dynamic_partitions("submissions", ["1"])
    run = academy.run(partition_key="1")
    assert run.success
    assert academy.api.posted[0] == academy.api.posted[1]
    assert academy.materialized("omr_result") == {"1"}


def nightly_run(academy: Academy) -> dg.ExecuteInProcessResult:
    return academy.definitions.resolve_job_def(RETIRE_SUBMISSIONS).execute_in_process(instance=academy.instance)


def test_the_nightly_job_retires_by_the_settings_and_says_how_many(academy: Academy):
    settled(academy, "1", "2")
    academy.clock.now += 31 * DAY_S
    result = nightly_run(academy)
    assert result.success
    (output,) = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    metadata = output.step_output_data.metadata
    assert {name: value.value for name, value in metadata.items()} == {"keys": 2, "runs": 1, "keys_left": 0}
    assert keys_of(academy) == []


def test_of_its_own_runs_the_retirement_keeps_the_latest(academy: Academy, monkeypatch):
    monkeypatch.setattr(retirement, "REPORTS_KEPT", 2)
    for number in range(3):
        run = dg.DagsterRun(RETIRE_SUBMISSIONS, run_id=f"night-{number}", status=dg.DagsterRunStatus.SUCCESS)
        academy.instance.add_run(run)
    assert retired(academy).runs == 1
    assert {run.run_id for run in academy.instance.get_runs()} == {"night-1", "night-2"}


def test_the_schedule_runs_once_a_night(academy: Academy):
    schedule = academy.definitions.get_repository_def().get_schedule_def(RETIRE_SUBMISSIONS)
    assert (schedule.job_name, schedule.cron_schedule) == (RETIRE_SUBMISSIONS, "30 3 * * *")
    assert schedule.execution_timezone == "Asia/Seoul"
    context = dg.build_schedule_context(instance=academy.instance)
    assert schedule.evaluate_tick(context).run_requests
