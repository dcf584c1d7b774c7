"""What administrators did: releases, the audit log, and what was purged.

Triggers keep the audit log append-only. They go with the table whenever a later revision makes it
anew on SQLite.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SQLITE = (
    """
    CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'The audit log is only added to.'); END
    """,
    """
    CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'The audit log is only added to.'); END
    """,
    # INSERT OR REPLACE deletes the row that is in its way without asking the trigger above.
    """
    CREATE TRIGGER audit_log_is_only_added_to BEFORE INSERT ON audit_log
    WHEN NEW.id <> (SELECT COALESCE(MAX(id), 0) + 1 FROM audit_log)
        OR EXISTS (SELECT 1 FROM audit_log WHERE previous = NEW.previous)
    BEGIN SELECT RAISE(ABORT, 'The audit log is only added to.'); END
    """,
)

# A function is in the tables' own schema, and does not look for their names in another.
_POSTGRESQL = (
    """
    CREATE FUNCTION audit_log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The audit log is only added to.'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE FUNCTION audit_log_takes_the_next() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        newest bigint;
    BEGIN
        EXECUTE format('SELECT COALESCE(MAX(id), 0) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            INTO newest;
        IF NEW.id <> newest + 1 THEN
            RAISE EXCEPTION 'The audit log is only added to.'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuses()
    """,
    """
    CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuses()
    """,
    """
    CREATE TRIGGER audit_log_is_only_added_to BEFORE INSERT ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_takes_the_next()
    """,
)


def upgrade() -> None:
    """Make the tables, and the triggers of the audit log."""
    _make_releases()
    _make_audit_log()
    _make_purged()


def _make_releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("snapshot", sa.String(64)),
        sa.Column("before", sa.String(64)),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("gate", sa.JSON()),
        sa.Column("progress", sa.JSON()),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("encoder_seconds", sa.Float(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
    )
    op.create_index("ix_releases_outcome", "releases", ["outcome", "action", "id"])
    op.create_index("ix_releases_snapshot", "releases", ["snapshot", "id"])


def _make_audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False, unique=True),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    for statement in {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[op.get_context().dialect.name]:
        op.execute(statement)


def _make_purged() -> None:
    op.create_table(
        "purged_documents",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("purged_at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
    )
    op.create_table(
        "withdrawn_documents",
        sa.Column("document", sa.Text(), primary_key=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=False),
        sa.Column("compacted_at", sa.DateTime()),
    )
