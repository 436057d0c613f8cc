"""Hand results back: what is finished stays here until the back end has accepted it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from academy_pipelines.resources.ledger.database import Database, chunks
from academy_pipelines.resources.ledger.tables import JobState, jobs, leases

REDELIVERY_DELAY_S = (5.0, 15.0, 60.0, 300.0)
"""Pause after the first, second, … failed delivery; the last one repeats until the back end answers."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One finished job on its way back: `result` is None exactly when it failed.

    `exhausted` says that it failed for a reason that time might have healed, but its attempts are used up.
    """

    job_id: str
    type: str
    submission: str
    source: str
    receipt: str
    result: Mapping[str, Any] | None
    error_code: str | None
    error: str | None
    exhausted: bool


_PARCEL = (
    jobs.c.job_id,
    jobs.c.type,
    jobs.c.submission,
    jobs.c.source,
    jobs.c.receipt,
    jobs.c.result,
    jobs.c.error_code,
    jobs.c.error,
    jobs.c.exhausted,
)

_DELIVERED = (
    sa.update(jobs)
    .where(jobs.c.job_id == sa.bindparam("key"))
    .values(state=JobState.DELIVERED, delivered_at=sa.bindparam("now"), secrets=sa.null())
    .values(deliveries=jobs.c.deliveries + 1)
)


class Outbox:
    """The door out."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def of(self, job_ids: Iterable[str]) -> list[Parcel]:
        """Return the finished, undelivered ones among `job_ids`."""
        return [parcel for chunk in chunks(job_ids) for parcel in self._finished(None, jobs.c.job_id.in_(chunk))]

    def abandoned(self, limit: int) -> list[Parcel]:
        """Return finished jobs whose delivery is due and that no run holds, in order of claim."""
        held = sa.exists().where(leases.c.subject == jobs.c.submission, leases.c.expires_at > self._clock())
        return self._finished(limit, jobs.c.not_before <= self._clock(), ~held)

    def delivered(self, job_id: str) -> None:
        """The back end has accepted it; what was secret in its payload is erased."""
        with self._database.transaction() as connection:
            connection.execute(_DELIVERED, {"key": job_id, "now": self._clock()})

    def postpone(self, job_id: str) -> None:
        """The back end did not answer: try again later."""
        with self._database.transaction() as connection:
            tries = connection.execute(sa.select(jobs.c.deliveries).where(jobs.c.job_id == job_id)).scalar_one() + 1
            delay_s = REDELIVERY_DELAY_S[min(tries, len(REDELIVERY_DELAY_S)) - 1]
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.job_id == job_id)
                .values(deliveries=tries, not_before=self._clock() + delay_s)
            )

    def bury(self, job_id: str, reason: str) -> None:
        """The back end will never accept it: the job is dead, and says why."""
        with self._database.transaction() as connection:
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.job_id == job_id)
                .values(state=JobState.DEAD, error_code="undeliverable", error=reason, secrets=sa.null())
            )

    def _finished(self, limit: int | None, *only: sa.ColumnElement[bool]) -> list[Parcel]:
        query = (
            sa.select(*_PARCEL)
            .where(jobs.c.state.in_([JobState.DONE, JobState.FAILED]), *only)
            .order_by(jobs.c.sequence)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return [Parcel(*row) for row in connection.execute(query)]
