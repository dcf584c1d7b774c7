"""A message for everyone that is posted once, also when Slack's answer to the post was lost."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from assistant.language import phrase, say
from assistant.slack.api.admission import Identity
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.posts.finding import NO_THREAD, SHARED_TYPE
from assistant.slack.shown import sentences
from assistant.slack.shown.blocks import Message
from assistant.store.inbox import InboxEntry, Surface
from assistant.store.shares import Share, Shares, Way

# Somebody may still be at it; after that, whoever was has ended.
STILL_AT_IT = timedelta(seconds=60)
CLOCKS_DIFFER = timedelta(seconds=60)

BEING_SHARED = phrase("It is being shared; if it is not here in a minute, please press again.")
UNSURE = phrase(
    "Slack did not say whether it was posted; please look for it in a minute, and if it is not "
    "there, press again."
)

NOT_KEPT = phrase("There is no answer here any more that could be shared; please ask again.")

ABSENT = frozenset({"not_in_channel", "channel_not_found", "is_archived"})


class NotSharedError(Exception):
    """The sentence that says why an answer is not shared."""


@dataclass(frozen=True, slots=True)
class SharedPosts:
    """Posts what is shared where the question was asked, and remembers that it did."""

    shares: Shares
    posting: WebClient
    reading: WebClient
    identity: Identity

    def post_once(
        self, entry: InboxEntry, way: Way, messages: tuple[Message, ...]
    ) -> tuple[Share, bool]:
        """Post for everyone unless it was done before; return the share, and whether it is new.

        Raises NotSharedError and SlackCallError.
        """
        asked = entry.asked
        share, is_ours = self.shares.claim(entry.id, asked.team, asked.user, way, asked.channel)
        if share.message_ts is not None:
            return share, False
        if not is_ours:
            if datetime.now(UTC) - share.shared_at < STILL_AT_IT:
                raise NotSharedError(say(BEING_SHARED))
            found = self._found(entry, share)
            if found is not None:
                return self._noted(entry, share, found), False
        return self._noted(entry, share, self._posted(entry, share, messages)), True

    def remove(self, entry: InboxEntry, share: Share) -> None:
        """Delete every message that shows a share, the first one last; raises SlackCallError."""
        first = share.message_ts or self._found(entry, share)
        if first is None:
            return
        thread = entry.asked.thread_ts if is_in_thread(entry) else first
        # It is deleted also where Slack, when it looks, does not find it.
        for ts in sorted({first, *self._showing(share, thread)}, reverse=True):
            self._delete(share.channel, ts)

    def _noted(self, entry: InboxEntry, share: Share, ts: str) -> Share:
        """Note which message it is; delete it where the question was taken back or changed since.

        Who took it back did not find it yet, and nobody would look again.
        """
        noted = replace(share, message_ts=ts)
        if not self.shares.note(share, ts):
            self.remove(entry, noted)
            raise NotSharedError(say(NOT_KEPT))
        return noted

    def _delete(self, channel: str, ts: str) -> None:
        try:
            called(self.posting.chat_delete, channel=channel, ts=ts)
        except SlackCallError as error:
            if error.code != "message_not_found":
                raise

    def _posted(self, entry: InboxEntry, share: Share, messages: tuple[Message, ...]) -> str:
        """Post the messages, the second and others below the first; return the first one's ts."""
        first = entry.asked.thread_ts if is_in_thread(entry) else None
        try:
            ts = self._send(entry, share, messages[0], first)
        except SlackCallError as error:
            found = self._found_after(entry, share) if error.is_lost else None
            if found is None:
                self.shares.drop(share)
                if error.code in ABSENT:
                    raise NotSharedError(say(sentences.NOT_IN_CHANNEL)) from error
                raise
            ts = found
        for message in messages[1:]:
            self._send(entry, share, message, first or ts)
        return ts

    def _found_after(self, entry: InboxEntry, share: Share) -> str | None:
        """Look for what may have been posted; when that cannot be done, it stays claimed."""
        try:
            return self._found(entry, share)
        except SlackCallError as error:
            raise NotSharedError(say(UNSURE)) from error

    def _send(
        self, entry: InboxEntry, share: Share, message: Message, thread_ts: str | None
    ) -> str:
        answer = called(
            self.posting.chat_postMessage,
            channel=entry.asked.channel,
            text=message.text,
            blocks=list(message.blocks),
            metadata={
                "event_type": SHARED_TYPE,
                "event_payload": {"share_id": share.id, "inbox_id": entry.id},
            },
            unfurl_links=False,
            unfurl_media=False,
            mrkdwn=False,
            parse="none",
            **({"thread_ts": thread_ts} if thread_ts else {}),
        )
        return str(answer["ts"])

    def _found(self, entry: InboxEntry, share: Share) -> str | None:
        """Return the earliest message of ours that shows the share; raises SlackCallError."""
        thread = entry.asked.thread_ts if is_in_thread(entry) else None
        return min(self._showing(share, thread), default=None)

    def _showing(self, share: Share, thread_ts: str | None) -> Iterator[str]:
        """Yield each message that shows it in a thread or, without one, in its channel."""
        ours = (self.identity.bot_id, self.identity.bot_user)
        for message in self._messages(share, thread_ts):
            metadata = message.get("metadata") or {}
            number = (metadata.get("event_payload") or {}).get("share_id")
            is_ours = message.get("bot_id") in ours or message.get("user") in ours
            if is_ours and metadata.get("event_type") == SHARED_TYPE and number == share.id:
                yield str(message["ts"])

    def _messages(self, share: Share, thread_ts: str | None) -> Iterator[Mapping[str, Any]]:
        since = (share.shared_at - CLOCKS_DIFFER).timestamp()
        arguments: dict[str, Any] = {"channel": share.channel, "oldest": f"{since:.6f}"}
        method: Callable[..., Any] = self.reading.conversations_history
        if thread_ts is not None:
            method, arguments["ts"] = self.reading.conversations_replies, thread_ts
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            try:
                page = called(method, include_all_metadata=True, limit=200, **arguments, **more)
            except SlackCallError as error:
                if error.code in NO_THREAD:
                    return
                raise
            yield from page.get("messages") or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def is_in_thread(entry: InboxEntry) -> bool:
    """Whether the question was posted where others saw it, though its answer was not."""
    return entry.asked.surface is Surface.THREAD
