"""Messages about feedback, each posted once: one whose reply was lost is looked for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from assistant.slack.blocks import Message
from assistant.slack.clients import SlackCallError, called

EVENT_TYPE = "commissioning_feedback"
MOST_PAGES = 5
# Clocks of machines differ.
EARLIER = timedelta(minutes=10)


class FeedbackPosts:
    """Posts what is said of feedback into direct messages and the channel for it."""

    def __init__(self, posting: WebClient, reading: WebClient, bot_user: str) -> None:
        self._posting = posting
        self._reading = reading
        self._bot_user = bot_user

    def direct(self, user: str) -> str:
        """Return the direct message with `user`; raises SlackCallError."""
        answer = called(self._reading.conversations_open, users=user)
        return str((answer.get("channel") or {})["id"])

    def post(self, channel: str, message: Message, payload: Mapping[str, Any]) -> str:
        """Post a message and return its ts; raises SlackCallError."""
        answer = called(
            self._posting.chat_postMessage,
            channel=channel,
            text=message.text,
            blocks=list(message.blocks),
            metadata={"event_type": EVENT_TYPE, "event_payload": dict(payload)},
            unfurl_links=False,
            unfurl_media=False,
            mrkdwn=False,
            parse="none",
        )
        return str(answer["ts"])

    def find(self, channel: str, payload: Mapping[str, Any], since: datetime) -> str | None:
        """Return the ts of the message of ours with this payload, if it is there.

        Raises SlackCallError.
        """
        more: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            page = called(
                self._reading.conversations_history,
                channel=channel,
                oldest=f"{(since - EARLIER).timestamp():.6f}",
                include_all_metadata=True,
                limit=200,
                **more,
            )
            for message in page.get("messages") or ():
                metadata = message.get("metadata") or {}
                is_ours = message.get("user") == self._bot_user
                if is_ours and metadata.get("event_payload") == dict(payload):
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            more = {"cursor": cursor}
        return None

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Put a message in the place of another; raises SlackCallError."""
        called(
            self._reading.chat_update,
            channel=channel,
            ts=ts,
            text=message.text,
            blocks=list(message.blocks),
            parse="none",
        )

    def link(self, channel: str, ts: str) -> str | None:
        """Return the address of a message, None when Slack does not give one."""
        try:
            answer = called(self._reading.chat_getPermalink, channel=channel, message_ts=ts)
        except SlackCallError as error:
            if error.is_lost or error.retry_after is not None:
                raise
            return None
        return str(answer.get("permalink") or "") or None
