"""Feedback knows to which words of a question the answer was that it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; what was said until now is about the question as it stands."""
    count = sa.Column("revision", sa.Integer(), nullable=False, server_default="0")
    op.add_column("feedback", count)
    op.execute(
        "UPDATE feedback SET revision = COALESCE("
        "(SELECT inbox.revision FROM inbox WHERE inbox.id = feedback.inbox_id), 0)"
    )
