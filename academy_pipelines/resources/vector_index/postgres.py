"""The index in PostgreSQL with the extension pgvector, for several machines.

Search reads every row of the space and is exact. A graph index (HNSW) would answer faster from some hundred thousand
problems on, and sometimes wrongly.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors
from academy_pipelines.resources.vector_index.database import IndexDatabase, misconfigured
from academy_pipelines.resources.vector_index.index import Hit, LoadedSpace, check_dimension
from academy_pipelines.resources.vector_index.sql import SqlVectorIndex
from academy_pipelines.resources.vector_index.tables import PgVector, index_tables, received

MAKING_LOCK = 0x61637665
"""Key of PostgreSQL's advisory lock, so that two starting processes make the tables one after the other."""

_REMEDY = "install pgvector on the server and run CREATE EXTENSION vector as a superuser"


class PostgresVectorIndex(SqlVectorIndex):
    """Keeps vectors in the row itself where they fit, so that a search reads the table in one go."""

    def __init__(self, database: IndexDatabase) -> None:
        super().__init__(database, *index_tables(PgVector))
        with misconfigured(_REMEDY), database.writing() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MAKING_LOCK)))
            if not sa.inspect(connection).has_table(self._vectors.name):
                self._make(connection)

    @override
    def search(self, space: Space, vector: Vectors, k: int) -> list[Hit]:
        check_dimension(space, vector)
        table = self._vectors.c
        query = sa.cast(sa.bindparam("query", vector, PgVector()), PgVector())
        distance = table.vector.op("<#>", return_type=sa.Float())(query)  # the negative inner product
        found = sa.select(table.problem_id, table.text, (-distance).label("similarity"))
        found = found.where(table.space_id == space.id).order_by(distance, table.seq).limit(max(k, 0))
        with self._database.reading() as connection:
            return [Hit(row.problem_id, row.text, row.similarity) for row in connection.execute(found)]

    @override
    def load(self, space: Space) -> LoadedSpace:
        table = self._vectors.c
        sent = sa.func.vector_send(table.vector, type_=sa.LargeBinary())
        found = sa.select(table.problem_id, table.text, sent).where(table.space_id == space.id).order_by(table.seq)
        with self._database.reading() as connection:
            rows = connection.execute(found).all()
        vectors = received([row[2] for row in rows], space.dimension)
        return LoadedSpace(tuple(row[0] for row in rows), tuple(row[1] for row in rows), vectors)

    @override
    def _insert_unless_there(self, values: dict[str, Any]) -> sa.Insert:
        return insert(self._spaces).values(values).on_conflict_do_nothing()

    def _make(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector")
        self._vectors.metadata.create_all(connection)
        connection.exec_driver_sql("ALTER TABLE problem_vector ALTER COLUMN vector SET STORAGE MAIN")
