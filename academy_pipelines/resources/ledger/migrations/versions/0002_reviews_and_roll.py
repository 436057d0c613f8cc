"""What people put right, and which number was read on which sheet."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("submission", sa.String(200), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("correction", sa.JSON, nullable=False),
        sa.Column("accepted_at", sa.Float, nullable=False),
        sa.Column("applied_at", sa.Float),
    )
    op.create_index("ix_reviews_submission", "reviews", ["submission"])
    op.create_index("ix_reviews_applied_at", "reviews", ["applied_at"])
    op.create_table(
        "roll",
        sa.Column("submission", sa.String(200), primary_key=True),
        sa.Column("exam", sa.String(64), nullable=False),
        sa.Column("number", sa.String(32)),
    )
    op.create_index("ix_roll_exam_number", "roll", ["exam", "number"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("roll")
    op.drop_table("reviews")
