"""The messages of calls, made of what holds when each is posted, and posted once."""

from collections.abc import Sequence

import structlog

from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.networks.calling_messages import (
    About,
    CallMessages,
    NotYetError,
    UnsendableError,
    may_work_later,
)
from assistant.slack.networks.calling_reach import Reach
from assistant.slack.networks.ground import NetworkGround
from assistant.store.networks.calls import CallPost, PostKind

# What its asker is told of a call.
_TO_ASKER = frozenset(
    {
        PostKind.ASKED,
        PostKind.AT_ONCE,
        PostKind.BACK,
        PostKind.REPLY,
        PostKind.CHANGED,
        PostKind.VERIFIED,
    }
)
# What holds words of members, or says that there are some, needs a member to read it.
_FOR_MEMBERS = _TO_ASKER - {PostKind.BACK} | {PostKind.HELPED}
# What puts something in the place of what was said before.
_UPDATES = frozenset({PostKind.UNSAID, PostKind.CHANGED, PostKind.ENDED})
# What nobody needs of a question that is over, and what then says that it is.
_OPEN_ONLY = frozenset({PostKind.FIRST, PostKind.WIDER, PostKind.ASKED, PostKind.AT_ONCE})
_OVER = _OPEN_ONLY | {PostKind.BACK}

_log = structlog.get_logger()


class Sending:
    """Posts a message of a call, or says that it cannot be; `messages` are what it makes."""

    def __init__(self, laid: NetworkGround, reach: Reach) -> None:
        self._laid = laid
        self._reach = reach
        self.messages = CallMessages(laid, reach)

    def send(self, post: CallPost) -> tuple[str, str]:
        """Post what is leased and return where it stands: its channel and ts.

        Raises UnsendableError, NotYetError, and SlackCallError when Slack may take it later.
        """
        about, reason = None, "gone"
        try:
            about = self._about(post)
        except UnsendableError as error:
            reason = error.code
        try:
            if about is None:
                return self._lost(post, reason)
            if post.kind in _UPDATES:
                return self._update(about)
            if post.kind.is_call and not post.recipient.startswith(("U", "W")):
                return self._post(about, post.recipient)
            return self._directly(about)
        except SlackCallError as error:
            if may_work_later(error):
                raise
            raise UnsendableError(error.code) from error

    def _about(self, post: CallPost) -> About:
        laid = self._laid
        call = laid.calls.find(post.call_id)
        if call is None:
            raise UnsendableError("no_call")
        network = laid.networks.find(call.team, call.network)
        if network is not None and network.closed_at is not None:
            network = None
        reply = laid.calls.replies.find(post.reply_id) if post.reply_id else None
        about = About(post, call, network, reply)
        self._require(about)
        return about

    def _require(self, about: About) -> None:
        """Let nothing go to who may not read it any more, nor what nobody needs."""
        post, call, network = about.post, about.call, about.network
        if call.closed_at is not None and post.kind in _OVER:
            raise UnsendableError("closed")
        if call.has_no_words and post.kind is PostKind.CONSENT:
            raise UnsendableError("taken_back")
        is_taken_back = call.has_no_words and post.kind is PostKind.ENDED
        if is_taken_back or post.kind in (PostKind.BACK, PostKind.UNSAID):
            return
        if network is None:
            raise UnsendableError("network_closed")
        if post.kind in _FOR_MEMBERS or post.kind.is_call:
            where = self._where(about)
            is_channel = not post.recipient.startswith(("U", "W"))
            if is_channel:
                may = post.recipient in self._laid.memberships.channels(network)
            else:
                may = self._reach.may_ask(post.recipient, network, where)
            if not may:
                raise UnsendableError("no_member")

    def _where(self, about: About) -> str:
        """Return the channel in which the reader belongs to the network, if only there."""
        if about.post.kind in _TO_ASKER:
            return about.call.asked_in
        there = about.reply.channel if about.reply is not None else ""
        return "" if there.startswith("D") else there

    def _directly(self, about: About) -> tuple[str, str]:
        post = about.post
        try:
            channel = self._laid.posts.direct(post.recipient)
            return self._post(about, channel)
        except SlackCallError as error:
            there = self._where(about)
            if may_work_later(error) or post.kind.is_call or not there:
                raise
            # People of other workspaces cannot always be written to by themselves.
            return self._aside(about, there)

    def _aside(self, about: About, channel: str) -> tuple[str, str]:
        """Say it where they are, for nobody else to see."""
        message = self.messages.made(about)
        is_in_thread = about.reply is not None and about.reply.channel == channel
        thread = {"thread_ts": about.reply.thread_ts} if is_in_thread and about.reply else {}
        called(
            self._laid.ground.clients.courtesy.chat_postEphemeral,
            channel=channel,
            user=about.post.recipient,
            text=message.text,
            blocks=list(message.blocks),
            **thread,
        )
        return channel, ""

    def _post(self, about: About, channel: str) -> tuple[str, str]:
        post, posts = about.post, self._laid.posts
        payload = _mark(post)
        if post.attempts > 1:
            found = posts.find(channel, payload, post.made_at)
            if found is not None:
                return channel, found
        return channel, posts.post(channel, self.messages.made(about), payload)

    def _update(self, about: About) -> tuple[str, str]:
        """Put what holds now in the place of what was said; return where that stands."""
        standing = self._to_be_updated(about)
        if any(each.done_at is None for each in standing):
            raise NotYetError
        places = [(each.channel, each.ts) for each in standing if each.channel and each.ts]
        if not places:
            raise UnsendableError("not_posted")
        message = self.messages.made(about)
        for channel, ts in places:
            try:
                self._laid.posts.update(channel, ts, message)
            except SlackCallError as error:
                # One that Slack does not let change keeps no other as it is.
                if may_work_later(error):
                    raise
                _log.warning("call_message_not_updated", post=about.post.id, code=error.code)
        return places[0]

    def _to_be_updated(self, about: About) -> Sequence[CallPost]:
        post, posts = about.post, self._laid.calls.posts
        if post.kind is not PostKind.ENDED:
            passed = posts.of_reply(post.reply_id, PostKind.REPLY)
            return [] if passed is None else [passed]
        kinds = _OVER if about.call.has_no_words else _OVER - {PostKind.BACK}
        theirs = [each for each in posts.of_call(post.call_id) if each.kind in kinds]
        return [each for each in theirs if each.recipient == post.recipient]

    def _lost(self, post: CallPost, reason: str) -> tuple[str, str]:
        """Return where a question stands that Slack took before it was not to go any more.

        Raises UnsendableError with the reason if there is none.
        """
        if post.attempts < 2 or not post.kind.is_call:  # noqa: PLR2004 - nobody tried before
            raise UnsendableError(reason)
        posts, to = self._laid.posts, post.recipient
        channel = posts.direct(to) if to.startswith(("U", "W")) else to
        found = posts.find(channel, _mark(post), post.made_at)
        if found is None:
            raise UnsendableError(reason)
        return channel, found


def _mark(post: CallPost) -> dict[str, object]:
    return {"call_message": post.id, "kind": post.kind.value}
