"""Peer networks: what they are, who is in them, and who knows what."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "networks",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("openness", sa.String(16), nullable=False),
        sa.Column("stewards", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("wait_hours", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
    )
    op.create_index("ix_networks_team", "networks", ["team", "closed_at"])
    op.create_table(
        "network_members",
        sa.Column("network", sa.String(40), primary_key=True),
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_network_members_user", "network_members", ["user_id"])
    op.create_table(
        "network_topics",
        sa.Column("network", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
    )
    op.create_table(
        "network_organisations",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("organisation", sa.Text(), nullable=False),
    )
    op.create_table(
        "network_new_stewards",
        sa.Column("network", sa.String(40), primary_key=True),
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("named_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        _keep_words_out_of_statistics()


def _keep_words_out_of_statistics() -> None:
    for table, column in (
        ("networks", "name"),
        ("networks", "purpose"),
        ("network_topics", "name"),
        ("network_organisations", "organisation"),
    ):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
