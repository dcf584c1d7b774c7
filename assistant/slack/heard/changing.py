"""Edits and deletions of posts, also where they arrive before the post itself."""

import time

import structlog

from assistant.slack.heard.conversing import Conversing
from assistant.slack.heard.hearing import Change, Deletion, Post
from assistant.slack.heard.reception import Reception
from assistant.slack.heard.stopping import is_stop
from assistant.store.inbox import InboxEntry

# An edit is answered within a day of the question, and so many times; see `restraint`.
SECONDS_TO_EDIT = 24 * 3600
MOST_EDITS = 10

_log = structlog.get_logger()


class Changing:
    """Brings what is known of a question to what its post says now."""

    def __init__(self, reception: Reception, conversing: Conversing) -> None:
        self._reception = reception
        self._conversing = conversing

    def change(self, change: Change) -> None:
        """Have a question answered anew, asked for the first time, or taken back."""
        after = change.after
        known = self._reception.find(after.team, after.channel, after.ts) or self._hear_of(change)
        if known is None:
            return
        if not self._is_still_asked(change, known):
            self._reception.withdraw(after.team, after.channel, after.ts, change.at)
        elif _is_within_bounds(after, known):
            self._revise(change)
        else:
            _log.info("edit_not_answered", revision=known.revision)

    def delete(self, deletion: Deletion) -> None:
        """Take a question back with what is kept of it; one that is yet to come is not answered."""
        if self._reception.withdraw(deletion.team, deletion.channel, deletion.ts):
            return
        post = deletion.before
        if post is not None and self._conversing.is_for_us(post):
            self._reception.bury(post.question)

    def _hear_of(self, change: Change) -> InboxEntry | None:
        """Hear an edited post that is no question yet, or was not a moment ago.

        Returns the question where the post itself has arrived meanwhile. Since it may be on its
        way, what it no longer asks is buried.
        """
        after, before = change.after, change.before
        if not _is_recent(after) or self._conversing.hear(after, change.at):
            return None
        was_asked = before is not None and self._conversing.is_for_us(before)
        if was_asked and self._reception.bury(after.question, change.at):
            return None
        return self._reception.find(after.team, after.channel, after.ts)

    def _is_still_asked(self, change: Change, known: InboxEntry) -> bool:
        after, before = change.after, change.before
        if after.is_empty:
            return False
        if after.is_direct or after.is_to_us:
            return True
        is_taken_back = not (known.asked.text or known.asked.files)
        if before is None or before.is_to_us or is_taken_back:
            return self._conversing.is_for_us(after)
        return not after.is_to_others

    def _revise(self, change: Change) -> None:
        if self._reception.revise(change.after.question, change.at) and is_stop(change.after.text):
            self._conversing.stop(change.after)


def _is_recent(post: Post) -> bool:
    return time.time() - float(post.ts) < SECONDS_TO_EDIT


def _is_within_bounds(post: Post, known: InboxEntry) -> bool:
    return _is_recent(post) and known.revision <= MOST_EDITS
