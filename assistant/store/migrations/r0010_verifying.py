"""What stewards' work on peer answers leaves behind."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "peer_answers_set_aside",
        sa.Column("answer_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("by_user", sa.String(32), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "verified_openings",
        sa.Column("verified_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("audience", sa.String(64), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
    )
    op.create_table(
        "verified_news",
        sa.Column("verified_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(64), primary_key=True),
        sa.Column("taken_until", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime()),
    )
