"""What Dagster itself costs: seconds a run took, and milliseconds an event, stock storage beside ours."""

import contextlib
import logging
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from academy_pipelines.defs.event_log.batches import log_materializations

EVENT_PARTITIONS = 200
STOCK = {"module": "dagster._core.storage.event_log", "class": "SqliteEventLogStorage"}
BATCHED = {"module": "academy_pipelines.defs.event_log.sqlite", "class": "BatchSqliteEventLogStorage"}


@dataclass(frozen=True, slots=True)
class RunTimes:
    """Medians over the runs of a stack, in seconds."""

    runs: int
    waiting_s: float
    running_s: float


def run_times(folder: Path) -> RunTimes:
    """Return how long the runs of the Dagster instance in `folder` waited and worked."""
    with contextlib.chdir(folder), dg.DagsterInstance.from_config(str(folder)) as instance:
        records = [r for r in instance.get_run_records() if r.start_time and r.end_time]
    waited = sorted((record.start_time or 0) - record.create_timestamp.timestamp() for record in records)
    worked = sorted((record.end_time or 0) - (record.start_time or 0) for record in records)
    middle = len(records) // 2
    return RunTimes(len(records), waited[middle], worked[middle])


def event_ms(*, batched: bool) -> float:
    """Return the milliseconds that planning and materialising one partition costs the event log."""
    with tempfile.TemporaryDirectory() as name, _instance(Path(name), BATCHED if batched else STOCK) as instance:
        logging.disable(logging.CRITICAL)
        keys = [f"key-{index}" for index in range(EVENT_PARTITIONS)]
        partitions = dg.DynamicPartitionsDefinition(name="bench")
        instance.add_dynamic_partitions("bench", keys)
        tags = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
        job = dg.Definitions(
            assets=[_logging_asset(partitions, keys, batched=batched)]
        ).resolve_implicit_global_asset_job_def()
        started = time.perf_counter()
        job.execute_in_process(instance=instance, tags=tags)
        logging.disable(logging.NOTSET)
        return (time.perf_counter() - started) * 1000 / (2 * EVENT_PARTITIONS)


def _logging_asset(
    partitions: dg.DynamicPartitionsDefinition, keys: list[str], *, batched: bool
) -> dg.AssetsDefinition:
    @dg.op(name="log_events", out=dg.Out(dg.Nothing, is_required=False))
    def log_events(context: dg.OpExecutionContext) -> Iterator[dg.Output[Any]]:
        events = [dg.AssetMaterialization("log_events", partition=key) for key in keys]
        if batched:
            log_materializations(context, events)
        else:
            for event in events:
                context.log_event(event)
        yield from ()

    return dg.AssetsDefinition.from_op(log_events, partitions_def=partitions)


@contextlib.contextmanager
def _instance(folder: Path, storage: dict[str, str]) -> Generator[dg.DagsterInstance]:
    def sqlite(kind: str, name: str) -> dict[str, Any]:
        return {"module": f"dagster._core.storage.{kind}", "class": name, "config": {"base_dir": str(folder / kind)}}

    overrides = {
        "event_log_storage": {**storage, "config": {"base_dir": str(folder / "events")}},
        "run_storage": sqlite("runs", "SqliteRunStorage"),
        "schedule_storage": sqlite("schedules", "SqliteScheduleStorage"),
    }
    with dg.instance_for_test(overrides, temp_dir=str(folder)) as instance:
        yield instance
