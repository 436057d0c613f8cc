"""Jobs: what a sensor asks for by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

GRADE_SUBMISSIONS = "grade_submissions"
READ_DOCUMENTS = "read_documents"
PRINT_NOTES = "print_wrong_notes"
LOOK_AT_HOMEWORK = "look_at_homework_videos"
FIND_HANDWRITING = "find_handwriting"
LIST_SIMILAR_PROBLEMS = "list_similar_problems"
APPLY_REVIEWS = "apply_reviews"
PUBLISH_VIDEO = "publish_video"

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


def reading_job(assets: dg.AssetsDefinition) -> "UnresolvedAssetJobDefinition":
    """Return the job that takes a batch of documents from file or text to accepted result; as `grading_job`."""
    return dg.define_asset_job(
        READ_DOCUMENTS,
        selection=dg.AssetSelection.assets(*assets.keys),
        executor_def=dg.in_process_executor,
        tags={"academy/workload": "documents", "dagster/max_retries": "0", "dagster/max_runtime": "7200"},
        owners=OWNERS,
        description="Read a batch of documents, cut them into questions, write problems, and hand the results back.",
    )


def one_step_job(name: str, assets: dg.AssetsDefinition, description: str) -> "UnresolvedAssetJobDefinition":
    """Return the job that makes a batch of an asset and hands the results back; as `grading_job`."""
    return dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*assets.keys),
        executor_def=dg.in_process_executor,
        tags={"academy/workload": name, "dagster/max_retries": "0", "dagster/max_runtime": "3600"},
        owners=OWNERS,
        description=description,
    )


def publishing_job(assets: Sequence[dg.AssetsDefinition], longest_s: float) -> "UnresolvedAssetJobDefinition":
    """Return the job that takes one video from its source to an accepted package.

    A run that dies, or lasts longer than `longest_s` seconds, is not run again by Dagster: the ledger takes its video
    back and asks for another run.
    """
    longest = str(round(longest_s))
    return dg.define_asset_job(
        PUBLISH_VIDEO,
        selection=dg.AssetSelection.assets(*assets),
        executor_def=dg.in_process_executor,
        tags={"academy/workload": "video", "dagster/max_retries": "0", "dagster/max_runtime": longest},
        owners=OWNERS,
        description="Encode a lecture video, prove and publish the package, and tell the back end.",
    )
