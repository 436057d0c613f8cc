"""Log materializations of many partitions as one batch an asset."""

import os
from collections import defaultdict
from collections.abc import Iterable

import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id

BATCH_SIZE_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
EVENTS_PER_BATCH = "1000"


def enable_batches() -> None:
    """Make Dagster hand events to the storage in batches, in this process and its children.

    Called when a batching storage is built, so that daemon, webserver and runs agree without set-up.
    """
    os.environ.setdefault(BATCH_SIZE_VARIABLE, EVENTS_PER_BATCH)


def log_materializations(context: dg.OpExecutionContext, events: Iterable[dg.AssetMaterialization]) -> None:
    """Log every event like `context.log_event`, in one storage batch for each asset."""
    step = context.get_step_execution_context()
    by_asset: dict[dg.AssetKey, list[dg.AssetMaterialization]] = defaultdict(list)
    for event in events:
        by_asset[event.asset_key].append(event)
    for group in by_asset.values():
        batch_id = generate_event_batch_id()
        for index, event in enumerate(group, start=1):
            metadata = DagsterEventBatchMetadata(batch_id, is_end=index == len(group))
            DagsterEvent.asset_materialization(step, event, metadata)
