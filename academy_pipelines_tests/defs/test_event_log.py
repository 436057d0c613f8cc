"""The batching storages must store what Dagster's own storage stores: this suite fails on an incompatible upgrade."""

import dagster as dg
import pytest

from academy_pipelines.defs.event_log import batches

KEYS = ("a", "b", "c")
PARTITIONS = dg.DynamicPartitionsDefinition(name="letters")
POSTGRES = "academy_pipelines.defs.event_log.postgres"
STOCK = {"module": "dagster._core.storage.event_log", "class": "SqliteEventLogStorage"}
OURS = {"module": "academy_pipelines.defs.event_log.sqlite", "class": "BatchSqliteEventLogStorage"}


@dg.op(out={name: dg.Out(dg.Nothing, is_required=False) for name in ("scan", "answers")})
def read(context: dg.OpExecutionContext):
    made = [dg.AssetMaterialization("scan", partition=key, metadata={"position": i}) for i, key in enumerate(KEYS)]
    made += [dg.AssetMaterialization("answers", partition=key, tags={"origin": key}) for key in KEYS[:2]]
    batches.log_materializations(context, made)
    raise dg.Failure("c has no answers", allow_retries=False)
    yield


@dg.graph(out={"scan": dg.GraphOut(), "answers": dg.GraphOut()})
def reading():
    scan, answers = read()
    return {"scan": scan, "answers": answers}


def sqlite_storages(event_log: dict, folder) -> dict:
    def storage(kind: str, name: str) -> dict:
        return {"module": f"dagster._core.storage.{kind}", "class": name, "config": {"base_dir": str(folder / kind)}}

    return {
        "event_log_storage": {**event_log, "config": {"base_dir": str(folder / "events")}},
        "run_storage": storage("runs", "SqliteRunStorage"),
        "schedule_storage": storage("schedules", "SqliteScheduleStorage"),
    }


def postgres_storages(module: str, name: str, url: str) -> dict:
    config = {"postgres_url": url}
    return {
        "event_log_storage": {"module": module, "class": name, "config": config},
        "run_storage": {"module": "dagster_postgres.run_storage", "class": "PostgresRunStorage", "config": config},
        "schedule_storage": {
            "module": "dagster_postgres.schedule_storage",
            "class": "PostgresScheduleStorage",
            "config": config,
        },
    }


def what_is_stored(overrides: dict, folder, monkeypatch) -> dict:
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

    monkeypatch.delenv(batches.BATCH_SIZE_VARIABLE, raising=False)
    folder.mkdir()
    assets = dg.AssetsDefinition.from_graph(
        reading, internal_asset_deps={"answers": {dg.AssetKey("scan")}, "scan": set()}, partitions_def=PARTITIONS
    )
    with dg.instance_for_test(overrides, temp_dir=str(folder)) as instance:
        instance.add_dynamic_partitions("letters", list(KEYS))
        tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "c"}
        run = dg.materialize([assets], instance=instance, tags=tags, raise_on_error=False)
        seen: dict = {"storage": type(instance.event_log_storage).__name__}
        for name in ("scan", "answers"):
            key = dg.AssetKey(name)
            cache = get_and_update_asset_status_cache_value(instance, key, PARTITIONS, instance)
            records = instance.fetch_materializations(key, limit=10).records
            seen[name] = {
                "materialized": sorted(instance.get_materialized_partitions(key)),
                "failed": sorted(cache.deserialize_failed_partition_subsets(PARTITIONS).get_partition_keys()),
                "events": sorted((r.partition_key, str(r.asset_materialization.metadata)) for r in records),
                "planned": len(instance.fetch_planned_materializations(key, limit=10).records),
                "latest": instance.get_latest_materialization_event(key).dagster_event.partition,
                "tags": sorted(str(instance.get_event_tags_for_asset(key))),
                "in_run": len(instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)),
            }
        return seen


def test_a_batch_is_stored_exactly_as_single_events_are(tmp_path, monkeypatch):
    stock = what_is_stored(sqlite_storages(STOCK, tmp_path / "stock"), tmp_path / "stock", monkeypatch)
    ours = what_is_stored(sqlite_storages(OURS, tmp_path / "ours"), tmp_path / "ours", monkeypatch)
    assert ours.pop("storage") == "BatchSqliteEventLogStorage"
    assert stock.pop("storage") == "SqliteEventLogStorage"
    assert ours == stock
    assert ours["answers"]["failed"] == ["c"]
    assert ours["scan"]["materialized"] == ["a", "b", "c"]


def test_postgresql_stores_a_batch_exactly_as_sqlite_does(tmp_path, monkeypatch, postgres_url):
    ours = what_is_stored(
        postgres_storages(POSTGRES, "BatchPostgresEventLogStorage", postgres_url), tmp_path / "ours", monkeypatch
    )
    stock = what_is_stored(sqlite_storages(STOCK, tmp_path / "stock"), tmp_path / "stock", monkeypatch)
    assert ours.pop("storage") == "BatchPostgresEventLogStorage"
    stock.pop("storage")
    assert ours == stock


def test_a_batch_takes_a_fixed_number_of_transactions(tmp_path, monkeypatch):
    from academy_pipelines.defs.event_log.sqlite import BatchSqliteEventLogStorage

    stored: list[int] = []
    original = BatchSqliteEventLogStorage.store_event_batch

    def counting(self, events):
        stored.append(len(events))
        original(self, events)

    monkeypatch.setattr(BatchSqliteEventLogStorage, "store_event_batch", counting)
    what_is_stored(sqlite_storages(OURS, tmp_path / "ours"), tmp_path / "ours", monkeypatch)
    assert sorted(stored) == [2, 3, 6]


@pytest.mark.parametrize("size", ["0", "7"])
def test_an_operator_may_choose_another_batch_size(monkeypatch, size: str):
    monkeypatch.setenv(batches.BATCH_SIZE_VARIABLE, size)
    batches.enable_batches()
    import os

    assert os.environ[batches.BATCH_SIZE_VARIABLE] == size
