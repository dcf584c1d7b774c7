"""Peer answers that stewards verified."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "verified_answers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("by_user", sa.String(32), nullable=False),
        sa.Column("by_name", sa.Text()),
        sa.Column("by_organisation", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("verifier", sa.String(32), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("audience", sa.String(64), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("origin_id", sa.Integer()),
        sa.Column("lapse", sa.String(64)),
        sa.Column("lapsed_at", sa.DateTime()),
        sa.Column("told_of_lapse_at", sa.DateTime()),
        sa.Column("retired_at", sa.DateTime()),
        sa.Column("change", sa.Integer(), nullable=False),
    )
    op.create_index("ix_verified_answers_network", "verified_answers", ["network", "retired_at"])
    op.create_index("ix_verified_answers_origin", "verified_answers", ["origin_id"])
    op.create_index("ix_verified_answers_change", "verified_answers", ["change"])
    if op.get_context().dialect.name == "postgresql":
        # The planner's copies of values would outlive the rows that they came from.
        for column in ("question", "answer", "by_name", "by_organisation"):
            op.execute(f"ALTER TABLE verified_answers ALTER COLUMN {column} SET STATISTICS 0")
