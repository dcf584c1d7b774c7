"""What conversations in Slack need: threads, edits, policies, feedback, shared answers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Widen the inbox and make the tables."""
    _widen_inbox()
    _make_threads()
    _make_policies()
    _make_feedback()
    _make_shared_answers()
    _make_seen_requests()
    if op.get_context().dialect.name == "postgresql":
        _keep_words_out_of_statistics()


def _widen_inbox() -> None:
    op.add_column(
        "inbox", sa.Column("surface", sa.String(16), nullable=False, server_default="thread")
    )
    op.add_column("inbox", sa.Column("reply_url", sa.Text()))
    op.add_column("inbox", sa.Column("files", sa.JSON()))
    op.add_column(
        "inbox", sa.Column("task", sa.String(16), nullable=False, server_default="answer")
    )
    op.add_column("inbox", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("inbox", sa.Column("edited_ts", sa.String(32)))
    op.add_column("inbox", sa.Column("postponed", sa.Integer(), nullable=False, server_default="0"))
    op.drop_column("inbox", "has_files")
    op.create_index("ix_inbox_thread", "inbox", ["team", "channel", "thread_ts", "state", "ts"])
    op.create_index("ix_inbox_channel", "inbox", ["team", "channel", "finished_at"])
    op.create_index("ix_inbox_answer", "inbox", ["team", "channel", "answer_ts"])


def _make_threads() -> None:
    op.create_table(
        "threads",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("thread_ts", sa.String(32), primary_key=True),
        sa.Column("asker", sa.String(32), nullable=False),
        sa.Column("since_ts", sa.String(32), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("stopped_ts", sa.String(32)),
        sa.Column("seen_at", sa.DateTime()),
    )
    op.create_table(
        "pauses",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("thread_ts", sa.String(32), primary_key=True),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("said_to", sa.Integer(), nullable=False),
    )


def _make_policies() -> None:
    op.create_table(
        "channel_policies",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("askers", sa.String(16), nullable=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("answers_to", sa.String(16), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("opened_for", sa.Text()),
        sa.Column("opened_until", sa.Date()),
        sa.Column("opened_teams", sa.JSON(), nullable=False),
        sa.Column("set_by", sa.String(32), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
    )


def _make_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("rating", sa.String(16), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("snapshot", sa.String(64)),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("dealt_with_by", sa.String(32)),
        sa.Column("dealt_with_at", sa.DateTime()),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("reactions", sa.JSON(), nullable=False),
        sa.Column("reacted_at", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown_version", sa.Integer(), nullable=False),
        sa.Column("shown_at", sa.DateTime()),
        sa.Column("counted_in", sa.Integer()),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("lease", sa.String(32)),
        sa.Column("leased_until", sa.DateTime()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.UniqueConstraint("inbox_id", "user_id"),
    )
    op.create_index("ix_feedback_state", "feedback", ["state", "id"])
    op.create_index("ix_feedback_person", "feedback", ["team", "user_id", "shown_at"])


def _make_shared_answers() -> None:
    op.create_table(
        "shared_answers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("message_ts", sa.String(32)),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("shared_by", sa.String(32), nullable=False),
        sa.Column("shared_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("inbox_id", "way", "channel"),
    )


def _make_seen_requests() -> None:
    op.create_table(
        "seen_requests",
        sa.Column("signature", sa.String(80), primary_key=True),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
    )


def _keep_words_out_of_statistics() -> None:
    """Have PostgreSQL's planner copy no values of columns that hold words.

    What it copied would outlive the row that it came from.
    """
    for table, column in (
        ("inbox", "text"),
        ("inbox", "reply_url"),
        ("turns", "question"),
        ("turns", "answer"),
        ("feedback", "words"),
        ("feedback", "remark"),
    ):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
