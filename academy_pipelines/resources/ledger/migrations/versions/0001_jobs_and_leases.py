"""Jobs and leases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String(200), primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("submission", sa.String(200), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("secrets", sa.JSON),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("exhausted", sa.Boolean, nullable=False),
        sa.Column("not_before", sa.Float, nullable=False),
        sa.Column("batch_id", sa.String(64)),
        sa.Column("run_id", sa.String(64)),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error", sa.Text),
        sa.Column("result", sa.JSON),
        sa.Column("claimed_at", sa.Float, nullable=False),
        sa.Column("started_at", sa.Float),
        sa.Column("finished_at", sa.Float),
        sa.Column("delivered_at", sa.Float),
        sa.Column("deliveries", sa.Integer, nullable=False),
    )
    for column in ("sequence", "submission", "state", "batch_id", "run_id"):
        op.create_index(f"ix_jobs_{column}", "jobs", [column])
    op.create_table(
        "leases",
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.create_index("ix_leases_owner", "leases", ["owner"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("leases")
    op.drop_table("jobs")
