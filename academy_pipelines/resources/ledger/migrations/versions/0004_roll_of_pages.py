"""Every page of a file is on the roll."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the page part of the key; what is there are first pages."""
    op.create_table(
        "roll_of_pages",
        sa.Column("submission", sa.String(200), primary_key=True),
        sa.Column("page", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("exam", sa.String(64), nullable=False),
        sa.Column("number", sa.String(32)),
    )
    op.execute("INSERT INTO roll_of_pages SELECT submission, 1, exam, number FROM roll")
    _take_the_place_of_roll("roll_of_pages")


def downgrade() -> None:
    """Keep first pages only."""
    op.create_table(
        "roll_of_files",
        sa.Column("submission", sa.String(200), primary_key=True),
        sa.Column("exam", sa.String(64), nullable=False),
        sa.Column("number", sa.String(32)),
    )
    op.execute("INSERT INTO roll_of_files SELECT submission, exam, number FROM roll WHERE page = 1")
    _take_the_place_of_roll("roll_of_files")


def _take_the_place_of_roll(table: str) -> None:
    op.drop_table("roll")
    op.rename_table(table, "roll")
    op.create_index("ix_roll_exam_number", "roll", ["exam", "number"])
