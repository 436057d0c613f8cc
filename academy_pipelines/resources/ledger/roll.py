"""The roll: which number is on which sheet of an exam, so that two sheets with one number are told."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from academy_pipelines.resources.ledger.database import Database, chunks
from academy_pipelines.resources.ledger.tables import jobs, roll

Mates = Mapping[int, tuple[str, ...]]
"""Which other submissions carry a page's number, by page; pages without such are left out."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A graded file; `numbers` are those of its pages that could be read, None where it is not known.

    Sheets belong to one exam when they have the same `template` (any text that is the same for the same print) and
    the same `exam_id`; where a job names none, the batch that it was graded in stands for the exam.
    """

    submission: str
    job_id: str
    template: str
    exam_id: str | None
    numbers: Mapping[int, str | None]


class Roll:
    """The roll call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, entries: Sequence[Entry]) -> dict[str, Mates]:
        """Write down the sheets' numbers and return what `mates` does.

        Writing is a transaction of its own: of two runs at the same time, at least one sees the other's sheets.
        """
        with self._database.transaction() as connection:
            batches = _batches(connection, [entry.job_id for entry in entries if entry.exam_id is None])
            for chunk in chunks(entry.submission for entry in entries):
                connection.execute(sa.delete(roll).where(roll.c.submission.in_(chunk)))
            rows = [row for entry in entries for row in _rows(entry, batches.get(entry.job_id))]
            if rows:
                connection.execute(sa.insert(roll), rows)
        return self.mates(entry.submission for entry in entries)

    def renumber(self, numbers: Mapping[str, Mapping[int, str | None]]) -> dict[str, Mates]:
        """Exchange the numbers of pages that were entered before, and return what `mates` does."""
        page = sa.and_(roll.c.submission == sa.bindparam("key"), roll.c.page == sa.bindparam("on_page"))
        exchange = sa.update(roll).where(page).values(number=sa.bindparam("value"))
        values = [
            {"key": key, "on_page": page, "value": number}
            for key, pages in numbers.items()
            for page, number in pages.items()
        ]
        if values:
            with self._database.transaction() as connection:
                connection.execute(exchange, values)
        return self.mates(numbers)

    def mates(self, submissions: Iterable[str]) -> dict[str, Mates]:
        """Return for each of `submissions` which others of the same exam carry the same number."""
        other = roll.alias("other")
        same = sa.and_(other.c.exam == roll.c.exam, other.c.number == roll.c.number)
        query = sa.select(roll.c.submission, roll.c.page, other.c.submission).join(other, same).distinct()
        query = query.where(other.c.submission != roll.c.submission)
        found: dict[str, dict[int, tuple[str, ...]]] = {}
        with self._database.transaction() as connection:
            for chunk in chunks(submissions):
                found |= {submission: {} for submission in chunk}
                for submission, page, mate in connection.execute(query.where(roll.c.submission.in_(chunk))):
                    found[submission][page] = (*found[submission].get(page, ()), mate)
        return dict(found)


def _rows(entry: Entry, batch_id: str | None) -> list[dict[str, object]]:
    exam = _exam(entry, batch_id)
    return [
        {"submission": entry.submission, "page": page, "exam": exam, "number": number}
        for page, number in entry.numbers.items()
    ]


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
