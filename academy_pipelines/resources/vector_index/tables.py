"""The tables of an index, and how its two databases keep a vector."""

from collections.abc import Callable
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, UserDefinedType
from typing_extensions import override

from academy_pipelines.documents.space import Space
from academy_pipelines.documents.vectors import Vectors

_PACKED = np.dtype("<f4")
_SENT = np.dtype(">f4")
_SENT_HEADER_BYTES = 4
"""`vector_send` of pgvector: two 16-bit numbers, the first of them the dimension, then big-endian floats."""


class PackedVector(TypeDecorator[Any]):
    """A vector as the bytes of its little-endian floats."""

    impl = sa.LargeBinary
    cache_ok = True

    @override
    def process_bind_param(self, value: Vectors | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else value.astype(_PACKED).tobytes()


class PgVector(UserDefinedType[Any]):
    """A `vector` of the extension pgvector."""

    cache_ok = True

    @override
    def get_col_spec(self, **kw: object) -> str:
        return "vector"

    @override
    def bind_processor(self, dialect: sa.Dialect) -> Callable[..., Any]:
        return vector_text


def vector_text(value: Any) -> str:  # noqa: ANN401 - the library's own signature
    """Return a vector, (dimension,) float32, as pgvector reads it, with all digits."""
    return str(value.tolist())


def unpacked(values: list[bytes], dimension: int) -> Vectors:
    """Return (N, dimension) float32 of vectors that a file keeps."""
    return np.frombuffer(bytearray().join(values), _PACKED).reshape(-1, dimension).astype(np.float32, copy=False)


def received(values: list[bytes], dimension: int) -> Vectors:
    """Return (N, dimension) float32 of what `vector_send` gave."""
    row = np.dtype([("header", "V4"), ("values", _SENT, (dimension,))])
    assert row.itemsize == _SENT_HEADER_BYTES + dimension * _SENT.itemsize  # noqa: S101
    return np.frombuffer(bytearray().join(values), row)["values"].astype(np.float32)


def index_tables(kind: type[PackedVector | PgVector]) -> tuple[sa.Table, sa.Table]:
    """Return the tables of spaces and of vectors, which are kept as `kind`.

    `seq` grows with every row that is new or has changed, so a reader learns what it has not seen yet.
    """
    metadata = sa.MetaData()
    spaces = sa.Table(
        "vector_space",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("normalised", sa.Boolean, nullable=False),
        sa.UniqueConstraint("id", "dimension"),
    )
    rule = "length(vector) = 4 * dimension" if kind is PackedVector else "vector_dims(vector) = dimension"
    vectors = sa.Table(
        "problem_vector",
        metadata,
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("space_id", sa.String(32), nullable=False),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("problem_id", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("vector", kind, nullable=False),
        sa.UniqueConstraint("space_id", "problem_id"),
        sa.ForeignKeyConstraint(["space_id", "dimension"], ["vector_space.id", "vector_space.dimension"]),
        sa.CheckConstraint(rule, name="vector_fits_space"),
        sqlite_autoincrement=True,
    )
    return spaces, vectors


def space_of(row: sa.Row[Any]) -> Space:
    """Return the space that a row of its table describes."""
    return Space(row.backend, row.model, row.revision, row.dimension, row.normalised)
