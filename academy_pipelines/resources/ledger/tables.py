"""The ledger's tables and the states of a job."""

from enum import StrEnum

import sqlalchemy as sa


class JobState(StrEnum):
    """Where a job stands; see the package docstring for the ways between."""

    CLAIMED = "claimed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DELIVERED = "delivered"
    DEAD = "dead"


metadata = sa.MetaData()

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("job_id", sa.String(200), primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False, index=True),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("receipt", sa.Text, nullable=False, default=""),
    sa.Column("type", sa.String(100), nullable=False),
    sa.Column("submission", sa.String(200), nullable=False, index=True),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("secrets", sa.JSON),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("exhausted", sa.Boolean, nullable=False, default=False),
    sa.Column("not_before", sa.Float, nullable=False, default=0.0),
    sa.Column("batch_id", sa.String(64), index=True),
    sa.Column("run_id", sa.String(64), index=True),
    sa.Column("error_code", sa.String(64)),
    sa.Column("error", sa.Text),
    sa.Column("result", sa.JSON),
    sa.Column("claimed_at", sa.Float, nullable=False),
    sa.Column("started_at", sa.Float),
    sa.Column("finished_at", sa.Float),
    sa.Column("delivered_at", sa.Float),
    sa.Column("deliveries", sa.Integer, nullable=False, default=0),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("subject", sa.String(200), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False, index=True),
    sa.Column("expires_at", sa.Float, nullable=False),
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("submission", sa.String(200), nullable=False, index=True),
    sa.Column("place", sa.String(40), nullable=False),
    sa.Column("correction", sa.JSON, nullable=False),
    sa.Column("accepted_at", sa.Float, nullable=False),
    sa.Column("applied_at", sa.Float, index=True),
)
"""What people have put right, never changed: of a row's corrections the last one counts. `applied_at` is empty until
a result that takes it into account is committed."""

roll = sa.Table(
    "roll",
    metadata,
    sa.Column("submission", sa.String(200), primary_key=True),
    sa.Column("page", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("exam", sa.String(64), nullable=False),
    sa.Column("number", sa.String(32)),
    sa.Index("ix_roll_exam_number", "exam", "number"),
)
"""Every graded page within its exam; the number is null where it is not known."""

packages = sa.Table(
    "packages",
    metadata,
    sa.Column("video_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("build", sa.String(64), primary_key=True, index=True),
    sa.Column("begun_at", sa.Float, nullable=False),
    sa.Column("published_at", sa.Float),
    sa.Column("superseded_at", sa.Float, index=True),
)
"""Every build of a video that was ever begun to be published and is not withdrawn yet. `published_at` is empty until
all of it is in the store; `superseded_at` until the back end has accepted another build, or a failure, of the video."""

answer_batches = sa.Table(
    "answer_batches",
    metadata,
    sa.Column("batch_id", sa.String(200), primary_key=True),
    sa.Column("handed_in_at", sa.Float, nullable=False),
    sa.Column("jobs", sa.JSON, nullable=False),
    sa.Column("partitions", sa.JSON, nullable=False),
    sa.Column("assets", sa.JSON, nullable=False),
)
"""Batches that a language model is at work on: the jobs that wait, or the partitions and assets to make afterwards."""
