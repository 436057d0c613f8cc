"""Dagster's PostgreSQL event log, which batches planned events too."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.utils import get_token_provider_from_config, pg_url_from_config
from typing_extensions import override

from academy_pipelines.defs.event_log.batches import enable_batches


class BatchPostgresEventLogStorage(PostgresEventLogStorage):
    """The stock storage, which batches materializations, extended to planned ones."""

    @classmethod
    @override
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "BatchPostgresEventLogStorage":
        """Build the storage from `dagster.yaml`; the stock method names its own class."""
        enable_batches()
        return cls(
            inst_data=inst_data,
            postgres_url=pg_url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            token_provider=get_token_provider_from_config(config_value),
        )

    @override
    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store the events of one batch in one transaction."""
        if {event.dagster_event_type for event in events} != {DagsterEventType.ASSET_MATERIALIZATION_PLANNED}:
            super().store_event_batch(events)
            return
        with self._connect() as connection:
            insert = self.prepare_insert_event_batch(events).returning(SqlEventLogStorageTable.c.id)
            ids = [row[0] for row in connection.execute(insert).fetchall()]
        last = {e.get_dagster_event().asset_key: (e, i) for e, i in zip(events, ids, strict=True)}
        with self.index_transaction() as connection:
            for event, event_id in last.values():
                self._store_asset_event(connection, event, event_id)
