"""The index in a file, searched exactly in memory: enough for some 200,000 problems on one machine."""

import threading
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from typing_extensions import override

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors, top_k
from academy_pipelines.resources.vector_index.database import IndexDatabase, misconfigured
from academy_pipelines.resources.vector_index.growing import GrowingMatrix
from academy_pipelines.resources.vector_index.index import Hit, LoadedSpace, check_dimension
from academy_pipelines.resources.vector_index.sql import SqlVectorIndex
from academy_pipelines.resources.vector_index.tables import PackedVector, index_tables, unpacked


class SqliteVectorIndex(SqlVectorIndex):
    """Keeps the vectors of each space that is searched in memory, and reads only what was put since the last search."""

    def __init__(self, database: IndexDatabase) -> None:
        super().__init__(database, *index_tables(PackedVector))
        self._lock = threading.Lock()
        self._matrices: dict[Space, GrowingMatrix] = {}
        with misconfigured("ACADEMY_VECTORS_URL names another kind of file"), database.writing() as connection:
            self._vectors.metadata.create_all(connection)

    @override
    def search(self, space: Space, vector: Vectors, k: int) -> list[Hit]:
        check_dimension(space, vector)
        with self._lock, self._database.reading() as connection:
            matrix = self._up_to_date(connection, space)
            places, similarities = top_k(matrix.vectors, vector, k)
            problem_ids = [matrix.problem_ids[place] for place in places.tolist()]
            texts = self._texts(connection, space, problem_ids)
        pairs = zip(problem_ids, similarities.tolist(), strict=True)
        return [Hit(problem_id, texts[problem_id], similarity) for problem_id, similarity in pairs]

    @override
    def load(self, space: Space) -> LoadedSpace:
        table = self._vectors.c
        found = sa.select(table.problem_id, table.text, table.vector)
        with self._database.reading() as connection:
            rows = connection.execute(found.where(table.space_id == space.id).order_by(table.seq)).all()
        vectors = unpacked([row.vector for row in rows], space.dimension)
        return LoadedSpace(tuple(row.problem_id for row in rows), tuple(row.text for row in rows), vectors)

    @override
    def close(self) -> None:
        self._matrices.clear()
        super().close()

    @override
    def _insert_unless_there(self, values: dict[str, Any]) -> sa.Insert:
        return insert(self._spaces).values(values).on_conflict_do_nothing()

    def _up_to_date(self, connection: sa.Connection, space: Space) -> GrowingMatrix:
        """Return the space's matrix; made anew when rows that it holds were removed by anyone."""
        table = self._vectors.c
        of_space = table.space_id == space.id
        count, last = connection.execute(sa.select(sa.func.count(), sa.func.max(table.seq)).where(of_space)).one()
        matrix = self._matrices.get(space) or GrowingMatrix(space.dimension)
        for known in (matrix, GrowingMatrix(space.dimension)):
            matrix = known
            if matrix.last_seq != last:
                self._extend(connection, matrix, of_space)
            if len(matrix.problem_ids) == count:
                break
        self._matrices[space] = matrix
        return matrix

    def _extend(self, connection: sa.Connection, matrix: GrowingMatrix, of_space: sa.ColumnElement[bool]) -> None:
        table = self._vectors.c
        unseen = sa.select(table.seq, table.problem_id, table.vector).where(
            of_space, table.seq > (matrix.last_seq or 0)
        )
        rows = connection.execute(unseen.order_by(table.seq)).all()
        if rows:
            vectors = unpacked([row.vector for row in rows], matrix.dimension)
            matrix.extend([row.problem_id for row in rows], vectors, rows[-1].seq)
