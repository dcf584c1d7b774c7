"""The messages of calls, made of what holds when each is posted, and posted once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.domain.networks import Network
from assistant.slack.api.clients import SlackCallError, called
from assistant.slack.networks.calling_blocks import (
    Passed,
    asked_messages,
    back_messages,
    call_messages,
    consent_messages,
    file_messages,
    reply_messages,
    told_messages,
    unsaid_messages,
)
from assistant.slack.networks.calling_people import name_of, words_of
from assistant.slack.networks.calling_reach import Reach
from assistant.slack.networks.ground import NetworkGround
from assistant.slack.shown.blocks import Message
from assistant.store.calls import Call, CallPost, CallReply, PostKind, ReplyState

# What its asker is told of a call.
_TO_ASKER = frozenset(
    {PostKind.ASKED, PostKind.AT_ONCE, PostKind.BACK, PostKind.REPLY, PostKind.VERIFIED}
)
# What holds words of members, or says that there are some, needs a member to read it.
_FOR_MEMBERS = _TO_ASKER - {PostKind.BACK} | {PostKind.HELPED}


class UnsendableError(Exception):
    """A message cannot be posted any more; `code` says why in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def may_work_later(error: SlackCallError) -> bool:
    """Whether a call may be carried out, or have been, when Slack is asked again."""
    return error.is_lost or error.is_outage or error.retry_after is not None


class NotYetError(Exception):
    """What a message says is not known yet."""


@dataclass(frozen=True, slots=True)
class _About:
    """What a message is about; the network is None where it is closed."""

    post: CallPost
    call: Call
    network: Network | None
    reply: CallReply | None


class Sending:
    """Posts a message of a call, or says that it cannot be."""

    def __init__(self, laid: NetworkGround, reach: Reach) -> None:
        self._laid = laid
        self._reach = reach

    def send(self, post: CallPost) -> tuple[str, str]:
        """Post what is leased and return where it stands: its channel and ts.

        Raises UnsendableError, NotYetError, and SlackCallError when Slack may take it later.
        """
        about = self._about(post)
        try:
            if post.kind is PostKind.UNSAID:
                return self._unsay(about)
            if post.kind.is_call and not post.recipient.startswith(("U", "W")):
                return self._post(about, post.recipient)
            return self._directly(about)
        except SlackCallError as error:
            if may_work_later(error):
                raise
            raise UnsendableError(error.code) from error

    def has_words(self, reply: CallReply) -> bool:
        """Whether a reply says something, or may; SlackCallError when Slack may tell later."""
        try:
            said = self._laid.posts.said(reply.channel, reply.ts, reply.thread_ts)
        except SlackCallError as error:
            if may_work_later(error):
                raise
            return True
        return said is None or bool(words_of(said, self._laid.ground.identity.bot_user))

    def _about(self, post: CallPost) -> _About:
        laid = self._laid
        call = laid.calls.find(post.call_id)
        if call is None:
            raise UnsendableError("no_call")
        network = laid.networks.find(call.team, call.network)
        if network is not None and network.closed_at is not None:
            network = None
        reply = laid.calls.replies.find(post.reply_id) if post.reply_id else None
        about = _About(post, call, network, reply)
        self._require(about)
        return about

    def _require(self, about: _About) -> None:
        """Let nothing go to who may not read it any more, nor what nobody needs."""
        post, call, network = about.post, about.call, about.network
        if call.closed_at is not None and (post.kind.is_call or post.kind is PostKind.ASKED):
            raise UnsendableError("closed")
        if post.kind in (PostKind.BACK, PostKind.UNSAID):
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

    def _where(self, about: _About) -> str:
        """Return the channel in which the reader belongs to the network, if only there."""
        if about.post.kind in _TO_ASKER:
            return about.call.asked_in
        there = about.reply.channel if about.reply is not None else ""
        return "" if there.startswith("D") else there

    def _directly(self, about: _About) -> tuple[str, str]:
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

    def _aside(self, about: _About, channel: str) -> tuple[str, str]:
        """Say it where they are, for nobody else to see."""
        message = self._message(about)
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

    def _post(self, about: _About, channel: str) -> tuple[str, str]:
        post, posts = about.post, self._laid.posts
        payload = {"call_message": post.id, "kind": post.kind.value}
        if post.attempts > 1:
            found = posts.find(channel, payload, post.made_at)
            if found is not None:
                return channel, found
        return channel, posts.post(channel, self._message(about), payload)

    def _unsay(self, about: _About) -> tuple[str, str]:
        """Take a reply that was deleted out of the message that passed it on."""
        passed = self._laid.calls.posts.of_reply(about.post.reply_id, PostKind.REPLY)
        if passed is not None and passed.done_at is None:
            raise NotYetError
        if passed is None or not passed.ts or not passed.channel:
            raise UnsendableError("not_passed_on")
        self._laid.posts.update(passed.channel, passed.ts, unsaid_messages()[0])
        return passed.channel, passed.ts

    def _message(self, about: _About) -> Message:
        with self._laid.ground.directory.spoken_to(about.post.recipient):
            return self._made(about)

    def _made(self, about: _About) -> Message:
        post, call = about.post, about.call
        name = about.network.name if about.network is not None else ""
        if post.kind.is_call:
            return call_messages(call, name, self._topics(about))[0]
        made: Mapping[PostKind, Callable[[_About, str], Message]] = {
            PostKind.ASKED: self._asked,
            PostKind.AT_ONCE: self._asked,
            PostKind.BACK: self._back,
            PostKind.REPLY: self._passed_on,
            PostKind.CONSENT: self._thanks,
            PostKind.FILE: self._thanks,
        }
        make = made.get(post.kind)
        return make(about, name) if make is not None else told_messages(post.kind, name)[0]

    def _topics(self, about: _About) -> tuple[str, ...]:
        """Return the topics because of which somebody is asked first, those that they know."""
        if about.post.kind is not PostKind.FIRST or about.network is None:
            return ()
        topics = self._reach.topics(about.network, about.call.question)
        return tuple(topic.name for topic in topics if about.post.recipient in topic.people)

    def _asked(self, about: _About, name: str) -> Message:
        is_at_once = about.post.kind is PostKind.AT_ONCE
        kind = PostKind.WIDER if is_at_once else PostKind.FIRST
        asked = self._laid.calls.posts.of_call(about.call.id, kind)
        if any(post.done_at is None for post in asked):
            raise NotYetError
        reached = sum(bool(post.ts) for post in asked)
        if not reached:
            raise UnsendableError("nobody_reached")
        return asked_messages(about.call, name, reached, at_once=is_at_once)[0]

    def _back(self, about: _About, name: str) -> Message:
        network, call = about.network, about.call
        if network is not None and not self._reach.may_ask(call.asker, network, call.asked_in):
            network = None
        asked = self._laid.calls.posts.of_call(call.id)
        is_seen = any(post.kind.is_call and post.ts for post in asked)
        return back_messages(call, name if network is not None else None, is_seen=is_seen)[0]

    def _passed_on(self, about: _About, name: str) -> Message:
        laid, reply = self._laid, about.reply
        if reply is None or reply.state is ReplyState.DELETED:
            raise UnsendableError("deleted")
        said = laid.posts.said(reply.channel, reply.ts, reply.thread_ts)
        if said is None:
            raise UnsendableError("deleted")
        words = words_of(said, laid.ground.identity.bot_user)
        who = name_of(laid.ground.clients.reading, reply.user)
        organisation = laid.networks.organisation(about.call.team, reply.user) or ""
        # Nobody else may open a direct message.
        is_open = not (words or reply.channel.startswith("D"))
        link = laid.posts.link(reply.channel, reply.ts) if is_open else None
        passed = Passed(who, organisation, words, link)
        return reply_messages(about.call, name, passed, reply.id)[0]

    def _thanks(self, about: _About, _: str) -> Message:
        """Say to who replied what became of it, once that is known, and ask for consent."""
        post, reply = about.post, about.reply
        passed = self._laid.calls.posts.of_reply(post.reply_id, PostKind.REPLY)
        if passed is not None and passed.done_at is None:
            raise NotYetError
        if reply is None or reply.state is ReplyState.DELETED or _is_deleted(passed):
            raise UnsendableError("deleted")
        is_passed_on = passed is not None and passed.ts is not None
        if post.kind is PostKind.CONSENT:
            is_closed = passed is None
            return consent_messages(reply.id, is_closed=is_closed, is_passed_on=is_passed_on)[0]
        if not is_passed_on:
            raise UnsendableError("not_passed_on")
        return file_messages()[0]


def _is_deleted(passed: CallPost | None) -> bool:
    return passed is not None and passed.code == "deleted"
