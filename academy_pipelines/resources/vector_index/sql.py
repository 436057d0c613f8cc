"""What both databases do alike: spaces, and rows put, removed, counted and loaded."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

import sqlalchemy as sa

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors
from academy_pipelines.resources.vector_index.database import IndexDatabase
from academy_pipelines.resources.vector_index.index import HeldSpace, Hit, LoadedSpace, VectorRow, rows_by_id
from academy_pipelines.resources.vector_index.tables import space_of

_T = TypeVar("_T")

IN_CHUNKS_OF = 500
"""Values of one SQL IN list, and rows of one INSERT."""


class SqlVectorIndex(ABC):
    """An index in the tables `spaces` and `vectors` of a database; see `VectorIndex`."""

    def __init__(self, database: IndexDatabase, spaces: sa.Table, vectors: sa.Table) -> None:
        self._database, self._spaces, self._vectors = database, spaces, vectors

    @abstractmethod
    def search(self, space: Space, vector: Vectors, k: int) -> list[Hit]:
        """Return the most similar problems."""

    @abstractmethod
    def load(self, space: Space) -> LoadedSpace:
        """Return all of a space."""

    def register(self, space: Space) -> None:
        """Open a space."""
        with self._database.writing() as connection:
            self._register(connection, space)

    def put(self, space: Space, rows: Iterable[VectorRow]) -> int:
        """Keep rows."""
        given = rows_by_id(space, rows)
        with self._database.writing() as connection:
            self._register(connection, space)
            held = self._texts(connection, space, list(given))
            changed = [row for key, row in given.items() if held.get(key) != row.text]
            self._remove(connection, space, [row.problem_id for row in changed])
            for chunk in chunks(changed):
                connection.execute(sa.insert(self._vectors), [_values(space, row) for row in chunk])
        return len(changed)

    def remove(self, space: Space, problem_ids: Sequence[str]) -> int:
        """Forget problems."""
        with self._database.writing() as connection:
            return self._remove(connection, space, problem_ids)

    def count(self, space: Space) -> int:
        """Return how many problems are in a space."""
        with self._database.reading() as connection:
            found = sa.select(sa.func.count()).where(self._vectors.c.space_id == space.id)
            return connection.execute(found).scalar_one()

    def spaces(self) -> list[HeldSpace]:
        """Return every space, the fullest first."""
        rows = sa.func.count(self._vectors.c.seq)
        joined = self._spaces.outerjoin(self._vectors, self._vectors.c.space_id == self._spaces.c.id)
        found = sa.select(*self._spaces.c, rows.label("rows")).select_from(joined).group_by(*self._spaces.c)
        with self._database.reading() as connection:
            return [HeldSpace(space_of(row), row.rows) for row in connection.execute(found.order_by(rows.desc()))]

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def _register(self, connection: sa.Connection, space: Space) -> None:
        """Open a space and hold it until the end of the transaction: its writers follow each other."""
        connection.execute(self._insert_unless_there({"id": space.id, **asdict(space)}))
        connection.execute(sa.select(self._spaces.c.id).where(self._spaces.c.id == space.id).with_for_update())

    @abstractmethod
    def _insert_unless_there(self, values: dict[str, Any]) -> sa.Insert: ...

    def _texts(self, connection: sa.Connection, space: Space, problem_ids: Sequence[str]) -> dict[str, str]:
        table = self._vectors.c
        texts: dict[str, str] = {}
        for chunk in chunks(problem_ids):
            where = (table.space_id == space.id) & table.problem_id.in_(chunk)
            found = connection.execute(sa.select(table.problem_id, table.text).where(where))
            texts.update({row.problem_id: row.text for row in found})
        return texts

    def _remove(self, connection: sa.Connection, space: Space, problem_ids: Sequence[str]) -> int:
        table = self._vectors.c
        removed = 0
        for chunk in chunks(problem_ids):
            where = (table.space_id == space.id) & table.problem_id.in_(chunk)
            removed += connection.execute(sa.delete(self._vectors).where(where)).rowcount
        return removed


def chunks(values: Sequence[_T]) -> list[Sequence[_T]]:
    """Return the values in lists short enough for one statement."""
    return [values[start : start + IN_CHUNKS_OF] for start in range(0, len(values), IN_CHUNKS_OF)]


def _values(space: Space, row: VectorRow) -> dict[str, Any]:
    return {
        "space_id": space.id,
        "dimension": space.dimension,
        "problem_id": row.problem_id,
        "text": row.text,
        "text_sha256": row.text_sha256,
        "vector": row.vector,
    }
