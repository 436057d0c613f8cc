"""Log materializations of many partitions as one batch an asset."""

import logging
import os
from collections import defaultdict
from collections.abc import Iterable

import dagster as dg
from dagster._core.events import (
    DagsterEvent,
    DagsterEventBatchMetadata,
    DagsterEventType,
    StepMaterializationData,
    generate_event_batch_id,
)

BATCH_SIZE_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
EVENTS_PER_BATCH = "1000"


def enable_batches() -> None:
    """Make Dagster hand events to the storage in batches, in this process and its children.

    Called when a batching storage is built, so that daemon, webserver and runs agree without set-up.
    """
    os.environ.setdefault(BATCH_SIZE_VARIABLE, EVENTS_PER_BATCH)


def log_materializations(context: dg.OpExecutionContext, events: Iterable[dg.AssetMaterialization]) -> None:
    """Log every event like `context.log_event`, in one storage batch for each asset and past all loggers."""
    by_asset: dict[dg.AssetKey, list[dg.AssetMaterialization]] = defaultdict(list)
    for event in events:
        by_asset[event.asset_key].append(event)
    for group in by_asset.values():
        batch_id = generate_event_batch_id()
        for index, event in enumerate(group, start=1):
            metadata = DagsterEventBatchMetadata(batch_id, is_end=index == len(group))
            logged = _materialized(context, event)
            context.instance.report_dagster_event(logged, context.run_id, logging.DEBUG, metadata)


def _materialized(context: dg.OpExecutionContext, event: dg.AssetMaterialization) -> DagsterEvent:
    step = context.get_step_execution_context()
    return DagsterEvent(
        event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
        job_name=step.job_name,
        step_handle=step.step.handle,
        node_handle=step.step.node_handle,
        step_kind_value=step.step.kind.value,
        logging_tags=step.event_tags,
        event_specific_data=StepMaterializationData(event),
        message=f"Materialized {event.asset_key.to_user_string()} of {event.partition}.",
        pid=os.getpid(),
    )
