"""Answers that were shared with networks, and what peers say of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables."""
    _make_answers()
    _make_responses()
    if op.get_context().dialect.name == "postgresql":
        _keep_words_out_of_statistics()


def _make_answers() -> None:
    op.create_table(
        "peer_answers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("once", sa.String(128)),
        sa.Column("network", sa.String(40), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("inbox_id", sa.Integer()),
        sa.Column("call_id", sa.Integer()),
        sa.Column("channel", sa.String(32)),
        sa.Column("message_ts", sa.String(32)),
        sa.Column("withdrawn_at", sa.DateTime()),
        sa.Column("verified_id", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown_version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("once"),
    )
    op.create_index("ix_peer_answers_network", "peer_answers", ["network", "id"])
    op.create_index("ix_peer_answers_message", "peer_answers", ["channel", "message_ts"])
    op.create_index("ix_peer_answers_inbox", "peer_answers", ["inbox_id"])


def _make_responses() -> None:
    op.create_table(
        "peer_responses",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("when", sa.Date()),
        sa.Column("link", sa.Text()),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("dealt_with_by", sa.String(32)),
        sa.Column("dealt_with_at", sa.DateTime()),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("answer_id", "user_id", "kind"),
    )


def _keep_words_out_of_statistics() -> None:
    """Have PostgreSQL's planner copy no values of columns that hold words."""
    for table, columns in (
        ("peer_answers", ("question", "answer", "note", "name", "organisation")),
        ("peer_responses", ("name", "organisation", "what", "link", "remark")),
    ):
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
