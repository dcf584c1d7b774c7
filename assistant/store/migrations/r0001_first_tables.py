"""The tables of the first version.

Before it had migrations, the program made each table when it first needed it. So a database may
have all of them, some or none, and only what is missing is made.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make those tables that are not there."""
    op.create_table(
        "live_snapshot",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("switched_at", sa.DateTime(), nullable=False),
        if_not_exists=True,
    )
    _make_inbox()
    _make_turns()


def _make_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event_id", sa.String(64), nullable=False, unique=True),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("channel_type", sa.String(16), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("thread_ts", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("has_files", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("leased_until", sa.DateTime()),
        sa.Column("lease", sa.String(32)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(64)),
        sa.Column("answer_ts", sa.String(32)),
        sa.Column("finished_at", sa.DateTime()),
        sa.UniqueConstraint("team", "channel", "ts"),
        if_not_exists=True,
    )
    op.create_index("ix_inbox_state", "inbox", ["state", "ts"], if_not_exists=True)
    op.create_index("ix_inbox_person", "inbox", ["team", "user_id", "taken_at"], if_not_exists=True)


def _make_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("inbox_id", sa.Integer(), nullable=False, unique=True),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("thread_ts", sa.String(32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        if_not_exists=True,
    )
    op.create_index(
        "ix_turns_thread", "turns", ["team", "channel", "thread_ts", "id"], if_not_exists=True
    )
