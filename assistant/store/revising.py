"""What a post makes of a question's row: new, with other words, with its files, with none."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from assistant.store.inbox_table import AttachedFile, InboxRow, InboxState, IncomingQuestion, Task

# Sorts after every time of an edit: what was deleted is not asked again.
FOR_GOOD = "~"


def row_of(asked: IncomingQuestion, edited_ts: str | None) -> InboxRow:
    """Return a new row of the inbox; `edited_ts` is the time of the edit that made its words."""
    return InboxRow(
        event_id=asked.event_id,
        team=asked.team,
        channel=asked.channel,
        channel_type=asked.channel_type,
        ts=asked.ts,
        thread_ts=asked.thread_ts,
        user_id=asked.user,
        text=asked.text,
        files=_files(asked.files),
        surface=asked.surface,
        reply_url=asked.reply_url,
        edited_ts=edited_ts,
        received_at=datetime.now(UTC),
    )


def revise_row(
    session: Session,
    post: tuple[str, str, str],
    text: str,
    files: Sequence[AttachedFile],
    edited_ts: str,
) -> int | None:
    """Revise, in an open serialised transaction, as `Inbox.revise` does; return the row's number.

    None when nothing changed.
    """
    row = session.scalar(of_post(*post).with_for_update())
    if row is None or not _is_later(row, edited_ts):
        return None
    row.edited_ts = edited_ts or row.edited_ts
    if (row.task, row.text, row.files) == (Task.ANSWER, text, _files(files)):
        return None
    row.task, row.text, row.files = Task.ANSWER, text, _files(files)
    _begin_anew(row)
    return row.id


def complete_row(session: Session, asked: IncomingQuestion) -> int | None:
    """Give a question the files that it lacks, in an open serialised transaction.

    Slack tells of one post twice, and may name its files the second time only. What nobody has
    taken yet just gets them; the rest begins anew. Returns its number; None where nothing changed:
    it has files, an edit or a deletion has come since, or it was stopped.
    """
    row = session.scalar(of_post(asked.team, asked.channel, asked.ts).with_for_update())
    is_as_posted = row is not None and row.edited_ts is None and row.state != InboxState.STOPPED
    if row is None or not is_as_posted or row.files or not asked.files:
        return None
    row.files = _files(asked.files)
    if row.state != InboxState.RECEIVED or row.attempts:
        _begin_anew(row)
    return row.id


def withdraw_row(
    session: Session, team: str, channel: str, ts: str, edited_ts: str | None = None
) -> int | None:
    """Forget in an open transaction a question's words and have its answer taken away.

    `edited_ts` is the time of the edit that took it back, None where it was deleted. Returns its
    number, or None when there is no such question with words.
    """
    row = session.scalar(of_post(team, channel, ts).with_for_update())
    if row is None or (row.edited_ts or "") >= (edited_ts or FOR_GOOD):
        return None
    row.edited_ts = edited_ts or FOR_GOOD
    if row.task == Task.WITHDRAW:
        return None
    row.text, row.files, row.reply_url, row.task = "", None, None, Task.WITHDRAW
    _begin_anew(row)
    return row.id


def of_post(team: str, channel: str, ts: str) -> Select[InboxRow]:
    """Return the query for the question of a post."""
    return select(InboxRow).where(
        InboxRow.team == team, InboxRow.channel == channel, InboxRow.ts == ts
    )


def _is_later(row: InboxRow, edited_ts: str) -> bool:
    """Whether an edit comes after what is known; one without a time after all but a withdrawal."""
    if not edited_ts:
        return row.task != Task.WITHDRAW
    return edited_ts > (row.edited_ts or "")


def _files(files: Sequence[AttachedFile]) -> list[dict[str, str]] | None:
    return [{"id": file.id, "name": file.name} for file in files] or None


def _begin_anew(row: InboxRow) -> None:
    """Make a question wait as if it had just arrived, except for what is known of its answer."""
    row.state, row.lease, row.leased_until = InboxState.RECEIVED, None, None
    row.attempts = row.postponed = row.unposted = 0
    row.revision += 1
    row.outcome = row.finished_at = None
