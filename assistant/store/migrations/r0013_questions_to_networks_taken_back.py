"""A question to a network is known by the question to the assistant that it was made of."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column; of what was asked until now it is not known."""
    op.add_column("calls", sa.Column("inbox_id", sa.Integer()))
    op.create_index("ix_calls_inbox_id", "calls", ["inbox_id"])
