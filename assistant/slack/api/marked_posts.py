"""Messages that carry a mark of ours: one whose reply was lost is looked for by it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.shown.blocks import Message

MOST_PAGES = 5
# Clocks of machines differ.
EARLIER = timedelta(minutes=10)


class MarkedPosts:
    """Posts into channels, threads and direct messages; every method raises SlackCallError."""

    def __init__(
        self, posting: WebClient, reading: WebClient, bot_user: str, event_type: str
    ) -> None:
        """`posting` never repeats a call, `reading` does; `event_type` says what a mark is of."""
        self._event_type = event_type
        self._posting = posting
        self._reading = reading
        self._bot_user = bot_user

    def direct(self, user: str) -> str:
        """Return the direct message with `user`."""
        answer = called(self._reading.conversations_open, users=user)
        return str((answer.get("channel") or {})["id"])

    def post(
        self,
        channel: str,
        message: Message,
        payload: Mapping[str, Any],
        thread_ts: str | None = None,
    ) -> str:
        """Post a message and return its ts; `payload` is told apart from every other message's."""
        answer = called(
            self._posting.chat_postMessage,
            channel=channel,
            text=message.text,
            blocks=list(message.blocks),
            metadata={"event_type": self._event_type, "event_payload": dict(payload)},
            unfurl_links=False,
            unfurl_media=False,
            mrkdwn=False,
            parse="none",
            **({"thread_ts": thread_ts} if thread_ts else {}),
        )
        return str(answer["ts"])

    def post_once(
        self,
        channel: str,
        message: Message,
        payload: Mapping[str, Any],
        since: datetime,
        thread_ts: str | None = None,
    ) -> str:
        """Post unless a message of ours with this payload has been there since then."""
        found = self.find(channel, payload, since, thread_ts)
        return found or self.post(channel, message, payload, thread_ts)

    def find(
        self,
        channel: str,
        payload: Mapping[str, Any],
        since: datetime,
        thread_ts: str | None = None,
    ) -> str | None:
        """Return the ts of the message of ours with this payload, if it is there."""
        method: Callable[..., Any] = self._reading.conversations_history
        more: dict[str, Any] = {"oldest": f"{(since - EARLIER).timestamp():.6f}"}
        if thread_ts:
            method = self._reading.conversations_replies
            more["ts"] = thread_ts
        for _ in range(MOST_PAGES):
            page = called(method, channel=channel, include_all_metadata=True, limit=200, **more)
            for message in page.get("messages") or ():
                metadata = message.get("metadata") or {}
                is_ours = message.get("user") == self._bot_user
                if is_ours and metadata.get("event_payload") == dict(payload):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            more["cursor"] = cursor
        return None

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Put a message in the place of another."""
        called(
            self._reading.chat_update,
            channel=channel,
            ts=ts,
            text=message.text,
            blocks=list(message.blocks),
            parse="none",
        )

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; one that is gone is no error."""
        try:
            called(self._reading.chat_delete, channel=channel, ts=ts)
        except SlackCallError as error:
            if error.code != "message_not_found":
                raise

    def said(self, channel: str, ts: str, thread_ts: str) -> Mapping[str, Any] | None:
        """Return a message of a thread as it is now, None when it is gone."""
        page = called(
            self._reading.conversations_replies,
            channel=channel,
            ts=thread_ts,
            oldest=ts,
            latest=ts,
            inclusive=True,
            limit=10,
        )
        return next((m for m in page.get("messages") or () if m.get("ts") == ts), None)

    def link(self, channel: str, ts: str) -> str | None:
        """Return the address of a message, None when Slack does not give one."""
        try:
            answer = called(self._reading.chat_getPermalink, channel=channel, message_ts=ts)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            return None
        return str(answer.get("permalink") or "") or None
