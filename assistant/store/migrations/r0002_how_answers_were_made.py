"""How each answer was made, so that it can be looked into later.

Answers that are there already keep their words; how they were made is not known of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give the turns their status, prompt, snapshot, confidence and citations."""
    with op.batch_alter_table("turns") as turns:
        turns.add_column(sa.Column("status", sa.String(64)))
        turns.add_column(sa.Column("prompt", sa.String(64)))
        turns.add_column(sa.Column("snapshot", sa.String(64)))
        turns.add_column(sa.Column("confidence", sa.Float()))
        turns.add_column(sa.Column("citations", sa.JSON()))
