"""Definitions that networks propose and agree."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    _make_proposals()
    op.create_table(
        "proposal_votes",
        sa.Column("proposal_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("steward", sa.String(32), primary_key=True),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        _keep_words_out_of_statistics()


def _make_proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("form", sa.String(64), nullable=False, unique=True),
        sa.Column("network", sa.String(40), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("proposed_by", sa.String(32), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("agreed_on", sa.Date()),
        sa.Column("ended_by", sa.String(32)),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown_version", sa.Integer(), nullable=False),
        sa.Column("told_of", sa.String(16)),
        sa.Column("leased_until", sa.DateTime()),
    )
    op.create_index("ix_proposals_network", "proposals", ["network", "state", "id"])


def _keep_words_out_of_statistics() -> None:
    """Have PostgreSQL's planner copy no values of columns that hold words."""
    for table, column in (
        ("proposals", "term"),
        ("proposals", "text"),
        ("proposals", "whose"),
        ("proposal_votes", "reason"),
    ):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
