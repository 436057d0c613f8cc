"""What a platform engineer does in the Dagster UI, by the GraphQL calls that the UI itself sends."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from academy_pipelines.sandbox.stack import LocalStack
from academy_pipelines_tests.conftest import wait_until
from academy_pipelines_tests.sheets import offer_sheets

REPOSITORY = Path(__file__).parents[2]
ASSETS = ("submission_scan", "aligned_sheet", "fill_scores", "omr_answers", "omr_result")
SUBMISSIONS = 6

LAUNCH = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
STATUS = "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
RUNS = "query($f: RunsFilter!) { runsOrError(filter: $f) { ... on Runs { results { status } } } }"
PARTITIONS = """query($k: AssetKeyInput!) { assetNodeOrError(assetKey: $k) { ... on AssetNode {
  partitionStats { numMaterialized numFailed numPartitions } } } }"""
WIPE = """mutation($r: [PartitionsByAssetSelector!]!) { wipeAssets(assetPartitionRanges: $r) {
  __typename ... on PythonError { message } } }"""
METADATA = """query($k: AssetKeyInput!) { assetNodeOrError(assetKey: $k) { ... on AssetNode {
  description groupName kinds
  owners { ... on TeamAssetOwner { team } } assetMaterializations(limit: 1) { metadataEntries { label } } } } }"""


class DagsterUi:
    """The UI's side of GraphQL."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/graphql"

    def ask(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(
            self._url, json={"query": query, "variables": variables}, timeout=60, trust_env=False
        ).json()
        assert "errors" not in answer, answer["errors"]
        return next(iter(answer["data"].values()))

    def backfill(self, assets: tuple[str, ...], partitions: list[str]) -> list[str]:
        """Launch a backfill, wait for its end, and return the status of each of its runs."""
        selection = [{"path": [asset]} for asset in assets]
        launched = self.ask(LAUNCH, p={"assetSelection": selection, "partitionNames": partitions})
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        backfill_id = launched["backfillId"]
        wait_until(lambda: self._status(backfill_id) != "REQUESTED", 90, "the end of the backfill")
        assert self._status(backfill_id) == "COMPLETED_SUCCESS"
        tags = {"tags": [{"key": "dagster/backfill", "value": backfill_id}]}
        return [run["status"] for run in self.ask(RUNS, f=tags)["results"]]

    def materialized(self, asset: str) -> int:
        return self.ask(PARTITIONS, k={"path": [asset]})["partitionStats"]["numMaterialized"]

    def _status(self, backfill_id: str) -> str:
        return self.ask(STATUS, id=backfill_id)["status"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    with LocalStack(folder, REPOSITORY / "dagster.yaml") as running:
        offer_sheets(running, SUBMISSIONS)
        running.start_sandbox()
        running.start_daemon()
        running.start_webserver()
        running.wait_until_open("sandbox", f"{running.api_url}/healthz")
        running.wait_until_open("webserver", f"{running.ui_url}/server_info")
        running.wait_until_settled(120)
        wait_until(lambda: DagsterUi(running.ui_url).materialized("omr_result") == SUBMISSIONS, 30, "the first grading")
        yield running


@pytest.mark.timeout(300)
def test_a_range_is_graded_again_in_one_run_and_delivered_again(stack: LocalStack):
    keys = [str(job["source_id"]) for job in stack.jobs()]
    assert DagsterUi(stack.ui_url).backfill(ASSETS, keys[:4]) == ["SUCCESS"]
    assert [job["duplicate_posts"] for job in stack.jobs()] == [1, 1, 1, 1, 0, 0]


@pytest.mark.timeout(300)
def test_one_asset_of_one_partition_is_made_again_and_nothing_is_delivered(stack: LocalStack):
    keys = [str(job["source_id"]) for job in stack.jobs()]
    before = [job["duplicate_posts"] for job in stack.jobs()]
    assert DagsterUi(stack.ui_url).backfill(("aligned_sheet",), keys[-1:]) == ["SUCCESS"]
    assert [job["duplicate_posts"] for job in stack.jobs()] == before


@pytest.mark.timeout(300)
def test_partitions_that_are_missing_are_filled(stack: LocalStack):
    ui = DagsterUi(stack.ui_url)
    keys = [str(job["source_id"]) for job in stack.jobs()]
    wiped = ui.ask(WIPE, r=[{"assetKey": {"path": ["fill_scores"]}}])
    assert wiped["__typename"] == "AssetWipeSuccess", wiped
    assert ui.materialized("fill_scores") == 0
    assert ui.backfill(("fill_scores",), keys) == ["SUCCESS"]
    assert ui.materialized("fill_scores") == SUBMISSIONS


def test_assets_say_what_they_are(stack: LocalStack):
    ui = DagsterUi(stack.ui_url)
    for asset in ASSETS:
        node = ui.ask(METADATA, k={"path": [asset]})
        assert node["description"]
        assert node["groupName"] == "submissions"
        assert node["owners"] == [{"team": "platform"}]
        assert node["kinds"]
    labels = [
        entry["label"]
        for entry in ui.ask(METADATA, k={"path": ["omr_answers"]})["assetMaterializations"][0]["metadataEntries"]
    ]
    assert {"flagged", "identifier", "answers", "mean_confidence", "overlay_url"} <= set(labels)
