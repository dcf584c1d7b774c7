"""Questions that were put to networks, and the replies to them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    _make_calls()
    _make_posts()
    _make_replies()
    if op.get_context().dialect.name == "postgresql":
        _keep_words_out_of_statistics()


def _make_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("asker", sa.String(32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("asked_in", sa.String(32), nullable=False),
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("wait_hours", sa.Integer(), nullable=False),
        sa.Column("is_at_once", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("lease", sa.String(32)),
        sa.Column("leased_until", sa.DateTime()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.UniqueConstraint("team", "form"),
    )
    op.create_index("ix_calls_due", "calls", ["due_at", "id"])


def _make_posts() -> None:
    op.create_table(
        "call_posts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(32), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("channel", sa.String(32)),
        sa.Column("ts", sa.String(32)),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("code", sa.String(64)),
        sa.Column("lease", sa.String(32)),
        sa.Column("leased_until", sa.DateTime()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.UniqueConstraint("call_id", "kind", "recipient", "reply_id"),
    )
    op.create_index("ix_call_posts_due", "call_posts", ["done_at", "due_at"])
    op.create_index("ix_call_posts_place", "call_posts", ["channel", "ts"])


def _make_replies() -> None:
    op.create_table(
        "call_replies",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("thread_ts", sa.String(32), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("captured_id", sa.Integer()),
        sa.Column("helped_at", sa.DateTime()),
        sa.UniqueConstraint("channel", "ts"),
    )
    op.create_index("ix_call_replies_call", "call_replies", ["call_id", "state"])
    op.create_index("ix_call_replies_captured", "call_replies", ["captured_id"])
    op.create_index("ix_call_replies_state", "call_replies", ["state", "due_at"])


def _keep_words_out_of_statistics() -> None:
    """Have PostgreSQL's planner copy no values of columns that hold words."""
    for column in ("question", "name", "organisation"):
        op.execute(f"ALTER TABLE calls ALTER COLUMN {column} SET STATISTICS 0")
