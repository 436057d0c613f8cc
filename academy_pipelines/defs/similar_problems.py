"""Possible duplicates in the problem bank, and problems that differ in their numbers only, for a person to judge.

Nothing is merged: two questions with the same words may be meant to be two.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

import dagster as dg

from academy_pipelines.defs import retries
from academy_pipelines.defs.document_work import DocumentWork, SimilarPair
from academy_pipelines.defs.jobs import LIST_SIMILAR_PROBLEMS, OWNERS

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

ROWS_SHOWN = 50
EXCERPT_CHARS = 80
NIGHTLY = "0 4 * * *"
NIGHTLY_IN = "Asia/Seoul"
KINDS = {
    "exact_duplicate": "the same text",
    "possible_duplicate": "possible duplicate",
    "number_twin": "the same with other numbers",
}


@dg.asset(
    name="similar_problems",
    deps=["problem_embeddings"],
    group_name="documents",
    kinds={"python", "numpy"},
    owners=OWNERS,
    code_version="1",
    retry_policy=retries.STORE,
    description="Pairs of problems of the bank that a person should look at: copies, near copies, twins by numbers.",
)
def similar_problems(documents: dg.ResourceParam[DocumentWork]) -> dg.MaterializeResult[Any]:
    """Compare all problems of the bank's space with each other, and keep the list."""
    pairs, path = documents.list_similar_problems()
    counts = Counter(pair.kind for pair in pairs)
    return dg.MaterializeResult(
        metadata={
            **{kind: counts[kind] for kind in KINDS},
            "pairs": dg.MetadataValue.md(table(pairs[:ROWS_SHOWN])),
            "list_path": dg.MetadataValue.path(path),
        }
    )


def similar_problems_job() -> "UnresolvedAssetJobDefinition":
    """Return the job that lists similar problems; it may be run at any time."""
    return dg.define_asset_job(
        LIST_SIMILAR_PROBLEMS,
        selection=dg.AssetSelection.assets(similar_problems),
        executor_def=dg.in_process_executor,
        tags={"academy/workload": "documents", "dagster/max_runtime": "3600"},
        owners=OWNERS,
        description="Compare all problems of the bank with each other.",
    )


def similar_problems_schedule(job: "UnresolvedAssetJobDefinition") -> dg.ScheduleDefinition:
    """Return the schedule that lists them every night."""
    return dg.ScheduleDefinition(
        name=LIST_SIMILAR_PROBLEMS,
        job=job,
        cron_schedule=NIGHTLY,
        execution_timezone=NIGHTLY_IN,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        owners=OWNERS,
        description="A fresh list of possible duplicates every morning.",
    )


def table(pairs: list[SimilarPair]) -> str:
    """Return pairs as a table in Markdown."""
    rows = [
        f"| {KINDS[pair.kind]} | {pair.similarity:.2f} | {pair.first_id} | {pair.second_id} | {_excerpt(pair.text)} |"
        for pair in pairs
    ]
    return "\n".join(["| what | similarity | problem | other | text |", "|---|---|---|---|---|", *rows])


def _excerpt(text: str) -> str:
    one_line = " ".join(text.split())[:EXCERPT_CHARS]
    return "".join(f"\\{character}" if character in "|\\`*_<>[]" else character for character in one_line)
