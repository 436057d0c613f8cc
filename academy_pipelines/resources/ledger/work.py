"""Who may work on what: batches, leases, and what became of the work."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from academy_pipelines.errors import AcademyError
from academy_pipelines.resources.ledger.database import Database, chunks
from academy_pipelines.resources.ledger.records import QUEUED, RECORD, JobRecord, QueuedJob
from academy_pipelines.resources.ledger.tables import JobState, jobs, leases

RETRY_DELAY_S = (5.0, 30.0, 120.0)
"""Pause before the second, third and every later attempt of a job."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a job failed: machine-readable code, a sentence for people, and whether time may heal it."""

    code: str
    message: str
    retryable: bool = False

    @classmethod
    def of(cls, error: AcademyError) -> "Problem":
        """Return the problem that an error states."""
        return cls(error.code, str(error), error.retryable)


class Work:
    """The workbench: every method is one transaction."""

    def __init__(self, database: Database, clock: Callable[[], float], lease_s: float, max_attempts: int) -> None:
        self._database = database
        self._clock = clock
        self._lease_s = lease_s
        self._max_attempts = max_attempts

    @property
    def lease_s(self) -> float:
        """How long a run may be silent."""
        return self._lease_s

    def waiting(self, limit: int, types: Collection[str] | None = None) -> list[QueuedJob]:
        """Return up to `limit` jobs (of these types) that may be batched, oldest first, at most one a submission."""
        ahead = jobs.alias("ahead")
        blocked = sa.exists().where(
            ahead.c.submission == jobs.c.submission,
            ahead.c.state.in_([JobState.CLAIMED, JobState.RUNNING]),
            ahead.c.sequence < jobs.c.sequence,
        )
        query = (
            sa.select(*QUEUED)
            .where(jobs.c.state == JobState.CLAIMED, jobs.c.batch_id.is_(None), _of(types))
            .where(jobs.c.not_before <= self._clock(), ~blocked)
            .order_by(jobs.c.sequence)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return [QueuedJob(*row) for row in connection.execute(query)]

    def assign(self, batch_id: str, job_ids: Collection[str]) -> None:
        """Make the jobs members of a batch."""
        self._update(job_ids, {"batch_id": batch_id}, jobs.c.state == JobState.CLAIMED)

    def dissolve(self, batch_id: str) -> None:
        """Let the jobs of a batch that no run has started on wait for another batch."""
        with self._database.transaction() as connection:
            unstarted = sa.and_(jobs.c.batch_id == batch_id, jobs.c.state == JobState.CLAIMED)
            connection.execute(sa.update(jobs).where(unstarted).values(batch_id=None))

    def unstarted_batches(self, types: Collection[str] | None = None) -> dict[str, list[QueuedJob]]:
        """Return the members of every batch (of jobs of these types) that no run has started on, in order of claim."""
        query = (
            sa.select(jobs.c.batch_id, *QUEUED)
            .where(jobs.c.state == JobState.CLAIMED, jobs.c.batch_id.is_not(None), _of(types))
            .order_by(jobs.c.sequence)
        )
        batches: dict[str, list[QueuedJob]] = {}
        with self._database.transaction() as connection:
            for batch_id, *job in connection.execute(query):
                batches.setdefault(batch_id, []).append(QueuedJob(*job))
        return batches

    def members(self, batch_id: str) -> set[str]:
        """Return the submissions of a batch."""
        query = sa.select(jobs.c.submission).where(jobs.c.batch_id == batch_id)
        with self._database.transaction() as connection:
            return set(connection.execute(query).scalars())

    def start(self, submissions: Collection[str], run_id: str, types: Collection[str] | None = None) -> list[JobRecord]:
        """Lease the submissions to a run and return each one's job (of these types), now running.

        A submission that another run holds, or that no such job ever named, is left out. Of several jobs the oldest
        unfinished one is taken, else the newest. Starting again in the same run is harmless.
        """
        with self._database.transaction() as connection:
            started = _jobs_of(connection, self._lease(connection, submissions, run_id), types)
            for chunk in chunks([record.job_id for record in started]):
                connection.execute(
                    sa.update(jobs)
                    .where(jobs.c.job_id.in_(chunk))
                    .values(state=JobState.RUNNING, run_id=run_id, started_at=self._clock())
                )
        return started

    def look_up(self, submissions: Collection[str], types: Collection[str] | None = None) -> list[JobRecord]:
        """Return each submission's job as `start` would choose it, without leasing or changing anything."""
        with self._database.transaction() as connection:
            return _jobs_of(connection, submissions, types)

    def hold(self, submissions: Collection[str], run_id: str) -> list[str]:
        """Lease the submissions to a run without starting a job; returns those that no other run holds."""
        with self._database.transaction() as connection:
            return self._lease(connection, submissions, run_id)

    def renew(self, run_id: str) -> bool:
        """Push the run's leases into the future; False if it holds none, because another run took over."""
        with self._database.transaction() as connection:
            renewed = connection.execute(
                sa.update(leases).where(leases.c.owner == run_id).values(expires_at=self._clock() + self._lease_s)
            )
            return renewed.rowcount > 0

    def release(self, run_id: str) -> None:
        """Give the run's leases back."""
        with self._database.transaction() as connection:
            connection.execute(sa.delete(leases).where(leases.c.owner == run_id))

    def finish(self, run_id: str, results: Mapping[str, Mapping[str, Any] | BaseModel]) -> None:
        """Commit results by job id; from here on they will be delivered. A job taken from the run is left alone."""
        now = self._clock()
        update = (
            sa.update(jobs)
            .where(jobs.c.job_id == sa.bindparam("key"), jobs.c.state == JobState.RUNNING, jobs.c.run_id == run_id)
            .values(state=JobState.DONE, finished_at=now, error=None, error_code=None, exhausted=False, not_before=0.0)
            .values(result=sa.bindparam("value"))
        )
        if results:
            with self._database.transaction() as connection:
                connection.execute(update, [{"key": key, "value": value} for key, value in results.items()])

    def fail(self, problems: Mapping[str, Problem], run_id: str | None = None) -> None:
        """Commit failures by job id: for good, or to be tried again later while attempts are left.

        With a run's id, a job that was taken from the run is left alone.
        """
        mine = () if run_id is None else (jobs.c.run_id == run_id,)
        with self._database.transaction() as connection:
            for job_id, problem in problems.items():
                self._fail_one(connection, job_id, problem, *mine)

    def owners(self) -> dict[str, bool]:
        """Return the runs that hold a lease or a running job, and whether each still renews its lease."""
        running = sa.select(jobs.c.run_id).where(jobs.c.state == JobState.RUNNING, jobs.c.run_id.is_not(None))
        holding = sa.select(leases.c.owner, sa.func.max(leases.c.expires_at)).group_by(leases.c.owner)
        with self._database.transaction() as connection:
            owners = dict.fromkeys(connection.execute(running.distinct()).scalars(), False)
            return owners | {owner: expiry > self._clock() for owner, expiry in connection.execute(holding)}

    def abandon_run(self, run_id: str) -> int:
        """Take back what a dead run left unfinished; returns how many jobs that was."""
        problem = Problem("run_died", f"the run {run_id} died while working on it", retryable=True)
        return self._abandon(problem, run_id, jobs.c.run_id == run_id, jobs.c.state == JobState.RUNNING)

    def abandon_batch(self, batch_id: str) -> int:
        """Take back the jobs of a batch whose run died before it started; returns how many that was."""
        problem = Problem("run_died", f"the run of batch {batch_id} died before it started", retryable=True)
        return self._abandon(problem, None, jobs.c.batch_id == batch_id, jobs.c.state == JobState.CLAIMED)

    def _abandon(self, problem: Problem, run_id: str | None, *left: sa.ColumnElement[bool]) -> int:
        with self._database.transaction() as connection:
            unfinished = list(connection.execute(sa.select(jobs.c.job_id).where(*left)).scalars())
            for job_id in unfinished:
                self._fail_one(connection, job_id, problem)
            if run_id is not None:
                connection.execute(sa.delete(leases).where(leases.c.owner == run_id))
        return len(unfinished)

    def _lease(self, connection: sa.Connection, submissions: Collection[str], run_id: str) -> list[str]:
        now = self._clock()
        held: set[str] = set()
        for chunk in chunks(submissions):
            mine = sa.or_(leases.c.owner == run_id, leases.c.expires_at <= now)
            connection.execute(sa.delete(leases).where(leases.c.subject.in_(chunk), mine))
            held |= set(connection.execute(sa.select(leases.c.subject).where(leases.c.subject.in_(chunk))).scalars())
        free = [submission for submission in submissions if submission not in held]
        rows = [{"subject": s, "owner": run_id, "expires_at": now + self._lease_s} for s in free]
        if rows:
            connection.execute(sa.insert(leases), rows)
        return free

    def _fail_one(
        self, connection: sa.Connection, job_id: str, problem: Problem, *only: sa.ColumnElement[bool]
    ) -> None:
        row = connection.execute(sa.select(jobs.c.attempts, jobs.c.max_attempts).where(jobs.c.job_id == job_id)).one()
        attempts = row.attempts + 1
        values: dict[str, object] = {"attempts": attempts, "error_code": problem.code, "error": problem.message}
        if problem.retryable and attempts < min(row.max_attempts, self._max_attempts):
            delay_s = RETRY_DELAY_S[min(attempts, len(RETRY_DELAY_S)) - 1]
            values |= {"state": JobState.CLAIMED, "batch_id": None, "not_before": self._clock() + delay_s}
        else:
            values |= {"state": JobState.FAILED, "finished_at": self._clock(), "result": sa.null(), "not_before": 0.0}
            values["exhausted"] = problem.retryable
        unfinished = jobs.c.state.in_([JobState.CLAIMED, JobState.RUNNING])
        connection.execute(sa.update(jobs).where(jobs.c.job_id == job_id, unfinished, *only).values(values))

    def _update(self, job_ids: Collection[str], values: dict[str, object], *only: sa.ColumnElement[bool]) -> None:
        with self._database.transaction() as connection:
            for chunk in chunks(job_ids):
                connection.execute(sa.update(jobs).where(jobs.c.job_id.in_(chunk), *only).values(values))


def _of(types: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if types is None else jobs.c.type.in_(types)


def _jobs_of(connection: sa.Connection, submissions: Collection[str], types: Collection[str] | None) -> list[JobRecord]:
    chosen: dict[str, Any] = {}
    for chunk in chunks(submissions):
        query = sa.select(*RECORD, jobs.c.state).where(jobs.c.submission.in_(chunk), _of(types))
        for row in connection.execute(query.order_by(jobs.c.sequence)):
            current = chosen.get(row.submission)
            if current is None or current.state not in {JobState.CLAIMED, JobState.RUNNING}:
                chosen[row.submission] = row
    return [JobRecord(*row[: len(RECORD)]) for row in chosen.values()]
