"""Which builds of videos lie in the store."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "packages",
        sa.Column("video_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("build", sa.String(64), primary_key=True),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("published_at", sa.Float),
        sa.Column("superseded_at", sa.Float),
    )
    op.create_index("ix_packages_build", "packages", ["build"])
    op.create_index("ix_packages_superseded_at", "packages", ["superseded_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("packages")
