"""What a platform engineer does in the Dagster UI, by the GraphQL calls that the UI itself sends."""

from collections.abc import Iterator
from dataclasses import dataclass
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
pytestmark = [pytest.mark.timeout(500), pytest.mark.xdist_group("backfills")]

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

    def launch(self, assets: tuple[str, ...], partitions: list[str]) -> str:
        """Launch a backfill; returns its id."""
        selection = [{"path": [asset]} for asset in assets]
        launched = self.ask(LAUNCH, p={"assetSelection": selection, "partitionNames": partitions})
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return launched["backfillId"]

    def statuses(self, backfill_id: str) -> tuple[str, list[str]]:
        """Return where a backfill stands, and each of its runs."""
        tags = {"tags": [{"key": "dagster/backfill", "value": backfill_id}]}
        runs = [run["status"] for run in self.ask(RUNS, f=tags)["results"]]
        return self.ask(STATUS, id=backfill_id)["status"], runs

    def materialized(self, asset: str) -> int:
        return self.ask(PARTITIONS, k={"path": [asset]})["partitionStats"]["numMaterialized"]


@dataclass(frozen=True)
class Backfills:
    """Three backfills that a person launched, each over, and what they left."""

    ui: DagsterUi
    statuses: dict[str, tuple[str, list[str]]]
    deliveries: list[int]
    wiped: int


@pytest.fixture(scope="module")
def backfills(tmp_path_factory, databases: Path) -> Iterator[Backfills]:
    """A range, one partition of one asset, and what is missing of an asset: launched at once."""
    folder = tmp_path_factory.mktemp("stack")
    with LocalStack(folder, REPOSITORY / "dagster.yaml", databases=databases) as stack:
        offer_sheets(stack, SUBMISSIONS)
        stack.start_sandbox()
        stack.start_daemon()
        stack.start_webserver()
        stack.wait_until_open("sandbox", f"{stack.api_url}/healthz")
        stack.wait_until_open("webserver", f"{stack.ui_url}/server_info")
        stack.wait_until_settled(120)
        ui = DagsterUi(stack.ui_url)
        wait_until(lambda: ui.materialized("omr_result") == SUBMISSIONS, 30, "the first grading")
        keys = [str(job["source_id"]) for job in stack.jobs()]
        wiped = ui.ask(WIPE, r=[{"assetKey": {"path": ["fill_scores"]}}])
        assert wiped["__typename"] == "AssetWipeSuccess", wiped
        left = ui.materialized("fill_scores")
        launched = {
            "range": ui.launch(ASSETS, keys[:4]),
            "one": ui.launch(("aligned_sheet",), keys[4:5]),
            "missing": ui.launch(("fill_scores",), keys[4:]),
        }
        for backfill_id in launched.values():
            wait_until(lambda at=backfill_id: ui.statuses(at)[0] != "REQUESTED", 120, "the end of a backfill")
        statuses = {name: ui.statuses(backfill_id) for name, backfill_id in launched.items()}
        yield Backfills(ui, statuses, [job["duplicate_posts"] for job in stack.jobs()], left)


@pytest.mark.parametrize("name", ["range", "one", "missing"])
def test_a_backfill_is_one_run_that_succeeds(backfills: Backfills, name: str):
    assert backfills.statuses[name] == ("COMPLETED_SUCCESS", ["SUCCESS"])


def test_only_a_backfill_of_the_result_delivers_again(backfills: Backfills):
    assert backfills.deliveries == [1, 1, 1, 1, 0, 0]


def test_partitions_that_are_missing_are_filled(backfills: Backfills):
    assert backfills.wiped == 0
    assert backfills.ui.materialized("fill_scores") == SUBMISSIONS


def test_assets_say_what_they_are(backfills: Backfills):
    ui = backfills.ui
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
