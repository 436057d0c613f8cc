"""What people put right: kept for ever, and laid over a submission's reading whenever it is made again."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from academy_pipelines.contracts.jobs import JobType
from academy_pipelines.contracts.results import OmrResult
from academy_pipelines.errors import RefusedReviewError
from academy_pipelines.resources.ledger.database import Database, chunks
from academy_pipelines.resources.ledger.tables import JobState, jobs, leases, reviews
from academy_pipelines.review.corrections import Correction, Corrections
from academy_pipelines.review.putting_right import objection
from academy_pipelines.review.rows import written

PROBLEMS_TOLD = 20

UNFINISHED = (JobState.CLAIMED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many rows of how many sheets will be put right, and how many rows had been already."""

    rows: int
    sheets: int
    known: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The corrections that count, by submission; `last_id` says up to which one they were looked at."""

    corrections: Mapping[str, list[Correction]]
    last_id: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The latest finished reading of a submission."""

    submission: str
    job_id: str
    result: OmrResult


class Reviews:
    """The red pencil."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def accept(self, review: Corrections, *, replace: bool = False) -> Accepted:
        """Keep a whole file of corrections, or nothing of it; what is kept already is left alone.

        Raises:
            RefusedReviewError: at least one does not fit the latest reading of its submission, or, unless `replace`,
                contradicts another person's; the message names each.
        """
        sheets = review.by_sheet()
        with self._database.transaction() as connection:
            readings = _latest(connection, sheets)
            known = _kept(connection, sheets).corrections
            new = _fitting(sheets, readings, known, replace=replace)
            if new:
                connection.execute(sa.insert(reviews), [self._row(correction) for correction in new])
        return Accepted(len(new), len({correction.sheet for correction in new}), len(review.corrections) - len(new))

    def of(self, submissions: Iterable[str]) -> Kept:
        """Return the corrections that count for `submissions`: the last one of each row."""
        with self._database.transaction() as connection:
            return _kept(connection, submissions)

    def graded(self, since_s: float, until_s: float) -> list[str]:
        """Return the submissions that were graded in that time (seconds since the epoch), in the order of jobs."""
        query = (
            sa.select(jobs.c.submission)
            .where(jobs.c.finished_at >= since_s, jobs.c.finished_at < until_s, jobs.c.result.is_not(None))
            .where(jobs.c.type == JobType.OMR_GRADING.value)
            .group_by(jobs.c.submission)
            .order_by(sa.func.max(jobs.c.sequence))
        )
        with self._database.transaction() as connection:
            return list(connection.execute(query).scalars())

    def readings(self, submissions: Iterable[str]) -> dict[str, Reading]:
        """Return the latest finished reading of each submission that has one."""
        with self._database.transaction() as connection:
            found = _latest(connection, submissions)
        return {name: reading for name, reading in found.items() if isinstance(reading, Reading)}

    def applied(self, submissions: Collection[str], last_id: int) -> None:
        """Note that a committed result takes the corrections up to `last_id` into account; 0 stands for none."""
        if last_id:
            with self._database.transaction() as connection:
                self._note_applied(connection, submissions, last_id)

    def waiting(self, limit: int, run_id: str = "") -> list[str]:
        """Return submissions with corrections that no result takes into account, and that no run but `run_id` works on.

        One that is being graded is left out: its run lays the corrections over what it reads.
        """
        alive = sa.and_(leases.c.expires_at > self._clock(), leases.c.owner != run_id)
        held = sa.exists().where(leases.c.subject == reviews.c.submission, alive)
        mine = jobs.c.submission == reviews.c.submission
        busy = sa.exists().where(mine, jobs.c.state.in_(UNFINISHED))
        ready = sa.exists().where(mine, jobs.c.state.in_([JobState.DONE, JobState.DELIVERED]))
        query = (
            sa.select(reviews.c.submission)
            .where(reviews.c.applied_at.is_(None), ~held, ~busy, ready)
            .group_by(reviews.c.submission)
            .order_by(sa.func.min(reviews.c.id))
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return list(connection.execute(query).scalars())

    def commit(self, results: Mapping[str, Mapping[str, Any]], submissions: Collection[str], last_id: int) -> None:
        """Exchange the results of finished jobs by job id, to be delivered again, and note what they now apply."""
        finished = sa.or_(jobs.c.state == JobState.DONE, jobs.c.state == JobState.DELIVERED)
        update = (
            sa.update(jobs)
            .where(jobs.c.job_id == sa.bindparam("key"), finished)
            .values(state=JobState.DONE, finished_at=self._clock(), not_before=0.0, result=sa.bindparam("value"))
        )
        with self._database.transaction() as connection:
            if results:
                connection.execute(update, [{"key": key, "value": dict(value)} for key, value in results.items()])
            self._note_applied(connection, submissions, last_id)

    def _note_applied(self, connection: sa.Connection, submissions: Collection[str], last_id: int) -> None:
        unapplied = sa.and_(reviews.c.applied_at.is_(None), reviews.c.id <= last_id)
        for chunk in chunks(submissions):
            connection.execute(
                sa.update(reviews).where(unapplied, reviews.c.submission.in_(chunk)).values(applied_at=self._clock())
            )

    def _row(self, correction: Correction) -> dict[str, object]:
        return {
            "submission": correction.sheet,
            "place": f"{correction.page}/{correction.row}",
            "correction": correction.model_dump(mode="json"),
            "accepted_at": self._clock(),
        }


def _kept(connection: sa.Connection, submissions: Iterable[str]) -> Kept:
    last: dict[tuple[str, str], Correction] = {}
    last_id = 0
    query = sa.select(reviews.c.id, reviews.c.submission, reviews.c.place, reviews.c.correction).order_by(reviews.c.id)
    for chunk in chunks(submissions):
        for row in connection.execute(query.where(reviews.c.submission.in_(chunk))):
            last[row.submission, row.place] = Correction.model_validate(row.correction)
            last_id = max(last_id, row.id)
    kept: dict[str, list[Correction]] = {}
    for (submission, _), correction in last.items():
        kept.setdefault(submission, []).append(correction)
    return Kept(kept, last_id)


def _latest(connection: sa.Connection, submissions: Iterable[str]) -> dict[str, Reading | str]:
    """Return the latest finished reading of each submission, or why there is none to be put right."""
    columns = (jobs.c.submission, jobs.c.job_id, jobs.c.state, jobs.c.result, jobs.c.error)
    query = sa.select(*columns).where(jobs.c.finished_at.is_not(None), jobs.c.type == JobType.OMR_GRADING.value)
    found: dict[str, Reading | str] = {}
    for chunk in chunks(submissions):
        for row in connection.execute(query.where(jobs.c.submission.in_(chunk)).order_by(jobs.c.sequence)):
            if row.state == JobState.DEAD:
                found[row.submission] = f"the back end does not take its result ({row.error})"
            elif row.result is None:
                found[row.submission] = f"it could not be read ({row.error})"
            else:
                result = OmrResult.model_validate(row.result)
                found[row.submission] = Reading(row.submission, row.job_id, result)
    return found


def _fitting(
    sheets: Mapping[str, list[Correction]],
    readings: Mapping[str, Reading | str],
    known: Mapping[str, list[Correction]],
    *,
    replace: bool,
) -> list[Correction]:
    """Return the corrections that say something new; raises when one cannot be kept."""
    problems: list[str] = []
    new: list[Correction] = []
    for correction in (correction for corrections in sheets.values() for correction in corrections):
        before = next((c for c in known.get(correction.sheet, ()) if c.place == correction.place), None)
        problem = _problem(readings.get(correction.sheet), correction)
        problem = problem or (None if replace else _contradiction(before, correction))
        if problem:
            problems.append(f"submission {correction.sheet}: {problem}")
        elif before is None or not _says_the_same(before, correction):
            new.append(correction)
    if problems:
        raise RefusedReviewError(_told(problems, sum(map(len, sheets.values()))))
    return new


def _problem(reading: Reading | str | None, correction: Correction) -> str | None:
    if isinstance(reading, Reading):
        return objection(reading.result, correction)
    return reading or "nothing was read of it here; is this the review of another deployment?"


def _contradiction(before: Correction | None, now: Correction) -> str | None:
    if before is None or (before.reading, before.scan_sha256) != (now.reading, now.scan_sha256):
        return None
    if before.answer == now.answer:
        return None
    said, when = "/".join(before.answer) or "blank", before.reviewed_at.date()
    return f"{written(now.row)} was already said to be {said} by {before.reviewer} on {when}"


def _says_the_same(before: Correction, now: Correction) -> bool:
    return all(getattr(before, name) == getattr(now, name) for name in ("answer", "reading", "scan_sha256"))


def _told(problems: list[str], total: int) -> str:
    rest = len(problems) - PROBLEMS_TOLD
    lines = problems[:PROBLEMS_TOLD] + ([f"and {rest} more"] if rest > 0 else [])
    head = f"{len(problems)} of {total} corrections cannot be applied, so none was"
    return "\n  ".join([head, *lines])
