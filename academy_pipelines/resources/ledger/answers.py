"""Who waits for which batch of a language model: jobs that go on by themselves, or assets that somebody asked for."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa

from academy_pipelines.resources.ledger.database import Database, chunks
from academy_pipelines.resources.ledger.tables import JobState, answer_batches, jobs

PATIENCE_S = 26 * 3600.0
"""A batch takes a day at most; a job that was forgotten goes on without it after this long."""


@dataclass(frozen=True, slots=True)
class AwaitedBatch:
    """One batch under way: jobs of the ledger that wait, or `assets` of Dagster's `partitions`."""

    batch_id: str
    jobs: tuple[str, ...] = ()
    partitions: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()


class Answers:
    """The list of batches under way; every method is one transaction."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def wait_for(self, batch: AwaitedBatch) -> None:
        """A batch was handed in: its running jobs wait for it, without an attempt being counted."""
        now = self._clock()
        row = {
            "batch_id": batch.batch_id,
            "handed_in_at": now,
            "jobs": list(batch.jobs),
            "partitions": list(batch.partitions),
            "assets": list(batch.assets),
        }
        waiting = {"state": JobState.CLAIMED, "batch_id": None, "run_id": None, "not_before": now + PATIENCE_S}
        with self._database.transaction() as connection:
            connection.execute(sa.insert(answer_batches), [row])
            for chunk in chunks(batch.jobs):
                running = sa.and_(jobs.c.job_id.in_(chunk), jobs.c.state == JobState.RUNNING)
                connection.execute(sa.update(jobs).where(running).values(waiting))

    def awaited(self) -> list[AwaitedBatch]:
        """Return the batches under way, the first one handed in first."""
        columns = answer_batches.c
        query = sa.select(columns.batch_id, columns.jobs, columns.partitions, columns.assets)
        with self._database.transaction() as connection:
            rows = connection.execute(query.order_by(columns.handed_in_at)).all()
        return [AwaitedBatch(row[0], *(tuple(names) for names in row[1:])) for row in rows]

    def over(self, batch_id: str, job_ids: Collection[str]) -> None:
        """Nothing more comes of a batch: what waits for it goes on."""
        with self._database.transaction() as connection:
            connection.execute(sa.delete(answer_batches).where(answer_batches.c.batch_id == batch_id))
            for chunk in chunks(job_ids):
                waiting = sa.and_(jobs.c.job_id.in_(chunk), jobs.c.state == JobState.CLAIMED)
                connection.execute(sa.update(jobs).where(waiting).values(not_before=0.0))
