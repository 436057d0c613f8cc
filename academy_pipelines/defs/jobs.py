"""Jobs: what a sensor asks for by name."""

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

GRADE_SUBMISSIONS = "grade_submissions"
APPLY_REVIEWS = "apply_reviews"

OWNERS = ["team:platform"]
"""Who is asked about a job, a sensor or a schedule."""


def grading_job(assets: dg.AssetsDefinition) -> "UnresolvedAssetJobDefinition":
    """Return the job that takes a batch of submissions from picture to accepted result.

    A run that dies is not run again by Dagster: the ledger takes its submissions back and forms a smaller batch.
    """
    return dg.define_asset_job(
        GRADE_SUBMISSIONS,
        selection=dg.AssetSelection.assets(*assets.keys),
        executor_def=dg.in_process_executor,
        tags={"academy/workload": "submissions", "dagster/max_retries": "0", "dagster/max_runtime": "1800"},
        owners=OWNERS,
        description="Grade a batch of answer sheets and hand the results back.",
    )
