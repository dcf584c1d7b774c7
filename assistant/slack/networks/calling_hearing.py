"""Which posts reply to questions that were put to networks, also before these are noted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.heard.hearing import Post
from assistant.slack.networks.calling_messages import may_work_later
from assistant.slack.networks.ground import NetworkGround
from assistant.store.networks.calls import CallReply


class ReplyHearing:
    """Writes down where replies stand and who wrote them."""

    def __init__(self, laid: NetworkGround) -> None:
        self._laid = laid

    def hears(self, post: Post, at: datetime) -> bool:
        """Write a post down if it replies to a question; return whether it does.

        Raises SlackCallError when Slack must tell what its thread is and may do so later.
        """
        replies = self._laid.calls.replies
        reply = CallReply(0, 0, post.channel, post.thread_ts, post.ts, post.user, at)
        if replies.hear(reply):
            return True
        self._note_what_is_under_way(post)
        # A round may have noted the place meanwhile, so that nothing was under way any more.
        return replies.hear(reply)

    def _note_what_is_under_way(self, post: Post) -> None:
        """Note the place of the question to which a post replies, where that was not noted.

        Slack may have taken a question whose answer to us was lost; who was asked sees it before we
        know where it is.
        """
        posts = self._laid.calls.posts
        recipient = post.user if post.is_direct else post.channel
        numbers = {each.id for each in posts.under_way(recipient)}
        number = self._mark(post.channel, post.thread_ts).get("call_message") if numbers else None
        if number in numbers and isinstance(number, int):
            posts.seen(number, post.channel, post.thread_ts)

    def _mark(self, channel: str, ts: str) -> Mapping[str, Any]:
        """Return what marks a message as ours; nothing where it is not."""
        try:
            # Slack waits for the acknowledgement meanwhile.
            page = called(
                self._laid.ground.clients.courtesy.conversations_replies,
                channel=channel,
                ts=ts,
                latest=ts,
                inclusive=True,
                include_all_metadata=True,
                limit=1,
            )
        except SlackCallError as error:
            if may_work_later(error):
                raise
            return {}
        none: Mapping[str, Any] = {}
        message = next((m for m in page.get("messages") or () if m.get("ts") == ts), none)
        is_ours = message.get("user") == self._laid.ground.identity.bot_user
        return (message.get("metadata") or {}).get("event_payload") or {} if is_ours else {}
