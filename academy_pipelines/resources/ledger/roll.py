"""The roll: which number is on which sheet of an exam, so that two sheets with one number are told."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from academy_pipelines.resources.ledger.database import Database, chunks
from academy_pipelines.resources.ledger.tables import jobs, roll


@dataclass(frozen=True, slots=True)
class Entry:
    """A graded sheet; `number` is None when it is not known.

    Sheets belong to one exam when they have the same `template` (any text that is the same for the same print) and
    the same `exam_id`; where a job names none, the batch that it was graded in stands for the exam.
    """

    submission: str
    job_id: str
    template: str
    exam_id: str | None
    number: str | None


class Roll:
    """The roll call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, entries: Sequence[Entry]) -> dict[str, tuple[str, ...]]:
        """Write down the sheets' numbers and return what `mates` does.

        Writing is a transaction of its own: of two runs at the same time, at least one sees the other's sheets.
        """
        with self._database.transaction() as connection:
            batches = _batches(connection, [entry.job_id for entry in entries if entry.exam_id is None])
            rows = {
                entry.submission: {
                    "submission": entry.submission,
                    "exam": _exam(entry, batches.get(entry.job_id)),
                    "number": entry.number,
                }
                for entry in entries
            }
            for chunk in chunks(rows):
                connection.execute(sa.delete(roll).where(roll.c.submission.in_(chunk)))
            if rows:
                connection.execute(sa.insert(roll), list(rows.values()))
        return self.mates(rows)

    def renumber(self, numbers: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
        """Exchange the numbers of sheets that were entered before, and return what `mates` does."""
        exchange = sa.update(roll).where(roll.c.submission == sa.bindparam("key")).values(number=sa.bindparam("value"))
        if numbers:
            with self._database.transaction() as connection:
                connection.execute(exchange, [{"key": key, "value": number} for key, number in numbers.items()])
        return self.mates(numbers)

    def mates(self, submissions: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return for each of `submissions` which others of the same exam carry the same number."""
        other = roll.alias("other")
        same = sa.and_(other.c.exam == roll.c.exam, other.c.number == roll.c.number)
        query = sa.select(roll.c.submission, other.c.submission).join(other, same)
        query = query.where(other.c.submission != roll.c.submission)
        found: dict[str, tuple[str, ...]] = {}
        with self._database.transaction() as connection:
            for chunk in chunks(submissions):
                found |= dict.fromkeys(chunk, ())
                for submission, mate in connection.execute(query.where(roll.c.submission.in_(chunk))):
                    found[submission] = (*found[submission], mate)
        return found


def _batches(connection: sa.Connection, job_ids: Iterable[str]) -> dict[str, str | None]:
    query = sa.select(jobs.c.job_id, jobs.c.batch_id)
    return {
        job_id: batch_id
        for chunk in chunks(job_ids)
        for job_id, batch_id in connection.execute(query.where(jobs.c.job_id.in_(chunk)))
    }


def _exam(entry: Entry, batch_id: str | None) -> str:
    """Return a short name for the entry's exam; a sheet of no exam and no batch is alone."""
    if entry.exam_id is not None:
        within = ("exam", entry.exam_id)
    else:
        within = ("batch", batch_id) if batch_id is not None else ("job", entry.job_id)
    return hashlib.sha256("\0".join((entry.template, *within)).encode()).hexdigest()
