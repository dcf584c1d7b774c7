"""Where stewards were told of corrections, so that what is taken back is taken out there too."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table; where stewards were told until now is not known."""
    op.create_table(
        "correction_notices",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("channel", sa.String(32)),
        sa.Column("message_ts", sa.String(32)),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime()),
    )
    op.create_index("ix_correction_notices_answer_id", "correction_notices", ["answer_id"])
    op.create_index("ix_correction_notices_due_at", "correction_notices", ["due_at"])
