"""Which question a message of ours answers: found by what Slack says of it, and checked."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from assistant.slack.api.admission import Identity
from assistant.slack.api.clients import called
from assistant.slack.posts.finding import EVENT_TYPE, SHARED_TYPE
from assistant.store.feedback.table import Press, Rating, Reason, Way
from assistant.store.inbox import UNFINISHED, Inbox, InboxEntry, Surface
from assistant.store.shares import Share, Shares
from assistant.store.shares import Way as Shared
from assistant.store.turns import Turns
from assistant.store.turns_table import KeptAnswer

LOOKS = 8
SECONDS_BETWEEN_LOOKS = 0.15


@dataclass(frozen=True, slots=True)
class OurAnswer:
    """A question, the answer to it that is kept, and the thread in which it is shown."""

    entry: InboxEntry
    kept: KeptAnswer
    thread_ts: str

    def press(self, user: str, rating: Rating, way: Way, reason: Reason | None = None) -> Press:
        """Return what `user` says of it, tied to the documents and the snapshot it rests on."""
        documents = tuple(dict.fromkeys(cited.document for cited in self.kept.citations))
        asked = self.entry.asked
        return Press(
            self.entry.id,
            asked.team,
            asked.channel,
            user,
            rating,
            way,
            reason,
            documents,
            self.kept.snapshot,
            self.entry.revision,
        )


class OurAnswers:
    """Finds the answer that a button, a reaction or a shortcut is about.

    A post that shares an answer with a channel shows that answer.
    """

    def __init__(
        self,
        inbox: Inbox,
        turns: Turns,
        shares: Shares,
        reading: WebClient,
        identity: Identity,
    ) -> None:
        self._inbox = inbox
        self._turns = turns
        self._shares = shares
        self._reading = reading
        self._identity = identity

    def pressed(self, inbox_id: int, body: Mapping[str, Any]) -> OurAnswer | None:
        """Return the answer under which a button was pressed; None unless the presser sees it.

        The number on the button is not believed: the answer must be one of the conversation and
        thread that Slack names or, where only one person sees it, one that they asked for.
        """
        entry = self._inbox.by_id(inbox_id)
        if entry is None:
            return None
        if self._is_seen(entry, body):
            return self._answer(entry)
        share = self._share_seen(entry, body)
        return self._answer(entry, share) if share is not None else None

    def at(self, channel: str, ts: str) -> OurAnswer | None:
        """Return the answer whose first message this is."""
        entry = self._inbox.of_answer(self._identity.team, channel, ts)
        if entry is not None:
            return self._answer(entry)
        share = self._shares.of_message(self._identity.team, channel, ts)
        return self._shared(share) if share is not None else None

    def look_up(self, channel: str, ts: str) -> OurAnswer | None:
        """Return the answer of which any message is this one, asked of Slack.

        Raises SlackCallError.
        """
        found = called(
            self._reading.conversations_replies,
            channel=channel,
            ts=ts,
            oldest=ts,
            latest=ts,
            inclusive=True,
            include_all_metadata=True,
            limit=10,
        )
        for message in found.get("messages") or ():
            answer = self._said_by(message) if message.get("ts") == ts else None
            if answer is not None and answer.entry.asked.channel == channel:
                return answer
        return None

    def is_ours(self, message: Mapping[str, Any]) -> bool:
        """Whether we posted it."""
        ours = (self._identity.bot_id, self._identity.bot_user)
        return message.get("bot_id") in ours or message.get("user") in ours

    def _said_by(self, message: Mapping[str, Any]) -> OurAnswer | None:
        """Return the answer that a message is part of by what Slack keeps with it."""
        metadata = message.get("metadata") or {}
        if not self.is_ours(message):
            return None
        if metadata.get("event_type") == SHARED_TYPE:
            number = _number(metadata, "share_id")
            share = self._shares.by_id(number) if number is not None else None
            return (
                self._shared(share) if share is not None and share.way is Shared.CHANNEL else None
            )
        number = _number(metadata, "inbox_id") if metadata.get("event_type") == EVENT_TYPE else None
        entry = self._inbox.by_id(number) if number is not None else None
        return self._answer(entry) if entry is not None else None

    def _shared(self, share: Share) -> OurAnswer | None:
        entry = self._inbox.by_id(share.inbox_id)
        return self._answer(entry, share) if entry is not None else None

    def _answer(self, entry: InboxEntry, share: Share | None = None) -> OurAnswer | None:
        kept = self._turns.kept(entry.id)
        looks = LOOKS if entry.state in UNFINISHED else 0
        # A message is there a moment before it is noted what it says.
        while kept is None and looks:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            kept, looks = self._turns.kept(entry.id), looks - 1
        if kept is None:
            return None
        is_alone = entry.asked.surface is Surface.ALONE
        begun = share.message_ts if share is not None and is_alone else None
        return OurAnswer(entry, kept, begun or entry.asked.thread_ts)

    def _is_seen(self, entry: InboxEntry, body: Mapping[str, Any]) -> bool:
        asked = entry.asked
        container = body.get("container") or {}
        message = body.get("message") or {}
        is_asker = str((body.get("user") or {}).get("id")) == asked.user
        if asked.surface is Surface.ALONE or _is_direct(container):
            # What could not be shown where it was asked is in the asker's direct message.
            return is_asker
        if container.get("channel_id") != asked.channel:
            return False
        if container.get("is_ephemeral"):
            return is_asker
        thread = message.get("thread_ts") or message.get("ts")
        return thread == asked.thread_ts and self.is_ours(message)

    def _share_seen(self, entry: InboxEntry, body: Mapping[str, Any]) -> Share | None:
        """Return the share of a private answer if the press was below the post that shows it."""
        container, message = body.get("container") or {}, body.get("message") or {}
        channel = str(container.get("channel_id") or "")
        if container.get("is_ephemeral") or channel != entry.asked.channel:
            return None
        share = self._shares.find(entry.id, Shared.CHANNEL, channel)
        looks = LOOKS
        # A message is there a moment before it is noted which it is.
        while share is not None and share.message_ts is None and looks:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            share, looks = self._shares.find(entry.id, Shared.CHANNEL, channel), looks - 1
        thread = message.get("thread_ts") or message.get("ts")
        is_its_post = share is not None and thread is not None and thread == share.message_ts
        return share if is_its_post and self.is_ours(message) else None


def _number(metadata: Mapping[str, Any], name: str) -> int | None:
    number = (metadata.get("event_payload") or {}).get(name)
    return number if isinstance(number, int) else None


def _is_direct(container: Mapping[str, Any]) -> bool:
    return str(container.get("channel_id") or "").startswith("D")
