"""Take claims in: a job is durable before the next one is claimed."""

from collections.abc import Callable

import sqlalchemy as sa

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.resources.ledger.database import Database
from academy_pipelines.resources.ledger.tables import JobState, jobs


class Inbox:
    """The door in."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def accept(self, job: AiJob, *, source: str, receipt: str = "") -> bool:
        """Commit a claim; True when the job is new to us.

        A job that arrives again brings a fresh payload (its links live longer). If it was already
        delivered, the back end has not seen the result: it is put back for delivery, unless it is dead.
        """
        with self._database.transaction() as connection:
            row = connection.execute(sa.select(jobs.c.state, jobs.c.result).where(jobs.c.job_id == job.id)).first()
            if row is None:
                connection.execute(sa.insert(jobs).values(self._row(connection, job, source, receipt)))
                return True
            again: dict[str, object] = {"payload": job.payload, "receipt": receipt}
            if row.state == JobState.DELIVERED:
                again["state"] = JobState.DONE if row.result is not None else JobState.FAILED
            connection.execute(sa.update(jobs).where(jobs.c.job_id == job.id).values(again))
            return False

    def state_of(self, job_id: str) -> JobState | None:
        """Return where a job stands; None if it was never claimed."""
        with self._database.transaction() as connection:
            state = connection.execute(sa.select(jobs.c.state).where(jobs.c.job_id == job_id)).scalar()
        return JobState(state) if state is not None else None

    def _row(self, connection: sa.Connection, job: AiJob, source: str, receipt: str) -> dict[str, object]:
        last = connection.execute(sa.select(sa.func.max(jobs.c.sequence))).scalar() or 0
        return {
            "job_id": job.id,
            "sequence": last + 1,
            "source": source,
            "receipt": receipt,
            "type": job.type,
            "submission": job.source_id,
            "payload": job.payload,
            "state": JobState.CLAIMED,
            "attempts": 0,
            "max_attempts": max(1, job.max_attempts - job.attempt),
            "exhausted": False,
            "not_before": 0.0,
            "claimed_at": self._clock(),
            "deliveries": 0,
        }
