"""Batches of questions that a language model answers within a day, and who waits for them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "answer_batches",
        sa.Column("batch_id", sa.String(200), primary_key=True),
        sa.Column("handed_in_at", sa.Float, nullable=False),
        sa.Column("jobs", sa.JSON, nullable=False),
        sa.Column("partitions", sa.JSON, nullable=False),
        sa.Column("assets", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("answer_batches")
