"""Which builds of videos lie in the store: found again by another video of the same source, withdrawn when replaced."""

from collections.abc import Callable

import sqlalchemy as sa

from academy_pipelines.resources.ledger.database import Database
from academy_pipelines.resources.ledger.tables import packages

Build = tuple[int, str]
"""A video's number and the name of its build."""


class Packages:
    """The list of packages."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, video_id: int, build: str) -> None:
        """From here on, files of the build may be in the store."""
        with self._database.transaction() as connection:
            if connection.execute(sa.select(packages.c.build).where(*_is(video_id, build))).first() is None:
                row = {"video_id": video_id, "build": build, "begun_at": self._clock()}
                connection.execute(sa.insert(packages).values(row))

    def published(self, video_id: int, build: str) -> None:
        """All of the build is in the store."""
        self._update(video_id, build, published_at=self._clock())

    def holders(self, build: str) -> list[int]:
        """Return the videos that have the build, the one published first."""
        query = (
            sa.select(packages.c.video_id)
            .where(packages.c.build == build, packages.c.published_at.is_not(None))
            .order_by(packages.c.published_at)
        )
        with self._database.transaction() as connection:
            return list(connection.execute(query).scalars())

    def settled(self, video_id: int, build: str | None) -> None:
        """The back end has accepted the build of a video, or with None its failure: what else was begun is superseded.

        After a failure, what was published before stays: the back end may go on showing it.
        """
        others = packages.c.published_at.is_(None) if build is None else packages.c.build != build
        with self._database.transaction() as connection:
            superseded = sa.update(packages).where(packages.c.video_id == video_id, others)
            superseded = superseded.where(packages.c.superseded_at.is_(None))
            connection.execute(superseded.values(superseded_at=self._clock()))
            if build is not None:
                connection.execute(sa.update(packages).where(*_is(video_id, build)).values(superseded_at=None))

    def superseded(self, grace_s: float, limit: int) -> list[Build]:
        """Return builds that were superseded more than `grace_s` seconds ago, the longest ago first."""
        query = (
            sa.select(packages.c.video_id, packages.c.build)
            .where(packages.c.superseded_at < self._clock() - grace_s)
            .order_by(packages.c.superseded_at)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return [row.tuple() for row in connection.execute(query)]

    def withdrawn(self, video_id: int, build: str) -> None:
        """Nothing of the build is in the store any more."""
        with self._database.transaction() as connection:
            connection.execute(sa.delete(packages).where(*_is(video_id, build)))

    def _update(self, video_id: int, build: str, **values: object) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.update(packages).where(*_is(video_id, build)).values(values))


def _is(video_id: int, build: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return packages.c.video_id == video_id, packages.c.build == build
