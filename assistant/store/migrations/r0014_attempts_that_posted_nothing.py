"""A question knows how many attempts surely posted nothing, so that nothing is looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column; of attempts until now it is not known, so after them it is looked."""
    count = sa.Column("unposted", sa.Integer(), nullable=False, server_default="0")
    op.add_column("inbox", count)
