"""The ledger as one object: inbox, work, outbox, history, reviews, roll, videos, … over one database."""

import time
from collections import Counter
from collections.abc import Callable

import sqlalchemy as sa

from academy_pipelines.resources.ledger.answers import Answers
from academy_pipelines.resources.ledger.database import Database
from academy_pipelines.resources.ledger.history import History
from academy_pipelines.resources.ledger.inbox import Inbox
from academy_pipelines.resources.ledger.outbox import Outbox
from academy_pipelines.resources.ledger.packages import Packages
from academy_pipelines.resources.ledger.reviews import Reviews
from academy_pipelines.resources.ledger.roll import Roll
from academy_pipelines.resources.ledger.tables import JobState, jobs
from academy_pipelines.resources.ledger.videos import Videos
from academy_pipelines.resources.ledger.work import Work


class Ledger:
    """Open a ledger by URL; its tables are brought up to date first.

    Raises:
        MisconfiguredError: the URL is none.
        UnavailableError: the database does not answer.
    """

    def __init__(
        self, url: str, *, lease_s: float = 60.0, max_attempts: int = 3, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = Database(url)
        self.inbox = Inbox(self._database, clock)
        self.work = Work(self._database, clock, lease_s, max_attempts)
        self.outbox = Outbox(self._database, clock)
        self.history = History(self._database, clock)
        self.reviews = Reviews(self._database, clock)
        self.roll = Roll(self._database)
        self.videos = Videos(self._database, clock, lease_s)
        self.packages = Packages(self._database, clock)
        self.answers = Answers(self._database, clock)

    def counts(self) -> Counter[str]:
        """Return how many jobs stand in each state."""
        query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        with self._database.transaction() as connection:
            return Counter(dict(row.tuple() for row in connection.execute(query)))

    def is_settled(self) -> bool:
        """Whether nothing waits, runs or awaits delivery."""
        counts = self.counts()
        return not any(counts[state] for state in JobState if state not in {JobState.DELIVERED, JobState.DEAD})

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
