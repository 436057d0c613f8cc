"""Open the index that an address names."""

from academy_pipelines.resources.vector_index.database import IndexDatabase
from academy_pipelines.resources.vector_index.index import VectorIndex
from academy_pipelines.resources.vector_index.postgres import PostgresVectorIndex
from academy_pipelines.resources.vector_index.sqlite import SqliteVectorIndex


def open_vector_index(url: str) -> VectorIndex:
    """Return the index at `sqlite:///path` or `postgresql://user:…@host/name`, its tables made if need be.

    Raises:
        MisconfiguredError: the address is no such address, or the database cannot keep vectors.
        UnavailableError: the database does not answer.
    """
    database = IndexDatabase(url)
    return SqliteVectorIndex(database) if database.is_sqlite else PostgresVectorIndex(database)
