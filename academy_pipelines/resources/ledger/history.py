"""What is over: submissions that nobody waits for any more. Nothing here changes or deletes a row."""

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from academy_pipelines.resources.ledger.database import Database, chunks
from academy_pipelines.resources.ledger.tables import JobState, jobs, leases


class History:
    """The view back."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def idle_s(self, submissions: Iterable[str]) -> dict[str, float]:
        """Return for each settled one among `submissions` how many seconds ago it was last worked on.

        A submission is settled when it has jobs, all of them are delivered or dead, and no run holds its lease.
        """
        now_s = self._clock()
        unsettled = sa.func.sum(sa.case((jobs.c.state.in_([JobState.DELIVERED, JobState.DEAD]), 0), else_=1))
        last_s = sa.func.max(sa.func.coalesce(jobs.c.delivered_at, jobs.c.finished_at, jobs.c.claimed_at))
        held = sa.exists().where(leases.c.subject == jobs.c.submission, leases.c.expires_at > now_s)
        query = sa.select(jobs.c.submission, last_s).where(~held).group_by(jobs.c.submission).having(unsettled == 0)
        idle: dict[str, float] = {}
        for chunk in chunks(submissions):
            with self._database.transaction() as connection:
                rows = connection.execute(query.where(jobs.c.submission.in_(chunk)))
                idle |= {submission: now_s - then_s for submission, then_s in rows}
        return idle
